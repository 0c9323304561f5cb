"""Lists of users: by a Query of the directory index if the table has one, otherwise by a Scan with a budget.

A table has one order of users, whatever is asked for besides: that of the index, or else that of the Scan. With the
index, the caller queries the partition of each user for their sessions, accounts and passkeys.

A Scan without a filter returns whole partitions, in practice one after another. So it also returns the users' sessions,
accounts and passkeys, which then need no Query of their own. A partition counts as complete only once an item of
another partition follows it. One that the page cuts off, or that appears twice, is left for the caller to query.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Final, Self

from dynamo import index, keys, models, partition
from dynamo.client import Key, Table
from dynamo.item import Item
from dynamo.partition import Partition

LARGEST_SCAN: Final = 2000
SCAN_PAGES: Final = 10
"""The most pages read for the lists of one request. After that, a list ends with a cursor to continue from."""
PAGE_UNITS: Final = 178
"""The read units of the largest page: 1 MB and one more item of 400 KB, at half a unit for each 4 KB."""
SEARCH_UNITS: Final = SCAN_PAGES * PAGE_UNITS
"""The most read units that a list may use to find the users it looks for."""
AFTER_SEPARATOR: Final = "$"
"""The character after `#`. No sort key begins with a kind followed by it."""
GROWTH: Final = 4
"""By how much the page size grows after a page with too few matches, because matching users may be rare."""

Filter = Callable[[models.User], bool]


class ScanBudget:
    """The pages that all lists of one request together may still read."""

    def __init__(self) -> None:
        self._left = SCAN_PAGES

    @property
    def spent(self) -> bool:
        """Whether no pages are left."""
        return self._left <= 0

    def take(self) -> bool:
        """Use one page. Returns False if none was left."""
        self._left -= 1
        return self._left >= 0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list continues: after this key of the table or, with `index`, after this `id` of the directory index."""

    partition: str
    sort: str
    index: str | None = None

    @classmethod
    def of(cls, parts: Sequence[str | None]) -> Self:
        """Make the position from the parts that a cursor stores."""
        return cls(*parts)  # type: ignore[arg-type]

    @property
    def parts(self) -> list[str | None]:
        """What a cursor stores of the position. Only `of` knows the meaning of each part."""
        return [self.partition, self.sort, self.index]

    @property
    def indexed(self) -> bool:
        """Whether it is a position in the directory index, whose order the list then follows."""
        return self.index is not None

    @property
    def at_start(self) -> bool:
        """Whether it is the beginning of the list."""
        return not self.partition


START: Final = Position("", "")
INDEX_START: Final = Position("", "", "")


@dataclass(frozen=True, slots=True)
class Directory:
    """Some users, the position to continue from (None at the end), and the partitions that were read completely."""

    users: list[models.User]
    next: Position | None
    indexed: bool = False
    """Whether the directory index was read. Its order is not that of a Scan."""
    partitions: dict[str, Partition] = field(default_factory=dict)

    def position_of(self, user: models.User) -> Position:
        """The position directly after one of these users."""
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
    backward: bool = False,
) -> Directory:
    """List up to `limit` users after a position; fewer, with a position, if the budget ran out.

    With `backward`, the list is read from its end or from a position to its beginning, which only the index can do. The
    users are in the order in which they were read.

    Lists that share a budget together read no more than it allows. If nothing is left for a list, it is empty and
    continues where it began.

    With `children`, a Scan also returns the partitions that it reads completely. A list always continues in the order
    of its position: one that began before the table got its index is scanned to the end.
    """
    indexed = table.directory_index_name is not None and (after is None or after.indexed)
    if budget is not None and budget.spent:
        return Directory([], after or (INDEX_START if indexed else START), indexed=indexed)
    if indexed:
        return await _query(table, limit, after, accepts, budget or ScanBudget(), backward=backward)
    return await _scan(_Walk(table, limit, accepts, children), after, attributes, budget or ScanBudget())


