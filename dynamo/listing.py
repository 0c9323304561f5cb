"""Lists of users that an index has in order: those of the directory, the accounts of a provider, and searches.

An index has no users, but hints: rows that name a user and say why they belong in the list. A page is one Query for
the hints and one BatchGetItem for their users. A hint that its user does not confirm is passed over: the adapter
changes and deletes users without their entries, and an index is a moment behind.

A list consists of sections, one after the other. Most have one. A search has one for each way to find a user.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final, Protocol, Self

from dynamo import accounts, entries, index, keys, models, users
from dynamo import email as addresses
from dynamo.client import Key, Page, Table
from dynamo.directory import GROWTH, Filter, ScanBudget
from dynamo.directory_lists import DirectoryList
from dynamo.item import Item
from dynamo.item import Place as TablePlace

LARGEST_STEP: Final = 100
"""The most hints that are read at a time, because BatchGetItem reads as many users."""
QUERIES_AT_ONCE: Final = 32
"""The most Queries at a time that look for other accounts of the users of a page."""
LOOKED_UP: Final = 2
"""How many users a page by provider looks up at most, for each user that it has room for. After that it is short."""

Load = Callable[[Sequence[str]], Awaitable[Sequence[models.User | None]]]
"""Reads users by raw id, in order; None for one who does not exist."""
At = tuple[str, ...]
"""A place in a section; empty for its beginning or, backward, its end."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a list: in the section with this number, after this place in it.

    `shown` are the users that earlier sections listed and that no later section can recognise.
    """

    section: int = 0
    at: At = ()
    shown: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[Any]) -> Self:
        """Make the place from the parts that a cursor stores."""
        section, at, shown = parts
        return cls(section, tuple(at), tuple(shown))

    @property
    def parts(self) -> list[Any]:
        """What a cursor stores of the place. Only `of` knows the meaning of each part."""
        return [self.section, [*self.at], [*self.shown]]


@dataclass(frozen=True, slots=True)
class Hint:
    """A row of an index: its place in the section, the user it names, and whether that user confirms it.

    A row that names nobody, such as an item of another app, is only a place to continue from.
    """

    at: At
    user_id: str | None
    confirmed: Callable[[models.User], bool]


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints in the order of reading, and whether the section has more."""

    rows: Sequence[Hint]
    more: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A user of a page, and the place directly after them."""

    user: models.User
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """Some users in the order of reading, and the place to continue from; None at the end of the list."""

    users: Sequence[Listed]
    next: Place | None


def _any(_: object) -> bool:
    return True


class Section(Protocol):
    """A part of a list."""

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """Read up to `limit` hints after a place."""

    async def listed(self, table: Table, users: Sequence[models.User]) -> set[str] | None:
        """The ids of those of these users whom the section lists, so that later sections leave them out. None if it
        cannot say, so that the cursor has to remember them."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one list of the directory, from `low` to `high`, both included.

    `accepts` decides about the value of an entry, because the index compares it together with the user id.
    """

    of: DirectoryList
    low: str | None = None
    high: str | None = None
    accepts: Callable[[str], bool] = _any
    descending: bool = False

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """One Query for each partition of the list, at the same time."""
        down = backward != self.descending
        low, high = self.low, self.high
        if after and down:
            high = after[0] if high is None else min(high, after[0])
        elif after:
            # Nothing sorts between a text and the same text with a NUL at its end.
            following = after[0] + "\0"
            low = following if low is None else max(low, following)
        if low is not None and high is not None and low > high:
            return Hints((), more=False)
        # One row more tells whether there are more, and another one may be the place to start after.
        query = partial(table.query_directory, limit=limit + 2, backward=down, low=low, high=high)
        pages = await asyncio.gather(*map(query, entries.types(table, self.of)))
        rows = [item for item in _merged(pages, down=down) if not after or item["id"] != after[0]]
        more = len(rows) > limit or any(page.last_key is not None for page in pages)
        return Hints([self._hint(table, item) for item in rows[:limit]], more=more)

    def _hint(self, table: Table, item: Item) -> Hint:
        owner = entries.owner_of(table, item) if entries.list_of(table, item) is self.of else None
        return Hint((item["id"],), owner, partial(self._confirmed, item))

    def _confirmed(self, item: Item, user: models.User) -> bool:
        value = entries.value_of(self.of, user)
        return value is not None and self.accepts(value) and entries.agrees(self.of, item, user)

    async def listed(self, table: Table, users: Sequence[models.User]) -> set[str]:
        """Read the entries of those whose value belongs here: not every user has one."""
        places: dict[str, TablePlace] = {}
        for user in users:
            value = entries.value_of(self.of, user)
            if value is not None and self.accepts(value):
                key = (
                    keys.email_lock(value) if self.of is DirectoryList.EMAIL else entries.key_of(self.of, user.user_id)
                )
                places[user.user_id] = (key, key)
        found = await table.get_many(list(dict.fromkeys(places.values()))) if places else {}
        return {
            user.user_id
            for user in users
            if user.user_id in places and self._is_entry(table, found.get(places[user.user_id]), user)
        }

    def _is_entry(self, table: Table, item: Item | Exception | None, user: models.User) -> bool:
        if isinstance(item, Exception):
            raise item
        if item is None:
            return False
        hint = self._hint(table, item) if "id" in item else None
        return hint is not None and hint.user_id == user.user_id and hint.confirmed(user)


def _merged(pages: Sequence[Page], *, down: bool) -> Iterator[Item]:
    """The rows of several partitions in one order, as far as every partition was read."""
    by_id = itemgetter("id")
    ends = [by_id(page.items[-1]) for page in pages if page.last_key is not None and page.items]
    for item in merge(*(page.items for page in pages), key=by_id, reverse=down):
        if ends and (by_id(item) < max(ends) if down else by_id(item) > min(ends)):
            return
        yield item


@dataclass(frozen=True, slots=True)
class AccountsAt:
    """The users with an account at a provider, in the order of their account ids there. A user with several accounts
    stands where the first one is.

    With `from_start`, the whole list is read from its beginning, so that the first account of a user comes first. In
    any other page, one more Query for each user who may be listed finds out whether an account is their first.
    """

    provider: str
    from_start: bool = False

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """One Query of the adapter's index."""
        start = _account_key(table, self.provider, after) if after else None
        page = await table.query_index(
            keys.account_provider(self.provider), limit=limit + 1, after=start, backward=backward
        )
        rows = page.items[:limit]
        more = page.last_key is not None or len(page.items) > limit
        found = [(_account_place(table, item), self._account(table, item)) for item in rows]
        hints = [Hint(at, None if account is None else account.user_id, _any) for at, account in found]
        return Hints(hints, more=more)

    def _account(self, table: Table, item: Item) -> models.Account | None:
        """The account of a row; None if it is none, signs nobody in, or belongs to another provider."""
        account = models.account(table, item)
        sort = keys.account(account.provider, account.provider_account_id)
        same = item.get(table.index_sort_key) == keys.account_at_provider(account.provider_account_id)
        is_one = account.provider == self.provider and same and account.owned and index.is_users(table, item, sort)
        return account if is_one else None

    async def first_of(self, table: Table, user_id: str) -> At | None:
        """The place of a user's first account, by a Query of their partition; None if they have none any more."""
        after: Key | None = None
        for _ in range(index.MAX_PAGES):
            page = await table.query_partition(
                keys.user(user_id), prefix=keys.account(self.provider, ""), limit=2, after=after
            )
            for item in page.items:
                other = self._account(table, item)
                if other is not None and item.get(table.index_partition_key) == keys.account_provider(self.provider):
                    return _account_place(table, item)
            after = page.last_key
            if after is None:
                break
        return None

    async def listed(self, table: Table, users: Sequence[models.User]) -> None:
        """Not known without a Query for each user."""


