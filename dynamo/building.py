"""The build of the directory: gives every user their entries, and takes away those that say nothing true.

The table is read in segments, page by page, while others write to it. What a page lacks is written in transactions
that check each user as they were read, so that a build never overwrites what is newer. An interrupted build continues
after the last page that was noted. Memory does not grow with the table.

A user has an entry in each list that is kept, but in `EMAIL`, `SIGNED_IN` and `NAME` only if they have a value there.
The lock of an e-mail address is claimed for a user who lacks it. If another user has the address, it stays theirs, and
the user is counted as left.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from dynamo import directory_state, entries, entry_changes, keys, locks, models, users
from dynamo.client import Key, Page, Table, TransactWriteItem
from dynamo.directory_lists import DirectoryList
from dynamo.directory_state import Built, DirectoryState
from dynamo.doctor.findings import place_of
from dynamo.doctor.options import Advance, Options, unheard
from dynamo.doctor.paced_table import PacedTable
from dynamo.doctor.state import State
from dynamo.errors import AlreadyExists, TransactionCancelled
from dynamo.item import Item, Place

WALK: Final = "directory"
READ: Final = (
    "type",
    "id",
    "email",
    "name",
    "createdAt",
    "lastSignInAt",
    "deletingAt",
    entries.OWNER,
    locks.CLAIM,
)
"""The attributes that a build reads of each item besides the keys."""
TOGETHER: Final = 16
"""The most users whose entries are written in one transaction."""
CONCURRENT: Final = 8
"""The most transactions of one segment at the same time."""
ATTEMPTS: Final = 3
USERS: Final = "users"
EXPECTED: Final = "expected"
WRITTEN: Final = "written"
REMOVED: Final = "removed"
LEFT: Final = "left"
"""What is counted in each list, as the state names it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a build has counted in each list, over all runs that it took."""

    users: int
    expected: Mapping[DirectoryList, int]
    """How many users must have an entry."""
    written: Mapping[DirectoryList, int]
    """How many entries were missing or wrong, and were written."""
    removed: Mapping[DirectoryList, int]
    """How many entries were removed, because their user is gone or has no value any more."""
    left: Mapping[DirectoryList, int]
    """How many users have no entry, because another user has their e-mail address or others kept changing them."""
    stored: Mapping[DirectoryList, int]
    """How many entries the index has after the build."""

    def is_whole(self, of: DirectoryList) -> bool:
        """Whether every user of a list has an entry."""
        return not self.left[of]


@dataclass(slots=True)
class _Task:
    """What a user, or an entry, needs: writes with a check of the user, and the claim of their address."""

    of: tuple[DirectoryList, ...]
    counts_as: str
    user_id: str
    writes: list[TransactWriteItem]
    written: frozenset[str]
    """The partition keys of the items that the writes name."""
    address: str | None = None
    """The e-mail address that the user has to claim, as they spell it."""
    claim: locks.Claim | None = None
    """The claim, once the index has shown nobody else with the address."""

    def operations(self, table: Table) -> list[TransactWriteItem]:
        """The writes of a user, and the one that takes the lock of their address."""
        claimed = [] if self.claim is None else [locks.claim_operation(table, self.claim)]
        return [*claimed, *self.writes]

    def without_address(self) -> Iterator["_Task"]:
        """What is left if another user has the address: the other entries, if any."""
        of = tuple(one for one in self.of if one is not DirectoryList.EMAIL)
        if of:
            yield replace(self, of=of, address=None, claim=None)


async def build(
    table: Table, options: Options | None = None, *, state: State | None = None, advance: Advance = unheard
) -> Totals:
    """Build every list that is kept, count the users, and store the state of the directory.

    Raises `Unavailable` if the build was interrupted. With a state on disk, the same call continues it.
    """
    if state is None:
        with State() as state:
            return await build(table, options, state=state, advance=advance)
    options = options or Options()
    return await _Build(PacedTable(table, options, state), options, state, advance).run()


@dataclass(frozen=True, slots=True)
class _Build:
    paced: PacedTable
    options: Options
    state: State
    advance: Advance

    @property
    def table(self) -> Table:
        return self.paced.table

    async def run(self) -> Totals:
        table, options = self.table, self.options
        lists = sorted(of.value for of in table.directory_lists)
        run = {"build": lists, "shards": table.directory_shards, "segments": options.segments}
        self.state.begin(f"{table.name} {options.identity}", run, datetime.now(UTC))
        try:
            async with asyncio.TaskGroup() as group:
                for segment in range(options.segments):
                    group.create_task(self._walk(segment))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        totals = self._totals(await self._count_entries())
        began = self.state.began
        built = {of: Built(began, table.directory_shards) for of in table.directory_lists if totals.is_whole(of)}
        whole = DirectoryState(built, totals.users, began)

        async def store(paced: Table) -> None:
            await paced.transact([paced.put_operation(directory_state.item_of(paced, whole))])

        await self.paced.do(store)
        self.state.end()
        return totals

    async def _walk(self, segment: int) -> None:
        after, done = self.state.position(WALK, segment)
        while not done:
            page = await self._page(segment, after)
            counted = await self._work(page.items)
            # Nothing awaits from here to the commit, so that a page that has to be repeated is counted once.
            self.state.count_items(counted)
            after, done = page.last_key, page.last_key is None
            self.state.move(WALK, segment, after)
            self.state.commit()
            self.advance(len(page.items))

    async def _page(self, segment: int, after: Key | None) -> Page:
        async def scan(table: Table) -> Page:
            size = self.options.page
            return await table.scan_segment(segment, self.options.segments, limit=size, after=after, attributes=READ)

        return await self.paced.do(scan)

    async def _work(self, items: Sequence[Item]) -> Counter[str]:
        """Write what the users of a page lack, and remove what its entries say wrongly. Returns what to count."""
        table = self.table
        people = [models.user(table, item) for item in items if entries.is_listed(table, item)]
        counted = Counter({USERS: len(people)})
        wanted = {user.user_id: entries.wanted(table, user) for user in people}
        places = {place for found in wanted.values() for place, _ in found.values()}
        hints = [item for item in items if (of := entries.list_of(table, item)) and of in table.directory_lists]
        owners = {_user_place(owner) for item in hints if (owner := entries.owner_of(table, item)) is not None}
        here = {place_of(table, item): item for item in items}
        # The scan itself may be behind, so what decides about a removal is read consistently.
        found = await self.paced.read(places - here.keys(), consistent=False)
        of_hints = await self.paced.read(owners, consistent=True)
        tasks: list[_Task] = []
        for user in people:
            _count(EXPECTED, wanted[user.user_id], counted)
            lacking = {
                of: of_user
                for of, of_user in wanted[user.user_id].items()
                if not entries.says(here.get(of_user[0]) or found.get(of_user[0]), of_user[1])
            }
            tasks += self._tasks_of(user, lacking, found | here)
        tasks += [task for item in hints if (task := self._removal(item, of_hints)) is not None]
        await self._do(tasks, counted)
        return counted

    def _tasks_of(
        self,
        user: models.User,
        lacking: Mapping[DirectoryList, tuple[Place, Item]],
        stored: Mapping[Place, Item | None],
    ) -> Iterator[_Task]:
        table = self.table
        puts = {of: entry for of, (_, entry) in lacking.items() if of is not DirectoryList.EMAIL}
        writes = [entry_changes.hold(table, user), *(table.put_operation(entry) for entry in puts.values())]
        task = _Task(tuple(puts), WRITTEN, user.user_id, writes, frozenset((keys.user(user.user_id),)))
        task.written |= {entry[table.partition_key] for entry in puts.values()}
        if DirectoryList.EMAIL in lacking:
            (key, _), entry = lacking[DirectoryList.EMAIL]
            lock = stored.get((key, key))
            if lock is not None and locks.owner_of(lock) == user.user_id:
                named = [entry_changes.name_lock(table, lock, entry)]
                yield _Task((DirectoryList.EMAIL,), WRITTEN, user.user_id, named, frozenset((key,)))
            else:
                task.of, task.address = tuple(lacking), user.email
                task.written |= {key}
        if task.of:
            yield task

    def _removal(self, entry: Item, found: Mapping[Place, Item | None]) -> _Task | None:
        table, of = self.table, entries.list_of(self.table, entry)
        owner = entries.owner_of(table, entry)
        writes = entry_changes.removal(table, entry, owner, None if owner is None else found.get(_user_place(owner)))
        if of is None or writes is None:
            return None
        written = {entry[table.partition_key]} | ({keys.user(owner)} if owner is not None else set())
        return _Task((of,), REMOVED, owner or "", writes, frozenset(written))

    async def _do(self, tasks: Sequence[_Task], counted: Counter[str]) -> None:
        """Do tasks, many in one transaction. Each of a transaction that fails is tried alone."""
        ready: list[_Task] = []

        async def check(task: _Task) -> None:
            ready.extend(await self._checked(task, counted))

        async def do_group(group: Sequence[_Task]) -> None:
            if await self._try([write for task in group for write in task.operations(self.table)]):
                for task in group:
                    _count(task.counts_as, task.of, counted)
                return
            for task in group:
                await self._do_alone(task, counted)

        await _some(check(task) for task in tasks)
        await _some(do_group(group) for group in _groups(ready))

    async def _checked(self, task: _Task, counted: Counter[str]) -> list[_Task]:
        """The task with the claim of its address, unless the index shows another user who has it."""
        if task.address is None:
            return [task]

        async def claim(table: Table) -> locks.Claim:
            return await users.claim_email(table, task.user_id, task.address or "")

        try:
            return [replace(task, claim=await self.paced.do(claim))]
        except AlreadyExists:
            _count(LEFT, (DirectoryList.EMAIL,), counted)
            return list(task.without_address())

    async def _do_alone(self, task: _Task, counted: Counter[str]) -> None:
        """Do one task. If the user was changed since they were read, it is done for what they are now."""
        pending = [task]
        for _ in range(ATTEMPTS):
            missed: set[DirectoryList] = set()
            while pending:
                one = pending.pop()
                try:
                    done = await self._try(one.writes, one.claim)
                except AlreadyExists:
                    # Its lock has shown another user who has the address.
                    _count(LEFT, (DirectoryList.EMAIL,), counted)
                    pending += one.without_address()
                    continue
                if done:
                    _count(one.counts_as, one.of, counted)
                else:
                    missed.update(one.of)
            if not missed or task.counts_as == REMOVED:
                # An entry that could not be removed is somebody's again, or gone.
                return
            for again in await self._still_lacking(task.user_id, missed):
                pending += await self._checked(again, counted)
        for one in pending:
            _count(LEFT, one.of, counted)

    async def _try(self, writes: Sequence[TransactWriteItem], claim: locks.Claim | None = None) -> bool:
        """Write in one transaction. Returns False if a condition fails, and raises `AlreadyExists` for a claim."""

        async def write(table: Table) -> bool:
            try:
                if claim is None:
                    await table.transact(writes)
                else:
                    await locks.claim_and_write(table, [claim], writes, lambda _: _Changed())
            except (TransactionCancelled, _Changed):
                return False
            return True

        return await self.paced.do(write)

    async def _still_lacking(self, user_id: str, lists: Collection[DirectoryList]) -> list[_Task]:
        """What a user lacks in these lists now, by consistent reads. Their own writes may have stored it since."""
        place = _user_place(user_id)
        item = (await self.paced.read([place], consistent=True))[place]
        if item is None or not entries.is_listed(self.table, item):
            return []
        user = models.user(self.table, item)
        wanted = {of: found for of, found in entries.wanted(self.table, user).items() if of in lists}
        stored = await self.paced.read({place for place, _ in wanted.values()}, consistent=True)
        lacking = {of: (at, entry) for of, (at, entry) in wanted.items() if not entries.says(stored[at], entry)}
        return list(self._tasks_of(user, lacking, stored))

    async def _count_entries(self) -> Counter[DirectoryList]:
        """How many entries the directory index has of each list, by Queries that return nothing of them."""
        counted: Counter[DirectoryList] = Counter()
        for of in DirectoryList:
            for type_ in entries.types(self.table, of) if of in self.table.directory_lists else ():
                after: Key | None = None
                while True:

                    async def count(table: Table, type_: str = type_, after: Key | None = after) -> Page:
                        return await table.count_directory(type_, after=after)

                    page = await self.paced.do(count)
                    counted[of] += len(page.items)
                    after = page.last_key
                    if after is None:
                        break
        return counted

    def _totals(self, stored: Mapping[DirectoryList, int]) -> Totals:
        counted = self.state.report(self.table.name).items

        kept = [of for of in DirectoryList if of in self.table.directory_lists]

        def of_each(what: str) -> dict[DirectoryList, int]:
            return {of: counted.get(f"{what} {of.value}", 0) for of in kept}

        return Totals(
            counted.get(USERS, 0),
            expected=of_each(EXPECTED),
            written=of_each(WRITTEN),
            removed=of_each(REMOVED),
            left=of_each(LEFT),
            stored={of: stored.get(of, 0) for of in kept},
        )


class _Changed(Exception):
    """The user was changed since they were read."""


def _user_place(user_id: str) -> Place:
    return keys.user(user_id), keys.user(user_id)


def _count(what: str, lists: Iterable[DirectoryList], counted: Counter[str]) -> None:
    counted.update(f"{what} {of.value}" for of in lists)


def _groups(tasks: Iterable[_Task]) -> Iterator[list[_Task]]:
    """Tasks that fit into one transaction, which cannot write one item twice."""
    group: list[_Task] = []
    written: set[str] = set()
    for task in tasks:
        if len(group) == TOGETHER or written & task.written:
            yield group
            group, written = [], set()
        group.append(task)
        written |= task.written
    if group:
        yield group


async def _some(work: Iterable[Awaitable[None]]) -> None:
    """Wait for all of the work, of which a few run at the same time."""
    turn = asyncio.Semaphore(CONCURRENT)

    async def take_turn(one: Awaitable[None]) -> None:
        async with turn:
            await one

    await asyncio.gather(*map(take_turn, work))
