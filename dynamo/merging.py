"""Merging one user into another, in steps that are one transaction each. No account is lost if the merge is
interrupted, and the same call continues it.

1. The user to delete is marked. From then on, authgraph lets nobody sign in as them and rejects every change and
   addition. This and every later transaction checks that a disabled user does not get access by the merge.
2. Their sessions are deleted. They are not moved: revoking a session by its old id must end it.
3. Accounts and passkeys move one by one, each with its lock.
4. A tombstone replaces the user. If both users have the same e-mail address, its lock goes to the user who is kept.
5. What the official adapter, which ignores the mark, added in between is deleted or moved, and then the tombstone.

Name, picture, e-mail address and custom attributes of the deleted user are not copied.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from dynamo import audit, entries, expressions, held_locks, keys, locks, merge_notes, tombstones, users
from dynamo import merge_pair as pairs
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.client import TRANSACTION_LIMIT, Key, Table, TransactWriteItem
from dynamo.errors import AlreadyExists, Stale, TransactionCancelled
from dynamo.expressions import as_read, is_same
from dynamo.item import Item
from dynamo.merge_packing import pack_operation, unpacked
from dynamo.merge_pair import BAR, MERGING, Pair
from dynamo.partition import Kind, is_the_same, kind_of

PAGE: Final = 100
ATTEMPTS: Final = 5
SESSIONS: Final = (TRANSACTION_LIMIT - 2) // 2
"""Sessions deleted in one transaction, in both partitions, besides the guards."""
NAMES: Final = {Kind.ACCOUNTS: "accounts", Kind.AUTHENTICATORS: "passkeys"}
_IDENTITY: Final = ("provider", "providerAccountId", "credentialID", "userId")


@dataclass(slots=True)
class Merged:
    """What a merge did, or would do."""

    moved: Counter[str] = field(default_factory=Counter)
    """Accounts and passkeys that were moved, by the kind of item."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Accounts and passkeys that the user to keep has as well, by the kind of item."""
    ended: int = 0
    """How many sessions of the user to delete were deleted."""
    foreign: int = 0
    """How many items of other apps are in the partition of the user to delete. They stay there."""
    deleted: bool = False
    """Whether the user to delete existed."""


async def plan(table: Table, keep: str, lose: str) -> Merged:
    """What `merge` would do. Raises what it would raise."""
    merged = Merged()
    if await pairs.read(table, keep, lose) is None:
        return merged
    merged.deleted = True
    async for item in _others(table, lose):
        kind = kind_of(table, item)
        if kind is Kind.SESSIONS:
            merged.ended += 1
        elif kind is None:
            merged.foreign += 1
        elif await _theirs(table, keep, item) is None:
            merged.moved[NAMES[kind]] += 1
        else:
            merged.dropped[NAMES[kind]] += 1
    return merged


async def merge(table: Table, keep: str, lose: str, call: merge_notes.Call | None = None) -> Merged:
    """Move every way to sign in from one user to another, and delete the first. Safe to repeat.

    Raises `NotFound` if the user to keep does not exist, `Rejected` if the two must not be merged, and `Stale` if
    others kept changing them; then the merge can be repeated. A merge that cannot be finished is rejected before it
    changes anything.

    A merge that is to be noted is that of a `call`. If another one of the same two users ends first, both have
    succeeded.
    """
    pair = await pairs.read(table, keep, lose)
    if pair is None:
        return Merged()
    await plan(table, keep, lose)
    work = _Merge(table, keep, lose, pair, call)
    try:
        await work.mark()
        await work.empty()
        await work.bury()
        await work.empty()
        await work.delete()
    except _DoneMeanwhile:
        return work.merged
    return work.merged


async def is_begun_or_done(table: Table, keep: str, lose: str) -> bool:
    """Whether the merge of two users is still to be continued, or is known to be done."""
    lost = await users.get(table, lose, consistent=True)
    if lost is not None and lost.deleting and lost.item.get(MERGING) == keep:
        return True
    return await merge_notes.is_done(table, keep, lose)


class _DoneMeanwhile(Exception):
    """Another call has merged the same two users."""


