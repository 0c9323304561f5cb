"""Listing users: a Query of the directory index where the table has one, else a Scan within a budget.

An unfiltered Scan returns whole partitions, in practice one after another: a user's sessions, accounts and passkeys
come along and need no Query of their own. A partition counts as whole only once an item of another one follows it; one
that a page cuts, or that turns up twice, is left for the caller to query.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from dynamo import index, keys, models, partition
from dynamo.client import Key, Table
from dynamo.item import Item
from dynamo.partition import Partition

LARGEST_SCAN: Final = 2000
SCAN_PAGES: Final = 10
"""Pages read for the lists of one request before they are cut short with a cursor to go on from."""
PAGE_UNITS: Final = 178
"""Read units of the largest page: 1 MB and the item that goes beyond it, of 400 KB, at half a unit for each 4 KB."""
SEARCH_UNITS: Final = SCAN_PAGES * PAGE_UNITS
"""Read units that a list may use up to find whom it seeks."""
AFTER_SEPARATOR: Final = "$"
"""What comes right after `#`: no sort key begins with a kind and this."""
GROWTH: Final = 4
"""How many times as much the next page reads where one has held too few: whom a list seeks may be rare."""

Filter = Callable[[models.User], bool]


class ScanBudget:
    """The pages that the lists of one request may still read, all of them together."""

    def __init__(self) -> None:
        self._left = SCAN_PAGES

    @property
    def spent(self) -> bool:
        """Whether no page is left."""
        return self._left <= 0

    def take(self) -> bool:
        """Take a page; False where none is left."""
        self._left -= 1
        return self._left >= 0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list goes on: after this key of the table or, with `index`, after this `id` of the directory index."""

    partition: str
    sort: str
    index: str | None = None

    @classmethod
    def of(cls, parts: Sequence[str | None]) -> Self:
        """The position that has these parts."""
        return cls(*parts)  # type: ignore[arg-type]

    @property
    def parts(self) -> list[str | None]:
        """What a cursor keeps of it; only `of` knows what they mean."""
        return [self.partition, self.sort, self.index]

    @property
    def indexed(self) -> bool:
        """Whether it is one of the directory index, in whose order the list goes on."""
        return self.index is not None

    @property
    def at_start(self) -> bool:
        """Whether nothing lies before it."""
        return not self.partition


START: Final = Position("", "")
INDEX_START: Final = Position("", "", "")


@dataclass(frozen=True, slots=True)
class Directory:
    """Some users, where the list goes on (None at its end), and the partitions that came along whole."""

    users: list[models.User]
    next: Position | None
    indexed: bool = False
    """Whether the directory index was read: positions are then in its order."""
    partitions: dict[str, Partition] = field(default_factory=dict)

    def position_of(self, user: models.User) -> Position:
        """The position right after one of its users."""
        return position(user, indexed=self.indexed)


async def read(
    table: Table,
    *,
    limit: int,
    after: Position | None,
    children: bool,
    accepts: Filter | None = None,
    attributes: Collection[str] | None = None,
    budget: ScanBudget | None = None,
) -> Directory:
    """List up to `limit` users after a position; fewer, with a position, when the budget ran out.

    The lists that share a budget read no more than it allows: one that comes when nothing is left is empty, and goes on
    from where it began.

    With `children` a scan serves even a table with a directory index, because one page of it answers for many
    partitions; a position that was handed out is always followed in its own order.
    """
    wanted = after.indexed if after is not None else not children
    indexed = wanted and table.directory_index_name is not None
    if budget is not None and budget.spent:
        return Directory([], after or (INDEX_START if indexed else START), indexed=indexed)
    if indexed:
        return await _query(table, limit, after, accepts, budget or ScanBudget())
    return await _scan(_Walk(table, limit, accepts, children), after, attributes, budget or ScanBudget())


async def _query(
    table: Table, limit: int, after: Position | None, accepts: Filter | None, budget: ScanBudget
) -> Directory:
    found: list[models.User] = []
    start = None if after is None or after.at_start else _directory_key(table, after)
    full = 0
    while budget.take():
        size = _size(limit + 1 - len(found), full)
        page = await table.query_directory("USER", limit=size, after=start)
        full += page.scanned >= size
        for item in page.items:
            if not index.is_user(table, item):
                continue
            user = models.user(table, item)
            if accepts is None or accepts(user):
                if len(found) == limit:
                    return Directory(found, position(found[-1], indexed=True), indexed=True)
                found.append(user)
        start = page.last_key
        if start is None:
            return Directory(found, None, indexed=True)
    assert start is not None  # noqa: S101 - the loop returns at the end of the index
    at = Position(start[table.partition_key], start[table.sort_key], start["id"])
    return Directory(found, at, indexed=True)


