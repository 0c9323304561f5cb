"""What one request reads, each object once: lookups of one tick are merged and sent together.

A loader lives as long as its request. Keys requested together become one BatchGetItem. Index lookups and partition
queries, which DynamoDB cannot batch, are deduplicated and run concurrently.
"""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic, NamedTuple, TypeVar, cast

from dynamo import (
    accounts,
    audit_log,
    authenticators,
    entities,
    models,
    partition,
    sessions,
    users,
    verification_tokens,
)
from dynamo.audit_log import Found, Wanted
from dynamo.client import Table
from dynamo.entities import Entity, EntityKey, UserKey
from dynamo.partition import Child, Kind, Partition
from dynamo.permits import Permits
from dynamo.sessions import SignedIn
from resolvers import recency
from resolvers.batching import DataLoader, SingleLoader, limited
from resolvers.errors import TooMany
from resolvers.global_ids import GlobalIds

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

CONCURRENCY: Final = 32
"""The most DynamoDB requests of one operation that run at the same time."""

Position = str | recency.Place
"""Where a list of a user's items continues: after a sort key or, for sessions, after a place in their own order."""
BEYOND: Final = ""
"""The position in a list of more sessions than can be read."""
TOO_MANY_SESSIONS: Final = (
    f"This user has more than {partition.MOST_READ_WHOLE} sessions, or more than 600 KB of them, which are not listed; "
    "revoke them with `deleteSessions`, or one by its token."
)

# Tuples, because they are fast to make, and a list of users with their items needs hundreds.


class ChildrenKey(NamedTuple):
    """One page of one user's accounts, sessions or passkeys."""

    user_id: str
    kind: Kind
    first: int
    after: Position | None = None
    """The position that the page starts after; None for the first page."""
    include_expired: bool = True


class Children(NamedTuple):
    """A page of a user's items, and the position to continue from; None on the last page."""

    records: Sequence[Child]
    next: Position | None


class EntriesKey(NamedTuple):
    """One page of one user's entries in the audit log."""

    user_id: str
    first: int
    after: str | None
    seen: bool
    """Whether to list only what the user sees."""
    since: datetime | None = None
    """The time from which on to list them: before, somebody else may have had the id."""


class _made_once(Generic[V]):
    """`functools.cached_property` without its lock, which takes longer than all that a request makes of loaders."""

    def __init__(self, make: Callable[[Any], V]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, loaders: "Loaders", _: type) -> V:
        made = self._make(loaders)
        setattr(loaders, self._name, made)
        loaders.made.append(self._name)
        return made