@dataclass(slots=True)
class _Merge:
    table: Table
    keep: str
    lose: str
    pair: Pair
    call: merge_notes.Call | None = None
    merged: Merged = field(default_factory=Merged)

    async def mark(self) -> None:
        """Begin the merge, unless it was begun before. An existing mark keeps its time, because a deletion may
        depend on it."""
        naming = [] if self.call is None else self.call.naming(self.table)
        recorded = [entry for user_id in (self.keep, self.lose) for entry in audit.entries(self.table, user_id)]
        if self.pair.is_marked and (naming or recorded):
            # Whoever goes on with a merge that somebody else began changes these users, too.
            await self._write([*naming, *recorded])
        for _ in range(ATTEMPTS):
            if self.pair.is_marked:
                return
            marks = {tombstones.MARK: self.pair.lost.item.get(tombstones.MARK) or datetime.now(UTC), MERGING: self.keep}
            as_seen = self.pair.lost_as_read() & expressions.exists(self.table.partition_key)
            key = self.table.key_of(self.pair.lost.item)
            mark = self.table.update_operation(key, expressions.update_of(marks), as_seen)
            guards = pairs.guard_target(self.table, self.pair)
            await self._try([self.pair.hold_kept(self.table), mark, *guards, *naming], recorded)
            await self._read_again()
        raise self._stale()

    async def empty(self) -> None:
        """Delete every session, and move accounts and passkeys."""
        await self._end_sessions()
        foreign = 0
        async for item in _others(self.table, self.lose):
            kind = kind_of(self.table, item)
            if kind is None:
                foreign += 1
            elif kind is not Kind.SESSIONS:
                await self._move(item, kind)
        self.merged.foreign = foreign

    async def bury(self) -> None:
        """Store the tombstone and release the locks of e-mail addresses. If both users have an address, its lock is
        handed over."""
        table = self.table
        for _ in range(ATTEMPTS):
            lost, kept = self.pair.lost, self.pair.kept
            if lost.ghost:
                return
            marks = {name: lost.item[name] for name in (tombstones.MARK, MERGING, *BAR) if name in lost.item}
            tombstone = table.key_of(lost.item) | {"id": self.lose} | marks
            shared = set(users.email_locks(table, kept.item))
            theirs = users.email_locks(table, lost.item)
            as_seen = self.pair.lost_as_read() & self.pair.address_as_read(table, lost)
            await self._try(
                [
                    self.pair.hold_kept(table, self.pair.address_as_read(table, kept)),
                    table.put_operation(tombstone, as_seen),
                    *await _hand_over(table, self.keep, self.lose, [lock for lock in theirs if lock in shared]),
                    *await _release(table, self.lose, [lock for lock in theirs if lock not in shared]),
                ]
            )
            await self._read_again()
        raise self._stale()

    async def delete(self) -> None:
        """Delete the tombstone with the entries of the directory, which ends the merge."""
        noted = [] if self.call is None else self.call.done(self.table)
        for _ in range(ATTEMPTS):
            gone = self.table.delete_operation(self.table.key_of(self.pair.lost.item), self.pair.lost_as_read())
            entered = entries.removals(self.table, self.lose)
            if not await self._try([self.pair.hold_kept(self.table), gone, *entered, *noted]):
                self.merged.deleted = True
                return
            await self._read_again()
        raise self._stale()

    async def _end_sessions(self) -> None:
        """Delete the sessions. If the user to keep has a session with the same token, it is deleted too."""
        table = self.table
        while True:
            page = await table.query_partition(
                keys.user(self.lose), prefix=keys.SESSION, limit=SESSIONS, consistent=True
            )
            if not page.items:
                return
            places = [
                place for item in page.items for place in (table.key_of(item), _moved_key(table, item, self.keep))
            ]
            await self._write([table.delete_operation(place) for place in places])
            self.merged.ended += len(page.items)

    async def _move(self, read: Item, kind: Kind) -> None:
        """Move one item with its lock, or drop it if the user to keep has the same."""
        table, item, attempts = self.table, read, 0
        while attempts < ATTEMPTS:
            theirs = await _theirs(table, self.keep, item)
            if theirs is None:
                moved = unpacked(table, item) | _moved_key(table, item, self.keep) | {"userId": self.keep}
                there = table.put_operation(moved, expressions.not_exists(table.partition_key))
            else:
                hold = expressions.update_of({"userId": self.keep})
                there = table.update_operation(table.key_of(theirs), hold, is_same(_identity(table), theirs))
            gone = table.delete_operation(table.key_of(item), as_read(item, tuple(TOKEN_ATTRIBUTES)))
            handed = await _hand_over(table, self.keep, self.lose, held_locks.of(table, item))
            packed = pack_operation(table, item)
            failed = await self._write([gone, there, *handed] if packed is None else [packed])
            if packed is None and not failed:
                (self.merged.moved if theirs is None else self.merged.dropped)[NAMES[kind]] += 1
                return
            # Packing some attributes is progress, however many rounds it takes.
            attempts += 1 if failed else 0
            found = await table.get(table.key_of(item), consistent=True)
            if found is None:
                return
            item = found
        raise self._stale()

    async def _write(self, writes: Sequence[TransactWriteItem]) -> frozenset[int]:
        """Write while the merge is still allowed. Returns the positions of the writes whose condition failed."""
        for _ in range(ATTEMPTS):
            guards = self.pair.hold(self.table)
            failed = await self._try([*guards, *writes])
            if not failed or min(failed) >= len(guards):
                return frozenset(place - len(guards) for place in failed)
            await self._read_again()
        raise self._stale()

    async def _try(
        self, writes: Sequence[TransactWriteItem], recorded: Sequence[TransactWriteItem] = ()
    ) -> frozenset[int]:
        try:
            await self.table.transact(writes, recorded=recorded)
        except TransactionCancelled as cancelled:
            return cancelled.failed
        return frozenset()

    async def _read_again(self) -> None:
        """Read both users again. Raises if the merge is not allowed any more, because one of them was disabled,
        enabled or deleted."""
        pair = await pairs.read(self.table, self.keep, self.lose)
        if pair is None:
            if self.call is not None and await merge_notes.is_done(self.table, self.keep, self.lose):
                raise _DoneMeanwhile
            raise Stale("The user to merge was deleted by someone else meanwhile. What had moved by then stays moved.")
        self.pair = pair

    def _stale(self) -> Stale:
        return Stale("The two users are being changed by someone else: merge again.")


