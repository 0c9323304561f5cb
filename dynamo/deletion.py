"""Deletion of a user and everything that belongs to them, in steps that can be repeated after a crash at any point.

1. The user is marked. From then on, none of their sessions signs in, and nothing can be added.
2. Sessions, then accounts and passkeys with their locks are deleted, page by page.
3. A tombstone with the same mark replaces the user, and the lock of their e-mail address is released.
4. What the adapter added in the meantime is deleted, and then the tombstone with the entries of the directory.

Every write is a transaction with the condition that the mark is still there. A user without it is a new user with the
same id, who is left alone. If items are found without a user, a tombstone is stored first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dynamo import (
    audit,
    deletion_notes,
    entries,
    expressions,
    format,
    held_locks,
    keys,
    locks,
    models,
    tombstones,
    users,
)
from dynamo.client import TRANSACTION_LIMIT, Table, TransactWriteItem
from dynamo.errors import TransactionCancelled, Unavailable
from dynamo.expressions import Condition
from dynamo.item import Item
from dynamo.tombstones import MARK

SESSIONS: Final = TRANSACTION_LIMIT - 1
"""Sessions deleted in one transaction, which also checks the mark."""
CHILDREN: Final = SESSIONS // 2
"""Items of any kind deleted in one transaction, each with its lock."""
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Deleted:
    """Whom a call has deleted, now or before."""

    user_id: str | None
    user: models.User | None
    """The user as they were; None if there was none, or if they are gone already."""


async def delete(table: Table, user_id: str) -> models.User | None:
    """Delete a user, or finish an interrupted deletion. Returns the user as they were, None if there was none.

    If the user does not exist, items that are left in their partition are deleted too.
    """
    if not keys.is_possible(user_id):
        return None
    user = await users.get(table, user_id, consistent=True)
    mark = await _mark(table, user) if user is not None and not user.deleting else None
    return await _clear(table, user_id, user, mark)


async def delete_once(table: Table, user_id: str | None, call: deletion_notes.Call) -> Deleted:
    """Delete a user as `delete` does, or finish what the same call has begun before. Raises `KeyReused`.

    Whom the call has not deleted before is left alone if it was made before: a new user with the same id, or with what
    the caller named the first one by.
    """
    possible = user_id if user_id is not None and keys.is_possible(user_id) else None
    user = None if possible is None else await users.get(table, possible, consistent=True)
    if possible is not None and user is not None and not user.deleting:
        try:
            mark = await _mark(table, user, call.note(table, possible))
        except _MadeBefore:
            return await _finish(table, await call.named_before(table))
        if mark is not None:
            return Deleted(possible, await _clear(table, possible, user, mark))
    # Nobody is marked by this call, so the note is stored alone.
    if not await call.begin(table, user_id):
        return await _finish(table, await call.named_before(table))
    return Deleted(user_id, None if possible is None else await _clear(table, possible, user, None))


async def _finish(table: Table, user_id: str | None) -> Deleted:
    """Finish a deletion that was begun. A user who is not being deleted is a new one."""
    if user_id is None or not keys.is_possible(user_id):
        return Deleted(user_id, None)
    user = await users.get(table, user_id, consistent=True)
    if user is not None and not user.deleting:
        return Deleted(user_id, None)
    # The call has its entry in the audit log.
    return Deleted(user_id, await _clear(table.acting(None), user_id, user, None))


async def _clear(table: Table, user_id: str, user: models.User | None, mark: str | None) -> models.User | None:
    """Delete all that is left of a user who was marked. Returns the user as they were read; None if there was none."""
    # A deletion or a merge that somebody else began is finished by this caller, who is recorded at its end.
    resumed = user is not None and user.deleting
    for _ in range(ATTEMPTS):
        mark = mark or await _mark_of_what_is_left(table, user_id)
        recorded = audit.entries(table, user_id) if resumed else []
        if mark is None or await _bury(table, user_id, mark, recorded):
            return None if user is None or tombstones.is_one(table, user.item) else user
        # Another deletion was faster, or the adapter deleted the user and left some of their items.
        mark = None
    raise _hindered()


class _MarkGone(Exception):
    """The user with the mark does not exist any more."""


class _MadeBefore(Exception):
    """The call has been made before."""


async def _mark(table: Table, user: models.User, note: TransactWriteItem | None = None) -> str | None:
    """Mark a user for deletion; None if they do not exist any more or are being deleted already. Raises `_MadeBefore`
    if there is a note of the same call."""
    mark, key = format.iso(datetime.now(UTC)), keys.user(user.user_id)
    unmarked = expressions.exists(table.partition_key) & expressions.unchanged(MARK, None)
    update = expressions.update_of({MARK: mark})
    try:
        marking = table.update_operation(table.key(key, key), update, unmarked)
        writes = [marking] if note is None else [marking, note]
        await table.transact(writes, recorded=audit.entries(table, user.user_id))
    except TransactionCancelled as cancelled:
        if 1 in cancelled.failed:
            raise _MadeBefore from None
        return None
    return mark


async def _mark_of_what_is_left(table: Table, user_id: str) -> str | None:
    """The mark of an interrupted deletion, or of a tombstone that is stored here for items without a user.

    None if nothing is left, or if there is a new user with the same id.
    """
    for _ in range(ATTEMPTS):
        user = await users.get(table, user_id, consistent=True)
        if user is not None:
            mark: str | None = user.item.get(MARK)
            return mark
        page = await table.query_partition(keys.user(user_id), limit=1, consistent=True)
        if not page.items:
            return None
        mark = format.iso(datetime.now(UTC))
        free = expressions.not_exists(table.partition_key)
        try:
            marking = table.put_operation(tombstones.make(table, user_id, mark), free)
            await table.transact([marking], recorded=audit.entries(table, user_id))
        except TransactionCancelled:
            continue
        return mark
    raise _hindered()


async def _bury(table: Table, user_id: str, mark: str, recorded: list[TransactWriteItem]) -> bool:
    """Delete everything that is left under a mark, the tombstone last, with entries of the audit log. Returns False if
    the mark disappeared before."""
    marked = expressions.equals(MARK, mark)
    tombstone = tombstones.make(table, user_id, mark)
    try:
        await _delete_children(table, user_id, marked, prefix=keys.SESSION, size=SESSIONS)
        user = await _delete_children(table, user_id, marked)
        if user is not None and not tombstones.is_one(table, user):
            await _write(table, user_id, [table.put_operation(tombstone, marked)], users.email_locks(table, user))
            await _delete_children(table, user_id, marked)
        gone = table.delete_operation(table.key_of(tombstone), marked)
        await _write(table, user_id, [gone, *entries.removals(table, user_id), *recorded])
    except _MarkGone:
        return False
    return True


async def _delete_children(
    table: Table, user_id: str, marked: Condition, *, prefix: str | None = None, size: int = CHILDREN
) -> Item | None:
    """Delete the items in a user's partition, optionally those with a prefix, page by page. Returns the user's own
    item."""
    key = keys.user(user_id)
    same_id = expressions.update_of({"id": user_id})
    while True:
        page = await table.query_partition(key, prefix=prefix, limit=size, consistent=True)
        children = [item for item in page.items if item[table.sort_key] != key]
        if children:
            # An update that changes nothing: the IAM policy of the adapter does not allow ConditionCheck.
            hold = table.update_operation(table.key(key, key), same_id, marked)
            deletes = [table.delete_operation(table.key_of(child)) for child in children]
            held = [lock for child in children for lock in held_locks.of(table, child)]
            await _write(table, user_id, [hold, *deletes], held)
        if page.last_key is None:
            return next((item for item in page.items if item[table.sort_key] == key), None)


async def _write(table: Table, user_id: str, writes: list[TransactWriteItem], held: list[str] | None = None) -> None:
    """Write, and release those locks that the user holds. Locks that another user holds are left.

    The first write has the mark as its condition. Raises `_MarkGone` if it fails.
    """
    left = list(dict.fromkeys(lock for lock in held or () if keys.fits(lock)))
    for _ in range(ATTEMPTS):
        releases = [locks.release_operation(table, lock, user_id) for lock in left]
        try:
            return await table.transact([*writes, *releases])
        except TransactionCancelled as cancelled:
            if 0 in cancelled.failed:
                raise _MarkGone from None
            left = [lock for position, lock in enumerate(left, len(writes)) if position not in cancelled.failed]
    raise _hindered()


def _hindered() -> Unavailable:
    return Unavailable("Other writers kept changing the user's items; delete the user again.")
