"""The table, and what the doctor found last, as operators see them."""

from datetime import datetime

import strawberry

from resolvers.scopes import READ_HEALTH
from schema.fields import attribute
from schema.scalars import BigInt


@strawberry.type(description="An index of the table.")
class TableIndex:
    """Its fields are read from `resolvers.table_state.TableIndex`."""

    name: str = attribute("The name of the index.", READ_HEALTH)
    partition_key: str = attribute("The attribute that is the partition key of the index.", READ_HEALTH)
    sort_key: str | None = attribute("The attribute that is the sort key of the index. Null without one.", READ_HEALTH)
    projection: str = attribute(
        "Which attributes the index holds: `ALL`, `KEYS_ONLY` or `INCLUDE`. This API needs `ALL`.", READ_HEALTH
    )
    ready: bool = attribute("Whether the index serves requests. False while it is being created.", READ_HEALTH)
    item_count: BigInt = attribute(
        "The number of items in the index, as DynamoDB has last counted them, up to six hours ago.", READ_HEALTH
    )


@strawberry.type(description="The table as DynamoDB describes it, as in `python server.py table describe`.")
class TableState:
    """Its fields are read from `resolvers.table_state.TableState`."""

    name: str = attribute("The name of the table.", READ_HEALTH)
    described_at: datetime = attribute(
        "When DynamoDB was asked. The server asks again after a minute at the earliest.", READ_HEALTH
    )
    ready: bool = attribute(
        "Whether the table and its indexes serve requests. False while one of them is being created.", READ_HEALTH
    )
    item_count: BigInt = attribute(
        "The number of items, as DynamoDB has last counted them, up to six hours ago.", READ_HEALTH
    )
    size_bytes: BigInt = attribute(
        "The size of all items in bytes, as DynamoDB has last counted it, up to six hours ago.", READ_HEALTH
    )
    pay_per_request: bool = attribute(
        "Whether the table is billed for each request. False if its capacity is provisioned.", READ_HEALTH
    )
    expiry_attribute: str | None = attribute(
        "The attribute by whose time DynamoDB deletes expired items: `expires`. Null if it deletes none.", READ_HEALTH
    )
    deletion_protection: bool = attribute("Whether DynamoDB refuses to delete the table.", READ_HEALTH)
    point_in_time_recovery: bool | None = attribute(
        "Whether the table has continuous backups. Null if the engine has none, or if the server may not ask: that "
        "takes `dynamodb:DescribeContinuousBackups`.",
        READ_HEALTH,
    )
    indexes: list[TableIndex] = attribute("The indexes of the table.", READ_HEALTH)
    warnings: list[str] = attribute(
        "What works but needs attention, a sentence for each, such as expired items that are never deleted.",
        READ_HEALTH,
    )


@strawberry.type(description="A kind of finding of the doctor, and how often it was found.")
class ExaminationFinding:
    """Its fields are read from `resolvers.examinations.Finding`."""

    kind: str = attribute("The name of the kind, such as `lock-missing`.", READ_HEALTH)
    wrong: bool = attribute(
        "Whether something that this API promises does not hold. False for what is odd but read correctly.",
        READ_HEALTH,
    )
    found: BigInt = attribute("How many items it was found in.", READ_HEALTH)
    repaired: BigInt = attribute("How many of them the run has repaired.", READ_HEALTH)
    left: BigInt = attribute("How many of them were still there at the end of the run.", READ_HEALTH)
    meaning: str | None = attribute(
        "What the kind means. Null if this version does not know it, because a newer one has found it.", READ_HEALTH
    )
    repair: str | None = attribute(
        "What `python server.py doctor --repair` does about it or, if it does nothing, what an operator can do. Null "
        "if this version does not know the kind.",
        READ_HEALTH,
    )


@strawberry.type(description="The last whole run of `python server.py doctor`. It names no item and no user.")
class Examination:
    """Its fields are read from `resolvers.examinations.Examination`."""

    at: datetime = attribute("When the run ended.", READ_HEALTH)
    repaired: bool = attribute("Whether the run had `--repair`.", READ_HEALTH)
    clean: bool = attribute("Whether nothing that is wrong was left at the end of the run.", READ_HEALTH)
    item_count: BigInt = attribute("How many items the run has examined.", READ_HEALTH)
    findings: list[ExaminationFinding] = attribute("The kinds of findings. Empty if nothing was found.", READ_HEALTH)