def _size(needed: int, full: int) -> int:
    """How many items a page is to read, after so many that were read to their end rather than cut off by DynamoDB."""
    size: int = min(needed * GROWTH**full, LARGEST_SCAN)
    return size


def _directory_key(table: Table, at: Position) -> Key:
    return {"type": "USER", "id": at.index or "", **table.key(at.partition, at.sort)}


async def _scan(
    walk: "_Walk", after: Position | None, attributes: Collection[str] | None, budget: ScanBudget
) -> Directory:
    table, limit = walk.table, walk.limit
    start = None if after is None or after.at_start else table.key(after.partition, after.sort)
    # What is left of the partition a list stopped in was not read from its beginning.
    walk.cut = after.partition if after is not None else None
    prefix = None if walk.children else keys.USER
    full = 0
    while budget.take():
        size = _size(table.density.items_of(limit + 1 - len(walk.users)), full)
        page = await table.scan(limit=size, after=start, sort_prefix=prefix, attributes=attributes)
        full += page.scanned >= size
        if prefix is not None:
            table.density.learn(page.scanned, len(page.items))
        if walk.take(page.items):
            walk.teach()
            return walk.directory(position(walk.users[-1]))
        start = page.last_key
        if start is None:
            # The end of the table closes the last partition, whose user may be the one too many.
            return walk.directory(position(walk.users[-1]) if walk.close() else None)
    assert start is not None  # noqa: S101 - the loop returns at the end of the table
    return walk.directory(walk.cut_short(Position(start[table.partition_key], start[table.sort_key])))


class _Walk:
    """Goes over scanned items in order, gathering users and the partitions that are seen whole."""

    def __init__(self, table: Table, limit: int, accepts: Filter | None, children: bool) -> None:
        self.table = table
        self.limit = limit
        self.accepts = accepts
        self.children = children
        self.users: list[models.User] = []
        self.partitions: dict[str, Partition] = {}
        self.cut: str | None = None
        self.last_closed: Position | None = None
        self._key: str | None = None
        self._items: list[Item] = []
        self._seen: set[str] = set()
        self._taken = 0

    def take(self, items: list[Item]) -> bool:
        """Take the next items; True once one more user than wanted shows that the list goes on."""
        attribute = self.table.partition_key
        for place, item in enumerate(items):
            key = item[attribute]
            if key == self._key:
                self._items.append(item)
            elif self.close():
                self._taken += place
                return True
            else:
                self._key, self._items = key, [item]
        self._taken += len(items)
        return False

    def close(self) -> bool:
        """Note that the current partition is over; True if its user is one more than wanted."""
        key, items = self._key, self._items
        if key is None:
            return False
        if key.startswith(keys.USER):
            found = partition.collect(self.table, items)
            if found.user is not None and (self.accepts is None or self.accepts(found.user)):
                if len(self.users) == self.limit:
                    return True
                self.users.append(found.user)
            if self.children:
                self._keep(key, found)
        self.last_closed = Position(key, items[-1][self.table.sort_key])
        return False

    def cut_short(self, at: Position) -> Position:
        """Where to go on from when the budget ends in the middle of a partition."""
        user = partition.collect(self.table, self._items).user
        if user is None:
            # The partition is read again from its beginning, unless it alone is larger than the budget.
            return self.last_closed or _past_kind(at)
        if self.accepts is None or self.accepts(user):
            if len(self.users) == self.limit:
                return position(self.users[-1])
            self.users.append(user)
        return position(user)

    def _keep(self, key: str, found: Partition) -> None:
        """Keep a partition that was seen whole, and none that turns up twice."""
        user_id = key.removeprefix(keys.USER)
        if key in self._seen or key == self.cut:
            self.partitions.pop(user_id, None)
        else:
            self.partitions[user_id] = found
        self._seen.add(key)

    def teach(self) -> None:
        """Let the next scan know how many items it takes to find a user."""
        if self.children and self.accepts is None:
            self.table.density.learn(self._taken, len(self.users))

    def directory(self, following: Position | None) -> Directory:
        return Directory(self.users, following, partitions=self.partitions)


def _past_kind(at: Position) -> Position:
    """The position behind every item whose sort key begins like this one: how far a page went tells of tokens."""
    kind, separator, _ = at.sort.partition("#")
    return Position(at.partition, kind + AFTER_SEPARATOR) if separator else at


def position(user: models.User, *, indexed: bool = False) -> Position:
    """The position right after a user."""
    key = keys.user(user.user_id)
    # The index goes by the attribute, which need not be what the key says.
    return Position(key, key, user.item["id"] if indexed else None)
