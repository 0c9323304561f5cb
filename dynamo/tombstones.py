"""Tombstones: what stands in the place of a deleted user while something of theirs may be left under their id."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dynamo import keys, models
from dynamo.client import Table
from dynamo.item import Item

MARK: Final = "deletingAt"
"""The attribute that marks a user, and then their tombstone. Its date tells one delete from another; should two have
the same, the second user is being deleted as well."""
LAST: Final = timedelta(minutes=1)
"""How long a delete that broke off keeps its user's id from a new user; no request lasts so long."""


def make(table: Table, user_id: str, mark: str) -> Item:
    """The tombstone of a user who was marked."""
    key = keys.user(user_id)
    return {"id": user_id, MARK: mark, **table.key(key, key)}


def is_one(table: Table, item: Item) -> bool:
    """Whether nothing is left of a user but the mark."""
    return MARK in item and item.keys() <= {"id", MARK, table.partition_key, table.sort_key}


def is_abandoned(table: Table, item: Item) -> bool:
    """Whether it is a tombstone whose delete must have broken off."""
    since = models.date(item.get(MARK))
    return is_one(table, item) and since is not None and since <= datetime.now(UTC) - LAST