def _account_key(table: Table, provider: str, after: At) -> Key:
    partition, sort, at_provider = after
    return {**table.key(partition, sort), **table.index_keys(keys.account_provider(provider), at_provider)}


def _account_place(table: Table, item: Item) -> At:
    return (item[table.partition_key], item[table.sort_key], item[table.index_sort_key])


@dataclass(frozen=True, slots=True)
class UserWithId:
    """The user with a raw id, if there is one."""

    user_id: str

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """No request: the user is read with the others of the page."""
        return Hints((), more=False) if after else Hints([Hint(("",), self.user_id, _any)], more=False)

    async def listed(self, table: Table, users: Sequence[models.User]) -> None:
        """It cannot say, so the cursor remembers the user."""


@dataclass(frozen=True, slots=True)
class UserWithAccount:
    """The user whom an account signs in, if there is one."""

    provider: str
    provider_account_id: str

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """One Query of the adapter's index."""
        if after:
            return Hints((), more=False)
        found = await accounts.find(table, self.provider, self.provider_account_id)
        return Hints([Hint(("",), account.user_id, _any) for account in found[:1]], more=False)

    async def listed(self, table: Table, users: Sequence[models.User]) -> None:
        """It cannot say, so the cursor remembers the user."""


@dataclass(frozen=True, slots=True)
class UserWithEmail:
    """The user whom an e-mail address finds, if there is one."""

    email: str

    async def read(self, table: Table, after: At, limit: int, *, backward: bool) -> Hints:
        """One Query of the adapter's index for each spelling of the address."""
        if after:
            return Hints((), more=False)
        found = await users.find_by_email(table, self.email)
        return Hints([Hint(("",), user.user_id, self._confirmed) for user in found[:1]], more=False)

    def _confirmed(self, user: models.User) -> bool:
        return user.email is not None and addresses.normalise(user.email) == addresses.normalise(self.email)

    async def listed(self, table: Table, users: Sequence[models.User]) -> None:
        """It cannot say, so the cursor remembers the user."""


