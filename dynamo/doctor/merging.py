"""Merging one user into another, in steps of which each is one transaction, so that nothing is lost wherever it breaks
off, and the same call finishes it.

1. Accounts, passkeys and sessions move one by one, each with its lock. Until it has moved, it works where it was.
2. The one who is to go is marked: from here on authgraph lets nobody sign in as them, and adds nothing.
3. What came meanwhile moves.
4. The one who is to go is deleted; the lock of an e-mail that both have becomes the other's.
5. What the official adapter, which knows no mark, has added in between moves.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from dynamo import expressions, format, keys, locks, models, users
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.client import Key, Table, TransactWriteItem
from dynamo.doctor.items import CHILD_KINDS, ItemKind, item_kind
from dynamo.doctor.removal import as_read, locks_of
from dynamo.errors import AlreadyExists, NotFound, Rejected, Stale, TransactionCancelled
from dynamo.item import Item

PAGE: Final = 100
ATTEMPTS: Final = 5
MERGING: Final = "mergingInto"
"""On the one who is to go: the id of the one they are merged into."""


@dataclass(slots=True)
class Merged:
    """What a merge did, or would do."""

    moved: Counter[str] = field(default_factory=Counter)
    """By the kind of item."""
    dropped: Counter[str] = field(default_factory=Counter)
    """What the other one has as well, and sessions that are over."""
    foreign: int = 0
    """Items of other apps in the partition of the one who goes: they stay where they are."""
    deleted: bool = False
    """Whether there was somebody to delete."""


async def plan(table: Table, keep: str, lose: str) -> Merged:
    """What `merge` would do; raises what it would raise."""
    merged = Merged(deleted=await _require(table, keep, lose) is not None)
    async for item in _others(table, lose):
        kind = item_kind(table, item)
        if kind not in CHILD_KINDS:
            merged.foreign += 1
        elif _is_over(table, item) or await table.get(_moved_key(table, item, keep), consistent=True):
            merged.dropped[kind.value] += 1
        else:
            merged.moved[kind.value] += 1
    return merged


async def merge(table: Table, keep: str, lose: str) -> Merged:
    """Move everything of one user to another and delete the one. Safe to repeat.

    Raises `NotFound` without the one to keep, `Rejected` where the two must not be merged, `Stale` where others kept
    changing them; then merging again goes on.
    """
    merged = Merged()
    user = await _require(table, keep, lose)
    await _move_all(table, keep, lose, merged)
    if user is not None:
        await _mark(table, keep, lose)
        await _move_all(table, keep, lose, merged)
        await _delete(table, keep, lose)
        merged.deleted = True
        await _move_all(table, keep, lose, merged)
    return merged


async def _require(table: Table, keep: str, lose: str) -> models.User | None:
    """The one who is to go, None if they are gone; raises unless the two may be merged."""
    keys.check(keep, "KEEP")
    keys.check(lose, "LOSE")
    if keep == lose:
        raise Rejected("KEEP and LOSE are the same user: give two different users.")
    kept = await users.get(table, keep, consistent=True)
    if kept is None or kept.ghost or kept.deleting:
        raise NotFound(f"There is no user {keep} to keep, or they are being deleted.")
    lost = await users.get(table, lose, consistent=True)
    if lost is None:
        return None
    into = lost.item.get(MERGING)
    if lost.deleting and into != keep:
        fate = "deleted" if into is None else f"merged into {into}"
        raise Rejected(f"User {lose} is being {fate}: wait until that is finished.")
    if lost.disabled is not None and kept.disabled is None:
        raise Rejected(
            f"User {lose} is disabled, and a merge would let them in as {keep}: enable or disable both first."
        )
    return lost


async def _others(table: Table, user_id: str) -> AsyncIterator[Item]:
    """What lies in a partition beside the user; it may be deleted on the way."""
    after: Key | None = None
    while True:
        page = await table.query_partition(keys.user(user_id), limit=PAGE, after=after, consistent=True)
        for item in page.items:
            if item[table.sort_key] != keys.user(user_id):
                yield item
        after = page.last_key
        if after is None:
            return


async def _move_all(table: Table, keep: str, lose: str, merged: Merged) -> None:
    foreign = 0
    async for item in _others(table, lose):
        if item_kind(table, item) in CHILD_KINDS:
            await _move(table, keep, lose, item, merged)
        else:
            foreign += 1
    merged.foreign = foreign


async def _move(table: Table, keep: str, lose: str, item: Item, merged: Merged) -> None:
    """Move one item with its lock; drop it where the other one has the same, or where it is a session that is over."""
    kind = item_kind(table, item).value
    drop = _is_over(table, item)
    for _ in range(ATTEMPTS):
        gone = table.delete_operation(table.key_of(item), as_read(item, tuple(TOKEN_ATTRIBUTES)))
        writes = [users.touch(table, keep), gone]
        if not drop:
            moved = item | _moved_key(table, item, keep) | {"userId": keep}
            writes.append(table.put_operation(moved, expressions.not_exists(table.partition_key)))
        try:
            await table.transact([*writes, *await _hand_over(table, keep, lose, locks_of(table, item))])
        except TransactionCancelled as cancelled:
            first = min(cancelled.failed)
            if first == 0:
                raise NotFound(f"User {keep} is not there any more, or is being deleted.") from None
            if first == 1:
                read = await table.get(table.key_of(item), consistent=True)
                if read is None:
                    return
                item, drop = read, _is_over(table, read)
            elif first < len(writes):
                # The other one has the same.
                drop = True
            continue
        (merged.dropped if drop else merged.moved)[kind] += 1
        return
    raise Stale(f"The items of user {lose} are being changed by someone else: merge again.")


async def _mark(table: Table, keep: str, lose: str) -> None:
    key = keys.user(lose)
    mark = expressions.update_of({"deletingAt": datetime.now(UTC), MERGING: keep})
    free = expressions.unset("deletingAt") | expressions.equals(MERGING, keep)
    # A transaction, so that a first attempt that comes late is not another mark.
    try:
        await table.transact(
            [table.update_operation(table.key(key, key), mark, expressions.exists(table.partition_key) & free)]
        )
    except TransactionCancelled:
        if await users.get(table, lose, consistent=True) is not None:
            raise Stale(f"User {lose} is being deleted by someone else: merge again.") from None


async def _delete(table: Table, keep: str, lose: str) -> None:
    """Delete the one who is marked, with their locks; a lock of an e-mail that both have is handed over."""
    for _ in range(ATTEMPTS):
        kept = await users.get(table, keep, consistent=True)
        lost = await users.get(table, lose, consistent=True)
        if lost is None:
            return
        shared = set() if kept is None else set(users.email_locks(table, kept.item))
        theirs = users.email_locks(table, lost.item)
        writes = [
            users.touch(table, keep),
            table.delete_operation(table.key_of(lost.item), expressions.equals(MERGING, keep) & as_read(lost.item)),
            *await _hand_over(table, keep, lose, [lock for lock in theirs if lock in shared]),
            *await _release(table, lose, [lock for lock in theirs if lock not in shared]),
        ]
        try:
            await table.transact(writes)
        except TransactionCancelled as cancelled:
            if 0 in cancelled.failed:
                raise NotFound(f"User {keep} is not there any more, or is being deleted.") from None
            continue
        return
    raise Stale(f"User {lose} is being changed by someone else: merge again.")


async def _hand_over(table: Table, keep: str, lose: str, held: list[str]) -> list[TransactWriteItem]:
    """Claim locks that are free or the old owner's for the new one; those of a third stay."""
    operations = []
    for lock in held:
        found = await _lock(table, lock)
        if found is None or found.get(locks.OWNER) == lose:
            claim = locks.Claim(lock, keep, AlreadyExists("The lock is taken."), _never)
            operations.append(locks.claim_operation(table, claim, found))
    return operations


async def _release(table: Table, lose: str, held: list[str]) -> list[TransactWriteItem]:
    owned = []
    for lock in held:
        found = await _lock(table, lock)
        if found is not None and found.get(locks.OWNER) == lose:
            owned.append(locks.release_operation(table, lock, lose))
    return owned


async def _lock(table: Table, lock: str) -> Item | None:
    return await table.get(table.key(lock, lock), consistent=True) if keys.fits(lock) else None


async def _never(_: str) -> bool:
    """Nobody else is asked: the lock's owner was read."""
    return False


def _moved_key(table: Table, item: Item, keep: str) -> Key:
    return table.key(keys.user(keep), item[table.sort_key])


def _is_over(table: Table, item: Item) -> bool:
    """Whether an item is a session that signs nobody in: a zombie, one that names another user, or past its time."""
    if item_kind(table, item) is not ItemKind.SESSION:
        return False
    expires = format.date_of_expires(item.get("expires"))
    return not models.session(table, item).owned or (expires is not None and expires <= datetime.now(UTC))
