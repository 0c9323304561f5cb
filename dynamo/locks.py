"""Uniqueness: a lock item per e-mail, account and credential, written in the transaction of the entity it guards.

The adapter writes entities without a lock and deletes users without releasing one. So a claim is checked against the
index first (for entities without a lock), and a lock whose owner no longer holds what it guards is taken over.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from dynamo import expressions, keys
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import AlreadyExists, TransactionCancelled, Unavailable
from dynamo.item import Item

OWNER: Final = "owner"
CLAIM: Final = "claim"
"""Another value each time a lock is taken, so that a lock taken again is not mistaken for the one that was read."""
ATTEMPTS: Final = 4


class Owned(Protocol):
    """Something that is a user's."""

    @property
    def user_id(self) -> str:
        """Whose it is."""
        ...


class Owning(Owned, Protocol):
    """Something that says itself whose it is."""

    @property
    def owned(self) -> bool:
        """Whether it says the same as the place where it lies."""
        ...


T = TypeVar("T", bound=Owned)
S = TypeVar("S", bound=Owning)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a user wants for themselves alone, and how to tell whether another user really has it."""

    key: str
    user_id: str
    taken: AlreadyExists
    """Raised when it is taken."""
    holds: Callable[[str], Awaitable[bool]]
    """Whether the user of that id really holds it, by a consistent read."""


def owner_of(lock: Item | None) -> str | None:
    """Who holds a lock; None where there is none, and for one whose owner is nothing that could be a user's id."""
    owner = None if lock is None else lock.get(OWNER)
    return owner if isinstance(owner, str) and keys.is_possible(owner) else None


async def holder_first(table: Table, key: str, found: Sequence[T]) -> list[T]:
    """What several users have of which a lock lets one have it: first that of the lock's holder, then in their order.

    So whoever looks it up finds the same one each time. The lock is read only if there are several.
    """
    if len(found) < 2:
        return list(found)
    holder = owner_of(await table.get(table.key(key, key), consistent=True)) if keys.fits(key) else None
    return sorted(found, key=lambda one: one.user_id != holder)


async def owned_first(table: Table, key: str, found: Sequence[S]) -> list[S]:
    """The same, of those that say themselves whose they are; the others come last, and never cost a read."""
    owned = await holder_first(table, key, [one for one in found if one.owned])
    return [*owned, *(one for one in found if not one.owned)]


def claim_operation(table: Table, claim: Claim, stale: Item | None = None) -> TransactWriteItem:
    """Take the lock if it is free, the user's own, or still the very one that was found stale."""
    free = expressions.not_exists(table.partition_key) | expressions.equals(OWNER, claim.user_id)
    if stale is not None:
        free = free | expressions.unchanged(CLAIM, stale.get(CLAIM))
    item = table.key(claim.key, claim.key) | {"type": "LOCK", OWNER: claim.user_id, CLAIM: secrets.token_hex(8)}
    return table.put_operation(item, free)


def release_operation(table: Table, key: str, user_id: str) -> TransactWriteItem:
    """Give a lock up if it is the user's own or was never taken."""
    return table.delete_operation(
        table.key(key, key), expressions.not_exists(table.partition_key) | expressions.equals(OWNER, user_id)
    )


async def claim_and_write(
    table: Table, claims: Sequence[Claim], writes: Sequence[TransactWriteItem], refused: Callable[[int], Exception]
) -> None:
    """Write everything in one transaction with its claims, taking stale locks over.

    Raises a claim's `taken`, or what `refused(position)` makes of a write whose condition did not hold.
    """
    stale: dict[int, Item] = {}
    for _ in range(ATTEMPTS):
        operations = [claim_operation(table, claim, stale.get(i)) for i, claim in enumerate(claims)]
        try:
            return await table.transact([*operations, *writes])
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