async def _query(
    table: Table, limit: int, after: Position | None, accepts: Filter | None, budget: ScanBudget, *, backward: bool
) -> Directory:
    found: list[models.User] = []
    start = None if after is None or after.at_start else _directory_key(table, after)
    full = 0
    while budget.take():
        size = _size(limit + 1 - len(found), full)
        page = await table.query_directory("USER", limit=size, after=start, backward=backward)
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
    """How many items to read next. `full` counts the pages so far that ended at this size and not at DynamoDB's
    limit of 1 MB."""
    size: int = min(needed * GROWTH**full, LARGEST_SCAN)
    return size


def _directory_key(table: Table, at: Position) -> Key:
    return {"type": "USER", "id": at.index or "", **table.key(at.partition, at.sort)}


async def _scan(
    walk: "_Walk", after: Position | None, attributes: Collection[str] | None, budget: ScanBudget
) -> Directory:
    table, limit = walk.table, walk.limit
    start = None if after is None or after.at_start else table.key(after.partition, after.sort)
    # The first partition is incomplete if the list stopped within it.
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
            # The end of the table completes the last partition. Its user may be one more than wanted.
            return walk.directory(position(walk.users[-1]) if walk.close() else None)
    assert start is not None  # noqa: S101 - the loop returns at the end of the table
    return walk.directory(walk.cut_short(Position(start[table.partition_key], start[table.sort_key])))


class _Walk:
    """Collects users, and the partitions that were read completely, from scanned items in order."""

    def __init__(self, table: Table, limit: int, accepts: Filter | None, children: bool) -> None:
        self.table = table
        self.limit = limit
        self.accepts = accepts
        self.children = children
        self.users: list[models.User] = []
        self.partitions: dict[str, Partition] = {}
        self.cut: str | None = None
        self._key: str | None = None
        self._items: list[Item] = []
        self._last_closed: Item | None = None
        """The last item of the last partition that was processed."""
        self._seen: set[str] = set()
        self._taken = 0

    def take(self, items: list[Item]) -> bool:
        """Process the next items. Returns True once one more user than wanted shows that the list continues."""
        for key, group in groupby(items, itemgetter(self.table.partition_key)):
            if key == self._key:
                self._items += group
                continue
            if self.close():
                return True
            self._key, self._items = key, list(group)
        return False

    def close(self) -> bool:
        """Process the current partition, which is complete. Returns True if its user is one more than wanted."""
        key, items = self._key, self._items
        if key is None:
            return False
        self._taken += len(items)
        if key.startswith(keys.USER):
            found = partition.collect(self.table, items)
            if found.user is not None and (self.accepts is None or self.accepts(found.user)):
                if len(self.users) == self.limit:
                    return True
                self.users.append(found.user)
            if self.children:
                self._keep(key, found)
        self._last_closed = items[-1]
        return False

    def cut_short(self, at: Position) -> Position:
        """The position to continue from if the budget ends within a partition."""
        user = partition.collect(self.table, self._items).user
        if user is None:
            # The next page reads the partition from its beginning, unless it alone is larger than the budget.
            last = self._last_closed
            if last is None:
                return _past_kind(at)
            return Position(last[self.table.partition_key], last[self.table.sort_key])
        if self.accepts is None or self.accepts(user):
            if len(self.users) == self.limit:
                return position(self.users[-1])
            self.users.append(user)
        return position(user)

    def _keep(self, key: str, found: Partition) -> None:
        """Keep a partition that was read completely, unless it appears twice."""
        user_id = key.removeprefix(keys.USER)
        if key in self._seen or key == self.cut:
            self.partitions.pop(user_id, None)
        else:
            self.partitions[user_id] = found
        self._seen.add(key)

    def teach(self) -> None:
        """Tell the next scan how many items there are per user."""
        if self.children and self.accepts is None:
            self.table.density.learn(self._taken, len(self.users))

    def directory(self, following: Position | None) -> Directory:
        return Directory(self.users, following, partitions=self.partitions)


def _past_kind(at: Position) -> Position:
    """The position after every item of the same kind, because the exact sort key would reveal something about
    tokens."""
    kind, separator, _ = at.sort.partition("#")
    return Position(at.partition, kind + AFTER_SEPARATOR) if separator else at


def position(user: models.User, *, indexed: bool = False) -> Position:
    """The position directly after a user."""
    key = keys.user(user.user_id)
    # The index is ordered by the attribute `id`, which may differ from the id in the key.
    return Position(key, key, user.item["id"] if indexed else None)
