"""Uniqueness: one lock item per e-mail address, account and credential, written in the same transaction as the entity.

The adapter writes entities without a lock and deletes users without releasing one. So a claim is first checked against
the index, for entities without a lock. A lock whose owner does not have the value any more is taken over.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from dynamo import entries, expressions, keys
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import AlreadyExists, TransactionCancelled, Unavailable
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

OWNER: Final = entries.OWNER
CLAIM: Final = "claim"
"""A new value each time a lock is taken, so that a lock that was taken again is not mistaken for the one that was
read."""
CLAIM_BYTES: Final = 8
ATTEMPTS: Final = 4


class Owned(Protocol):
    """Something that belongs to a user."""

    @property
    def user_id(self) -> str:
        """The id of the user in whose partition it is stored."""
        ...


class Owning(Owned, Protocol):
    """Something that names its user in an attribute."""

    @property
    def owned(self) -> bool:
        """Whether the attribute names the user in whose partition it is stored."""
        ...


T = TypeVar("T", bound=Owned)
S = TypeVar("S", bound=Owning)


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a user wants exclusively, and the check whether another user really has it."""

    key: str
    user_id: str
    taken: AlreadyExists
    """The error to raise if another user has it."""
    holds: Callable[[str], Awaitable[bool]]
    """Whether the user with that id really has the value, by a consistent read."""


def owner_of(lock: Item | None) -> str | None:
    """The id of the user who holds a lock; None if there is no lock, or its owner cannot be a user's id."""
    owner = None if lock is None else lock.get(OWNER)
    return owner if isinstance(owner, str) and keys.is_possible(owner) else None


async def holder_first(table: Table, key: str, found: Sequence[T]) -> list[T]:
    """Sort what several users have, although a lock allows one: first that of the lock's holder, the rest in its order.

    So every lookup finds the same one first. The lock is read only if there are several.
    """
    if len(found) < 2:
        return list(found)
    holder = owner_of(await table.get(table.key(key, key), consistent=True)) if keys.fits(key) else None
    return sorted(found, key=lambda one: one.user_id != holder)


async def owned_first(table: Table, key: str, found: Sequence[S]) -> list[S]:
    """The same for things that name their user. Those that name another user come last, and cause no read."""
    owned = await holder_first(table, key, [one for one in found if one.owned])
    return [*owned, *(one for one in found if not one.owned)]


def claim_operation(
    table: Table, claim: Claim, stale: Item | None = None, *, seed: Seed | None = None
) -> TransactWriteItem:
    """Take a lock if it is free, held by the user, or still the one that was found stale."""
    free = expressions.not_exists(table.partition_key) | expressions.equals(OWNER, claim.user_id)
    if stale is not None:
        free = free | expressions.unchanged(CLAIM, stale.get(CLAIM))
    value = (seed or random_seed()).hex(CLAIM_BYTES, "claim", claim.key)
    key = table.key(claim.key, claim.key)
    item = {**key, **entries.in_lock(table, claim.key), OWNER: claim.user_id, CLAIM: value}
    return table.put_operation(item, free)


def release_operation(table: Table, key: str, user_id: str) -> TransactWriteItem:
    """Release a lock if the user holds it. If it does not exist, the operation succeeds too."""
    return table.delete_operation(
        table.key(key, key), expressions.not_exists(table.partition_key) | expressions.equals(OWNER, user_id)
    )


async def claim_and_write(
    table: Table,
    claims: Sequence[Claim],
    writes: Sequence[TransactWriteItem],
    refused: Callable[[int], Exception],
    seed: Seed | None = None,
    recorded: Sequence[TransactWriteItem] = (),
) -> None:
    """Write everything in one transaction with its claims and its entries of the audit log, and take over stale locks.

    Raises a claim's `taken`, or for a write whose condition failed the error that `refused(position)` returns; for a
    repeatable `seed` also `TokenUsed`.
    """
    seed = seed or random_seed()
    stale: dict[int, Item] = {}
    for turn in range(ATTEMPTS):
        operations = [claim_operation(table, claim, stale.get(i), seed=seed) for i, claim in enumerate(claims)]
        try:
            return await table.transact([*operations, *writes], seed.request_token(turn), recorded)
        except TransactionCancelled as cancelled:
            for position in sorted(cancelled.failed):
                if position >= len(claims):
                    raise refused(position - len(claims)) from None
                claim = claims[position]
                lock = await table.get(table.key(claim.key, claim.key), consistent=True)
                if lock is None:
                    continue
                owner = owner_of(lock)
                if owner is not None and await claim.holds(owner):
                    raise claim.taken from None
                stale[position] = lock
    raise Unavailable("Other writers kept changing the same items; try again.")