async def _others(table: Table, user_id: str) -> AsyncIterator[Item]:
    """The items in a user's partition besides the user. They may be deleted during the iteration."""
    after: Key | None = None
    while True:
        page = await table.query_partition(keys.user(user_id), limit=PAGE, after=after, consistent=True)
        for item in page.items:
            if item[table.sort_key] != keys.user(user_id):
                yield item
        after = page.last_key
        if after is None:
            return


async def _theirs(table: Table, keep: str, item: Item) -> Item | None:
    """The same account or passkey of the user to keep; None if they do not have it.

    Raises `AlreadyExists` if they have something else under its key, or an item that signs nobody in: then dropping the
    other item would lose a way to sign in.
    """
    theirs = await table.get(_moved_key(table, item, keep), consistent=True)
    if theirs is None:
        return None
    index = (table.index_partition_key, table.index_sort_key)
    found_alike = all(name not in item or theirs.get(name) == item[name] for name in index)
    if is_the_same(theirs, item) and found_alike and theirs.get("userId") == keep:
        return theirs
    kind = "An account" if kind_of(table, item) is Kind.ACCOUNTS else "A passkey"
    raise AlreadyExists(
        f"{kind} of the user to merge has a key that another item of the user to keep has: delete or mend one of the "
        "two, then merge.",
        "lose",
    )


async def _hand_over(table: Table, keep: str, lose: str, held: list[str]) -> list[TransactWriteItem]:
    """Take locks that are free or held by the old owner for the new one. Locks of a third user are left."""
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
    """Never look for another owner: the lock's owner was read before."""
    return False


def _moved_key(table: Table, item: Item, keep: str) -> Key:
    return table.key(keys.user(keep), item[table.sort_key])


def _identity(table: Table) -> tuple[str, ...]:
    return (*_IDENTITY, table.index_partition_key, table.index_sort_key)
