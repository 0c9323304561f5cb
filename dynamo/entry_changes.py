"""Writes that give a user the entries that they lack, and take away entries that say nothing true.

Each checks in its transaction that the user is as they were read, so that nothing newer is overwritten.
"""

from typing import Final

from dynamo import entries, expressions, keys, locks, models, users
from dynamo.client import Table, TransactWriteItem
from dynamo.directory_lists import DirectoryList
from dynamo.expressions import is_same
from dynamo.item import Item

SEEN: Final = ("type", "email", "name", "createdAt", "lastSignInAt")
"""The attributes of a user that entries follow from. They must be the same when the entries are written."""


def hold(table: Table, user: models.User) -> TransactWriteItem:
    """Check within a transaction that a user is as they were read, ghosts included."""
    return users.touch(table, user.user_id, users.is_whole(table) & is_same(SEEN, user.item))


def name_lock(table: Table, lock: Item, entry: Item) -> TransactWriteItem:
    """Make the lock of an e-mail address its entry. Whoever takes the lock meanwhile makes it one, too."""
    named = {name: entry[name] for name in ("type", "id")}
    return table.update_operation(
        table.key_of(lock), expressions.update_of(named), is_same((entries.OWNER, locks.CLAIM), lock)
    )


def removal(table: Table, entry: Item, owner: str | None, user: Item | None) -> list[TransactWriteItem] | None:
    """Remove an entry of an owner, who was read after it. None if it is not to be removed: then the owner has a value,
    or their deletion will remove it.

    An entry with another value is not removed either, because it is written for the user. Only the lock of an e-mail
    address is, unless it was taken again since it was read.
    """
    of = entries.list_of(table, entry)
    gone = table.delete_operation(table.key_of(entry), is_same(("type", "id", entries.OWNER, locks.CLAIM), entry))
    if of is None:
        return None
    if owner is None:
        return [gone]
    if user is None:
        return [_nobody(table, owner), gone]
    found = models.user(table, user)
    if found.deleting:
        return None
    value = entries.value_of(of, found) if entries.is_listed(table, user) else None
    if of is DirectoryList.EMAIL:
        return None if value is not None and value == entry.get("id") else [gone]
    return None if value is not None else [hold(table, found), gone]


def _nobody(table: Table, user_id: str) -> TransactWriteItem:
    """Check within a transaction that a user does not exist. It is a delete of nothing, because the IAM policy of the
    adapter does not allow ConditionCheck."""
    key = keys.user(user_id)
    return table.delete_operation(table.key(key, key), expressions.not_exists(table.partition_key))
