"""Stores whole users, each with all that belongs to them or not at all, and never changes a user who is there.

Every e-mail address, account and passkey is checked against the index and claimed by its lock, as in the creates of
single users. Many users share a transaction, so that they take few requests; if one of them is rejected, each is stored
by itself. A user who is too large for one transaction is stored in several, the user item last: until then, nobody can
sign in as them, and the same call continues where it ended.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import orjson

from dynamo import accounts, authenticators, content, entries, keys, locks, models, sessions, users
from dynamo import email as addresses
from dynamo.accounts import NewAccount
from dynamo.authenticators import NewAuthenticator
from dynamo.client import TRANSACTION_LIMIT, Key, Table, TransactWriteItem
from dynamo.errors import AlreadyExists, DynamoError, Misconfigured, Rejected, TransactionCancelled, Unavailable
from dynamo.item import Item
from dynamo.locks import Claim
from dynamo.seeds import random_seed
from dynamo.sessions import NewSession
from dynamo.users import NewUser

MOST_BYTES: Final = 3 * 1024 * 1024
"""The largest transaction that is sent. DynamoDB allows 4 MB, which it counts in another way."""
MOST_AT_ONCE: Final = 100
"""The most users in one call: BatchGetItem reads a hundred items."""


class Outcome(Enum):
    """What became of a user."""

    CREATED = "created"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A user to store, whose `user_id` is given, with everything that belongs to them."""

    user: NewUser
    accounts: Sequence[NewAccount] = ()
    authenticators: Sequence[NewAuthenticator] = ()
    sessions: Sequence[NewSession] = ()

    @property
    def user_id(self) -> str:
        """The raw id, which whoever makes a person has to give."""
        assert self.user.user_id is not None  # noqa: S101 - a person without an id is a fault of the caller
        return self.user.user_id

    def names(self) -> Iterator[tuple[str, ...]]:
        """What only one user can have: the id, the e-mail address, accounts, passkeys and session tokens. Raises
        `Rejected`."""
        yield "id", self.user_id
        if self.user.email is not None:
            yield "e-mail", addresses.check(self.user.email)
        for account in self.accounts:
            yield "account", account.provider, account.provider_account_id
        for passkey in self.authenticators:
            yield "passkey", authenticators.check_credential_id(passkey.credential_id)
        for session in self.sessions:
            yield "session", session.token or ""


@dataclass(slots=True)
class _Write:
    """Operations that belong together: an item and the lock of what it holds."""

    put: TransactWriteItem
    taken: AlreadyExists
    """The error to raise if there is an item already."""
    claim: Claim | None = None
    beside: Sequence[TransactWriteItem] = ()
    """Further writes without conditions: the entries of a user in the directory."""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(orjson.dumps(self.put, default=str)) + 1024 * (1 + len(self.beside))

    @property
    def operations(self) -> int:
        return (1 if self.claim is None else 2) + len(self.beside)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A user who was checked, and the writes that store them: the user's own item is the last."""

    writes: Sequence[_Write]

    @property
    def operations(self) -> int:
        return sum(write.operations for write in self.writes)

    @property
    def size(self) -> int:
        return sum(write.size for write in self.writes)


async def store(table: Table, people: Sequence[NewPerson], *, dry_run: bool = False) -> list[Outcome | Rejected]:
    """Store up to a hundred users who have nothing in common, and return what became of each.

    Safe to repeat: who is there already is `PRESENT`, and is not changed. With `dry_run`, nothing is written. Raises
    `Unavailable` if DynamoDB cannot serve it; then some of the users may be stored.
    """
    there = await _stored(table, [person.user_id for person in people])
    found = await asyncio.gather(*(_prepare(table, person, there.get(person.user_id)) for person in people))
    results = [Outcome.CREATED if isinstance(one, _Prepared) else one for one in found]
    if dry_run:
        return results
    for group in _groups(found):
        await _write_group(table, found, group, results)
    late = [
        p for p, result in zip(people, results, strict=True) if isinstance(result, Rejected) and p.user_id not in there
    ]
    # An earlier attempt whose response was lost may have stored them since they were looked up.
    since = await _stored(table, [person.user_id for person in late])
    for position, person in enumerate(people):
        if person.user_id in since and await _is_same(table, since[person.user_id], person):
            results[position] = Outcome.PRESENT
    return results


async def _stored(table: Table, user_ids: Sequence[str]) -> dict[str, models.User]:
    wanted = [table.key(keys.user(user_id), keys.user(user_id)) for user_id in user_ids if keys.is_possible(user_id)]
    items = await table.batch_get(wanted, consistent=True) if wanted else []
    return {user.user_id: user for user in (models.user(table, item) for item in items)}


async def _prepare(table: Table, person: NewPerson, stored: models.User | None) -> _Prepared | Outcome | Rejected:
    try:
        if stored is not None and not stored.ghost and not stored.deleting:
            if await _is_same(table, stored, person):
                return Outcome.PRESENT
            raise AlreadyExists("Another user has this id: their e-mail address and accounts are others.", "userId")
        return await _check(table, person)
    except Rejected as rejected:
        return rejected


