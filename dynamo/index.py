"""Rows of an index, recognised by their keys in the table.

An index contains every item that has its keys. Other apps share the table and may use the adapter's index (`USER#a /
PROFILE#1` under `GSI1PK = USER#a@x`), and accounts choose the value of `type`, the directory index's key. Only the
keys of the table itself show what an item is, because authgraph never writes an item under wrong ones.
"""

from collections.abc import Callable
from typing import Final

from dynamo import keys
from dynamo.client import Key, Table
from dynamo.item import Item

MAX_PAGES: Final = 10
"""The most pages of rows read under one key. They hold ten megabytes, and one row is usual."""

Recognise = Callable[[Item], bool]


async def rows(table: Table, partition: str, sort: str, recognise: Recognise) -> list[Item]:
    """The rows under both keys of the adapter's index that `recognise` accepts.

    They are sorted by partition key, so by user id, because the index has no order among rows with equal keys.
    """
    found: list[Item] = []
    after: Key | None = None
    for _ in range(MAX_PAGES):
        page = await table.query_index(partition, sort, after=after)
        found += filter(recognise, page.items)
        after = page.last_key
        if after is None:
            break
    return found if len(found) < 2 else sorted(found, key=lambda item: item[table.partition_key])


def is_user(table: Table, item: Item) -> bool:
    """Whether an item is a user: its sort key equals its partition key."""
    return _heads(table, item, keys.USER)


def is_api_key(table: Table, item: Item) -> bool:
    """Whether an item is an API key: its sort key equals its partition key."""
    return _heads(table, item, keys.API_KEY)


def is_users(table: Table, item: Item, sort: str) -> bool:
    """Whether an item is in the partition of some user, under this sort key."""
    partition: str = item[table.partition_key]
    return item[table.sort_key] == sort and partition != keys.USER and partition.startswith(keys.USER)


def _heads(table: Table, item: Item, prefix: str) -> bool:
    partition: str = item[table.partition_key]
    # The prefix alone would be an empty id.
    return partition == item[table.sort_key] != prefix and partition.startswith(prefix)
