"""A table as DynamoDB describes it: keys, indexes, time to live and protections."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dynamo.aws_errors import AccessDenied, Unsupported, translated
from dynamo.settings import TableSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexDescriptionTypeDef, KeySchemaElementTypeDef


@dataclass(frozen=True, slots=True)
class IndexDescription:
    """A global secondary index as DynamoDB describes it."""

    name: str
    partition_key: str
    sort_key: str | None
    projection: str
    """Which attributes the index holds: `ALL`, `KEYS_ONLY` or `INCLUDE`."""
    active: bool
    item_count: int = 0


@dataclass(frozen=True, slots=True)
class TableDescription:
    """The table as DynamoDB describes it. Item count and size may be six hours old."""

    name: str
    active: bool
    partition_key: str
    sort_key: str | None
    key_types: dict[str, str]
    """The type of each key attribute of the table and its indexes: `S`, `N` or `B`."""
    indexes: tuple[IndexDescription, ...]
    expiry_attribute: str | None
    """The attribute for time to live, by which DynamoDB deletes expired items; None if it is off."""
    pay_per_request: bool
    deletion_protection: bool
    point_in_time_recovery: bool | None
    """None if the engine does not have it or the credentials may not read it."""
    item_count: int
    size_bytes: int
    strongly_consistent_replicas: bool = False
    """Whether it is a global table with strong consistency between regions, which has no transactions."""
    identity: str = ""
    """Distinguishes the table from every other one, even with the same name."""

    def index(self, name: str) -> IndexDescription | None:
        """The index with a name; None if there is none."""
        return next((index for index in self.indexes if index.name == name), None)

    @property
    def unfinished(self) -> str | None:
        """The name of what is still being created and cannot serve requests yet; None if everything is ready."""
        if not self.active:
            return f"Table {self.name}"
        index = next((index for index in self.indexes if not index.active), None)
        return None if index is None else f"Index {index.name} of table {self.name}"


def describe(client: "DynamoDBClient", settings: TableSettings) -> TableDescription:
    """Request the table, its time to live and its backups: three requests."""
    with translated(settings):
        table = client.describe_table(TableName=settings.table_name)["Table"]
        expiry = client.describe_time_to_live(TableName=settings.table_name)["TimeToLiveDescription"]
    partition_key, sort_key = _keys(table["KeySchema"])
    expires = expiry.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    return TableDescription(
        name=table["TableName"],
        active=table["TableStatus"] == "ACTIVE",
        partition_key=partition_key,
        sort_key=sort_key,
        key_types={key["AttributeName"]: key["AttributeType"] for key in table["AttributeDefinitions"]},
        indexes=tuple(map(_index, table.get("GlobalSecondaryIndexes", ()))),
        expiry_attribute=expiry.get("AttributeName") if expires else None,
        pay_per_request=table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST",
        deletion_protection=table.get("DeletionProtectionEnabled", False),
        point_in_time_recovery=_point_in_time_recovery(client, settings),
        item_count=table.get("ItemCount", 0),
        size_bytes=table.get("TableSizeBytes", 0),
        strongly_consistent_replicas=table.get("MultiRegionConsistency") == "STRONG",
        identity=table.get("TableId") or table.get("TableArn", ""),
    )


def _index(index: "GlobalSecondaryIndexDescriptionTypeDef") -> IndexDescription:
    partition_key, sort_key = _keys(index["KeySchema"])
    return IndexDescription(
        name=index["IndexName"],
        partition_key=partition_key,
        sort_key=sort_key,
        projection=index["Projection"]["ProjectionType"],
        active=index["IndexStatus"] == "ACTIVE",
        item_count=index.get("ItemCount", 0),
    )


def _keys(schema: "Sequence[KeySchemaElementTypeDef]") -> tuple[str, str | None]:
    keys = {element["KeyType"]: element["AttributeName"] for element in schema}
    return keys["HASH"], keys.get("RANGE")


def _point_in_time_recovery(client: "DynamoDBClient", settings: TableSettings) -> bool | None:
    try:
        with translated(settings):
            backups = client.describe_continuous_backups(TableName=settings.table_name)
    except (Unsupported, AccessDenied):
        return None
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