class Loaders:
    """The dataloaders of one request, created when they are first used."""

    def __init__(self, table: Table, ids: GlobalIds) -> None:
        self.table = table
        self.made: list[str] = []
        """The names of the dataloaders that were created."""
        self._hash = ids.token_hash
        self._hashes = ids.token_hashes
        self._permits = Permits(CONCURRENCY)
        self._users: dict[EntityKey, Entity | BaseException | None] = {}
        """Users that were read in another way than by key."""
        self._signed_in: dict[tuple[str, bool], SignedIn | BaseException | None] = {}
        """Who was authenticated, by the keys of `sign_ins`."""
        self._partitions: dict[str, Partition] = {}

    @_made_once
    def entities(self) -> DataLoader[EntityKey, Entity | None]:
        """Users, accounts, passkeys and API keys by key."""
        return DataLoader(partial(entities.read, self.table), self._users)

    @_made_once
    def users_by_email(self) -> SingleLoader[str, list[models.User]]:
        """All users that have an e-mail address, by the address."""
        return SingleLoader(partial(users.find_by_email, self.table), self._permits)

    @_made_once
    def accounts(self) -> SingleLoader[tuple[str, str], list[models.Account]]:
        """All accounts with the same provider and account id, by both. There can be more than one."""
        return SingleLoader(self._find_accounts, self._permits)

    @_made_once
    def authenticators(self) -> SingleLoader[str, models.Authenticator | None]:
        """Passkeys by credential id; None if there is none."""
        return SingleLoader(partial(authenticators.find, self.table), self._permits)

    @_made_once
    def verification_tokens(self) -> SingleLoader[str, list[models.VerificationToken] | None]:
        """Verification tokens by identifier; None if there are too many to read."""
        return SingleLoader(partial(verification_tokens.read, self.table), self._permits)

    @_made_once
    def sessions(self) -> SingleLoader[str, list[models.Session] | None]:
        """All sessions of a user, by user id; None if there are too many to read."""
        return SingleLoader(partial(sessions.read_all, self.table), self._permits)

    @_made_once
    def sessions_by_hash(self) -> DataLoader[str, Mapping[str, models.Session]]:
        """All sessions of a user, by each hash that a session's id may contain. Each token is hashed once per
        request."""
        return DataLoader(self._index_sessions)

    @_made_once
    def sign_ins(self) -> SingleLoader[tuple[str, bool], SignedIn | None]:
        """The session and user that a token signs in. The key's second part says whether to read the user's whole
        partition."""
        return SingleLoader(self._sign_in, self._permits, self._signed_in)

    @_made_once
    def children(self) -> DataLoader[ChildrenKey, Children]:
        """Pages of the items in users' partitions."""
        return DataLoader(self._load_children)

    @_made_once
    def audit_entries(self) -> SingleLoader[EntriesKey, Found]:
        """Pages of users' entries in the audit log."""
        return SingleLoader(self._read_entries, self._permits)

    def release(self) -> None:
        """Let the dataloaders go. Most of them refer back to this object, and only the garbage collector would find
        such a cycle."""
        while self.made:
            delattr(self, self.made.pop())

    def prime_user(self, user: models.User) -> None:
        """Keep a user that was read in another way."""
        # Without making the dataloader: most operations that find a user read nothing more by key.
        self._users.setdefault(UserKey(user.user_id), user)

    def prime_partition(self, user_id: str, found: Partition) -> None:
        """Keep a partition that was read in full. Later reads of the user and their items are answered from it."""
        self._partitions[user_id] = found
        if found.user is not None:
            self.prime_user(found.user)

    def have_partitions(self, of: Iterable[models.User | ChildrenKey]) -> bool:
        """Whether the partitions of all these users were read in full."""
        # A loop, because most are asked about one user, for whom a generator takes twice as long.
        for one in of:  # noqa: SIM110
            if one.user_id not in self._partitions:
                return False
        return True

    def first_pages(
        self, users: Sequence[models.User], kind: Kind, first: int, *, include_expired: bool
    ) -> list[Children] | None:
        """The first pages of many users' items, which need no request; None unless all their partitions were read in
        full."""
        if not self.have_partitions(users):
            return None
        # One key for all, because a list of users would make hundreds.
        key = ChildrenKey("", kind, first, None, include_expired)
        return [self._slice(self._partitions[user.user_id], key) for user in users]

    async def children_of(self, wanted: Sequence[ChildrenKey]) -> list[Children]:
        """Pages of many users' items at once. Partitions that were already read in full need no request."""
        if self.have_partitions(wanted):
            return [self._slice(self._partitions[key.user_id], key) for key in wanted]
        return await self.children.load_many(wanted)

    def prime_sign_in(self, signed_in: SignedIn) -> None:
        """Keep what was read to authenticate the caller."""
        if signed_in.session is not None:
            for whole in (False, True):
                self._signed_in.setdefault((signed_in.session.token, whole), signed_in)
        self._keep(signed_in)

    def _keep(self, signed_in: SignedIn) -> None:
        self.prime_user(signed_in.user)
        if signed_in.partition is not None:
            self.prime_partition(signed_in.user.user_id, signed_in.partition)

    async def _sign_in(self, key: tuple[str, bool]) -> SignedIn | None:
        token, whole_partition = key
        signed_in = await sessions.sign_in(self.table, token, whole_partition=whole_partition)
        if signed_in is not None:
            self._keep(signed_in)
        return signed_in

    async def _index_sessions(self, user_ids: list[str]) -> Sequence[Mapping[str, models.Session] | BaseException]:
        return await asyncio.gather(*map(self._index_sessions_of, user_ids), return_exceptions=True)

    async def _index_sessions_of(self, user_id: str) -> Mapping[str, models.Session]:
        found = await self.sessions.load(user_id) or ()
        return {session_hash: session for session in found for session_hash in self._hashes(session.token)}

    async def _read_entries(self, key: EntriesKey) -> Found:
        wanted = Wanted(key.user_id, key.seen, key.since)
        return await audit_log.read(self.table, wanted, limit=key.first, after=key.after)

    async def _find_accounts(self, key: tuple[str, str]) -> list[models.Account]:
        return await accounts.find(self.table, *key)

    async def _load_children(self, wanted: list[ChildrenKey]) -> Sequence[Children | BaseException]:
        await self._read_partitions(wanted)
        return await asyncio.gather(*map(self._page, wanted), return_exceptions=True)

    async def _read_partitions(self, wanted: Iterable[ChildrenKey]) -> None:
        """Query the whole partition of each user for whom more than one kind of item is requested."""
        kinds: dict[str, set[Kind]] = {}
        for key in wanted:
            if key.after is None and key.user_id not in self._partitions:
                kinds.setdefault(key.user_id, set()).add(key.kind)
        several = [user_id for user_id, asked in kinds.items() if len(asked) > 1]
        if several:
            await asyncio.gather(*map(self._read_partition, several))

    async def _read_partition(self, user_id: str) -> None:
        found = await limited(self._permits, partial(partition.read, self.table), user_id)
        if found is not None:
            self.prime_partition(user_id, found)

    async def _page(self, key: ChildrenKey) -> Children:
        whole = self._partitions.get(key.user_id)
        if whole is not None:
            return self._slice(whole, key)
        if key.kind is Kind.SESSIONS:
            return self._sessions(await self.sessions.load(key.user_id), key)
        start = cast(str | None, key.after)
        read = partial(partition.children, self.table, kind=key.kind, limit=key.first + 1, after=start)
        found, following = await limited(self._permits, read, key.user_id)
        return self._cut(key, found, following)

    def _slice(self, whole: Partition, key: ChildrenKey) -> Children:
        if key.kind is Kind.SESSIONS:
            return self._sessions(whole.sessions, key)
        records = whole.of_kind(key.kind)
        if key.after is not None:
            start = cast(str, key.after)
            records = [record for record in records if partition.sort_key(self.table, record) > start]
        return self._cut(key, records, None)

    def _sessions(self, found: Sequence[models.Session] | None, key: ChildrenKey) -> Children:
        """A page of sessions, newest first.

        If there are too many to read, the first page is empty and the next one raises `TooMany`.
        """
        if found is None or len(found) > partition.MOST_READ_WHOLE:
            if key.after is not None:
                raise TooMany(TOO_MANY_SESSIONS)
            return Children((), BEYOND)
        if not key.include_expired:
            now = datetime.now(UTC)
            found = [session for session in found if session.signs_in(now)]
        ordered = recency.latest_first(found, self._hash, recency.start)
        # A list that was too long on its first page starts again from the beginning.
        if key.after is not None and key.after != BEYOND:
            ordered = recency.after(ordered, cast(recency.Place, key.after), self._hash, recency.start)
        return self._cut(key, ordered, None)

    def _cut(self, key: ChildrenKey, records: Sequence[Child], following: Position | None) -> Children:
        if len(records) > key.first:
            return Children(records[: key.first], self.position(records[key.first - 1]))
        return Children(records, following)

    def position(self, record: Child) -> Position:
        """The position of a record in its list."""
        if isinstance(record, models.Session):
            return recency.place_of(record, self._hash, recency.start)
        return partition.sort_key(self.table, record)
