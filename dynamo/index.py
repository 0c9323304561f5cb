"""Rows of an index, checked against their own keys before they are anybody.

An index holds whatever names its keys. Other apps share the table and may use the adapter's (`USER#a / PROFILE#1` under
`GSI1PK = USER#a@x`), and `type`, which the directory index goes by, is a word an account chooses for itself. Only the
keys of the table itself say whose an item is, because nothing of ours is ever written under the wrong ones.
"""

from collections.abc import Callable
from typing import Final

from dynamo import keys
from dynamo.client import Key, Table
from dynamo.item import Item

MAX_PAGES: Final = 10
"""Pages of rows under one key that are read: ten megabytes, where one row is usual."""

Recognise = Callable[[Item], bool]


async def rows(table: Table, partition: str, sort: str, recognise: Recognise) -> list[Item]:
    """The rows under both keys of the adapter's index that `recognise` takes for what was looked up.

    They are ordered by where they lie, so by user id: the index has rows of equal keys in no order of its own.
    """
    found: list[Item] = []
    after: Key | None = None
    for _ in range(MAX_PAGES):
        page = await table.query_index(partition, sort, after=after)
        found += filter(recognise, page.items)
        after = page.last_key
        if after is None:
            break
    return sorted(found, key=lambda item: item[table.partition_key])


def is_user(table: Table, item: Item) -> bool:
    """Whether an item is a user: it lies at the head of a partition of its own."""
    return _heads(table, item, keys.USER)


def is_api_key(table: Table, item: Item) -> bool:
    """Whether an item is an API key, which lies at the head of a partition too."""
    return _heads(table, item, keys.API_KEY)


def is_users(table: Table, item: Item, sort: str) -> bool:
    """Whether an item lies in some user's partition, under this sort key."""
    partition: str = item[table.partition_key]
    return item[table.sort_key] == sort and partition != keys.USER and partition.startswith(keys.USER)


def _heads(table: Table, item: Item, prefix: str) -> bool:
    partition: str = item[table.partition_key]
    # The prefix alone is nobody's.
    return partition == item[table.sort_key] != prefix and partition.startswith(prefix)