REMEMBERED: Final = (UserWithId, UserWithAccount, UserWithEmail)
"""The sections whose users a cursor remembers."""


async def read(
    table: Table,
    sections: Sequence[Section],
    load: Load,
    *,
    limit: int,
    after: Place | None,
    accepts: Filter | None = None,
    budget: ScanBudget | None = None,
    backward: bool = False,
) -> Listing:
    """List up to `limit` users after a place; fewer, with a place, if the budget ran out. Each step takes one page of
    it. At most `LOOKED_UP` times `limit` users are looked up to find out whether an account is their first.

    Only a list of one section can be read backward.
    """
    walk = _Walk(table, sections, after or Place(), backward)
    budget = budget or ScanBudget()
    steps = 0
    while budget.take():
        size = min((limit - len(walk.found)) * GROWTH**steps, LARGEST_STEP)
        hints, more = await walk.hints(size)
        passed = await walk.take(hints, await walk.confirmed(hints, load), accepts, limit)
        if passed < len(hints):
            return Listing(walk.found, walk.place)
        if not more or len(walk.found) == limit:
            return Listing(walk.found, walk.place if more else None)
        steps += 1
    return Listing(walk.found, walk.place)


class _Walk:
    """A way through the sections of a list."""

    def __init__(self, table: Table, sections: Sequence[Section], start: Place, backward: bool) -> None:
        self.table = table
        self.sections = sections
        self.place = start
        self.found: list[Listed] = []
        self._backward = backward
        self._seen = set(start.shown)
        self._first_places: dict[str, At | None] = {}
        """The place of each user's first account, of those who were looked up."""
        self._first_whole = start.section + bool(start.at)
        """The first section of which everybody is seen on this way, if it comes to the next one."""

    async def hints(self, size: int) -> tuple[list[tuple[int, Hint]], bool]:
        """The next hints, each with the number of its section, and whether the list goes on after them.

        A list is asked for as many as there would be room for if none of the remembered users were there.
        """
        found: list[tuple[int, Hint]] = []
        room = size
        number, at = self.place.section, self.place.at
        while number < len(self.sections) and len(found) < size:
            page = await self.sections[number].read(self.table, at, room, backward=self._backward)
            found += [(number, hint) for hint in page.rows]
            taken = 0 if isinstance(self.sections[number], REMEMBERED) else len(page.rows)
            room = min(room - taken, LARGEST_STEP - len(found))
            if page.more:
                return found, True
            number, at = number + 1, ()
        return found, number < len(self.sections)

    async def confirmed(self, hints: Sequence[tuple[int, Hint]], load: Load) -> dict[tuple[int, At], models.User]:
        """The users who confirm hints, by section and place, without those whom a section before this way lists."""
        wanted = list(dict.fromkeys(hint.user_id for _, hint in hints if hint.user_id is not None))
        users = dict(zip(wanted, await load(wanted), strict=True)) if wanted else {}
        found: dict[tuple[int, At], models.User] = {}
        for number, hint in hints:
            user = users.get(hint.user_id) if hint.user_id is not None else None
            if user is not None and hint.confirmed(user):
                found[number, hint.at] = user
        for earlier in range(self._first_whole):
            later = [user for (number, _), user in found.items() if number > earlier]
            listed = await self.sections[earlier].listed(self.table, later) if later else None
            if listed:
                found = {at: user for at, user in found.items() if at[0] <= earlier or user.user_id not in listed}
        return found

    async def take(
        self,
        hints: Sequence[tuple[int, Hint]],
        users: Mapping[tuple[int, At], models.User],
        accepts: Filter | None,
        limit: int,
    ) -> int:
        """Go past hints, and take their users, until the page is full or nobody else may be looked up. Returns how many
        hints were passed."""
        for position, (number, hint) in enumerate(hints):
            if len(self.found) == limit:
                return position
            user, section = users.get((number, hint.at)), self.sections[number]
            accepted = user is not None and user.user_id not in self._seen and (accepts is None or accepts(user))
            if user is not None and accepted and isinstance(section, AccountsAt) and not section.from_start:
                if user.user_id not in self._first_places:
                    ahead = (users.get((number, at.at)) for number, at in hints[position:])
                    await self._look_up(section, filter(None, ahead), accepts, limit)
                if user.user_id not in self._first_places:
                    return position
                if self._first_places[user.user_id] not in (None, hint.at):
                    user = None
            self._pass_by(number, hint, user, accepted=accepted)
        return len(hints)

    async def _look_up(
        self, section: AccountsAt, ahead: Iterable[models.User], accepts: Filter | None, limit: int
    ) -> None:
        """Find the first accounts of the users who may be the rest of the page, each once. Nobody is looked up once
        there were as many as a page allows."""
        slots = asyncio.Semaphore(QUERIES_AT_ONCE)
        room = min(LOOKED_UP * limit - len(self._first_places), limit - len(self.found))
        new = (user for user in ahead if user.user_id not in self._seen and user.user_id not in self._first_places)
        wanted = list(islice(dict.fromkeys(user.user_id for user in new if accepts is None or accepts(user)), room))

        async def first(user_id: str) -> At | None:
            async with slots:
                return await section.first_of(self.table, user_id)

        self._first_places |= zip(wanted, await asyncio.gather(*map(first, wanted)), strict=True)

    def _pass_by(self, number: int, hint: Hint, user: models.User | None, *, accepted: bool) -> None:
        """Go past a hint, and take its user if they are there, new and accepted."""
        self.place = replace(self.place, section=number, at=hint.at)
        if user is None or user.user_id in self._seen:
            return
        self._seen.add(user.user_id)
        if isinstance(self.sections[number], REMEMBERED):
            self.place = replace(self.place, shown=(*self.place.shown, user.user_id))
        if accepted:
            self.found.append(Listed(user, self.place))
