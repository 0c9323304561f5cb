"""Tombstones: items that replace a deleted user while items of theirs may be left in the partition."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dynamo import keys, models
from dynamo.client import Table
from dynamo.item import Item

MARK: Final = "deletingAt"
"""The attribute that marks a user, and later their tombstone. Its time tells one deletion from another. If two are
equal, the second user is being deleted as well."""
LAST: Final = timedelta(minutes=1)
"""How long an interrupted deletion keeps its user's id from a new user. No request takes that long."""


def make(table: Table, user_id: str, mark: str) -> Item:
    """The tombstone of a user who was marked."""
    key = keys.user(user_id)
    return {"id": user_id, MARK: mark, **table.key(key, key)}


def is_one(table: Table, item: Item) -> bool:
    """Whether an item is a tombstone: nothing is left of the user but the mark."""
    return MARK in item and item.keys() <= {"id", MARK, table.partition_key, table.sort_key}


def is_abandoned(table: Table, item: Item) -> bool:
    """Whether an item is a tombstone whose deletion must have been interrupted."""
    since = models.date(item.get(MARK))
    return is_one(table, item) and since is not None and since <= datetime.now(UTC) - LAST