async def _is_same(table: Table, stored: models.User, person: NewPerson) -> bool:
    """Whether a stored user is the person: they have the same e-mail address, or an account in common, or neither has
    any."""
    email = person.user.email
    if (
        email is not None
        and stored.email is not None
        and addresses.normalise(email) == addresses.normalise(stored.email)
    ):
        return True
    for account in person.accounts:
        if await accounts.get(table, stored.user_id, account.provider, account.provider_account_id) is not None:
            return True
    return email is None and stored.email is None and not person.accounts


async def _check(table: Table, person: NewPerson) -> _Prepared:
    """Check everything that is to be stored, and claim what must be unique. Raises `Rejected`."""
    owner, seed = person.user_id, random_seed()
    user = users.user_item(table, person.user, seed)
    children: list[tuple[Item, AlreadyExists, Claim | None]] = []
    for account in person.accounts:
        item = accounts.account_item(table, owner, account)
        claimed = await accounts.claim_account(table, owner, account.provider, account.provider_account_id)
        children.append((item, accounts.linked_already(), claimed))
    for passkey in person.authenticators:
        item = authenticators.authenticator_item(table, owner, passkey)
        claimed = await authenticators.claim_credential(table, owner, passkey)
        children.append((item, authenticators.taken_credential(), claimed))
    for session in person.sessions:
        item = sessions.session_item(table, owner, session, seed)
        await sessions.check_token(table, owner, session.token)
        children.append((item, sessions.taken_token(), None))
    try:
        put = await users.new_user(table, user, seed, chosen=True)
        begun: set[tuple[str, ...]] = set()
    except AlreadyExists:
        begun = await _begun(table, owner, [item for item, _, _ in children])
        put = users.new_item(table, user)
    email = person.user.email
    claim = None if email is None else await users.claim_email(table, owner, email)
    writes = [
        _Write(users.new_item(table, item), taken, claim)
        for item, taken, claim in children
        if _place(table.key_of(item)) not in begun
    ]
    beside = entries.of_new_user(table, user, chosen=True)
    return _Prepared([*writes, _Write(put, users.taken_id(), claim, beside)])


async def _begun(table: Table, user_id: str, wanted: Sequence[Item]) -> set[tuple[str, ...]]:
    """The keys of what an earlier call has stored of a large user. Raises `AlreadyExists` if anything else is there."""
    expected = {_place(table.key_of(item)): item for item in wanted}
    begun: set[tuple[str, ...]] = set()
    after: Key | None = None
    while True:
        page = await table.query_partition(keys.user(user_id), after=after, consistent=True)
        for item in page.items:
            place = _place(table.key_of(item))
            # The id of an account is random unless the person gives one.
            if place not in expected or not content.is_equal(item, expected[place], {"id"}):
                raise AlreadyExists(
                    "Items of a deleted user are left under this id; delete them with deleteUser.", "userId"
                )
            begun.add(place)
        after = page.last_key
        if after is None:
            return begun


def _place(key: Key) -> tuple[str, ...]:
    return tuple(key.values())


def _groups(found: Sequence[_Prepared | Outcome | Rejected]) -> Iterator[list[int]]:
    """The positions of users who fit into one transaction together."""
    group: list[int] = []
    operations = size = 0
    for position, one in enumerate(found):
        if not isinstance(one, _Prepared):
            continue
        if group and (operations + one.operations > TRANSACTION_LIMIT or size + one.size > MOST_BYTES):
            yield group
            group, operations, size = [], 0, 0
        group.append(position)
        operations, size = operations + one.operations, size + one.size
    if group:
        yield group


async def _write_group(
    table: Table,
    found: Sequence[_Prepared | Outcome | Rejected],
    group: Sequence[int],
    results: list[Outcome | Rejected],
) -> None:
    prepared = {position: one for position in group if isinstance(one := found[position], _Prepared)}
    if len(prepared) > 1:
        try:
            await table.transact([each for one in prepared.values() for each in _operations(table, one.writes)])
            return
        except (TransactionCancelled, Rejected):
            pass  # One of them was rejected. Which one shows when each is stored by itself.
    for position, one in prepared.items():
        try:
            await _write(table, one)
        except Rejected as rejected:
            results[position] = rejected
        except (Unavailable, Misconfigured):
            raise
        except DynamoError as error:
            results[position] = Rejected(str(error))


def _operations(table: Table, writes: Sequence[_Write]) -> Iterator[TransactWriteItem]:
    for write in writes:
        if write.claim is not None:
            yield locks.claim_operation(table, write.claim)
        yield write.put
        yield from write.beside


async def _write(table: Table, prepared: _Prepared) -> None:
    """Store one user, in several transactions if they do not fit into one."""
    for part in _parts(prepared.writes):
        claims = [write.claim for write in part if write.claim is not None]
        taken = [write.taken for write in part]
        puts = [*(write.put for write in part), *(each for write in part for each in write.beside)]
        await locks.claim_and_write(table, claims, puts, taken.__getitem__)


def _parts(writes: Sequence[_Write]) -> Iterator[list[_Write]]:
    part: list[_Write] = []
    operations = size = 0
    for write in writes:
        more = write.operations
        if part and (operations + more > TRANSACTION_LIMIT or size + write.size > MOST_BYTES):
            yield part
            part, operations, size = [], 0, 0
        part.append(write)
        operations, size = operations + more, size + write.size
    yield part
