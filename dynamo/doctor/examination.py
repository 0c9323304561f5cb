"""The examination of a whole table: segments are read concurrently, page by page. Each page is inspected, confirmed,
settled and noted.

Nothing is kept from one page to the next, so memory does not grow with the table, and an interrupted examination
continues after the last page that was noted. Related items are looked up by key; so is the rest of a partition that a
page cuts off. Two users with the same e-mail address are found because the lock of the address has one owner (see
`settlement`). Session tokens have no lock. So a second walk reads the index, in which DynamoDB keeps items with equal
keys next to each other.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dynamo import keys, models
from dynamo.client import Key, Page, Table
from dynamo.doctor import kinds
from dynamo.doctor.findings import Finding, place_of
from dynamo.doctor.inspection import Found, Looks, inspect
from dynamo.doctor.items import EXAMINED, ItemKind, item_kind
from dynamo.doctor.options import Advance, Journal, Options, unheard
from dynamo.doctor.paced_table import PacedTable
from dynamo.doctor.report import Report
from dynamo.doctor.settlement import Settlement
from dynamo.doctor.state import State
from dynamo.item import Item, Place

TABLE: Final = "table"
INDEX: Final = "index"
"""The names of the two walks, under which the state stores their positions."""


async def examine(
    table: Table,
    options: Options | None = None,
    *,
    state: State | None = None,
    now: datetime | None = None,
    advance: Advance = unheard,
    journal: Journal = unheard,
) -> Report:
    """Examine every item and, with `repair`, mend what can be mended.

    Raises `Unavailable` if the examination was interrupted. With a state on disk, the same call continues it.
    """
    if state is None:
        with State() as state:
            return await examine(table, options, state=state, now=now, advance=advance, journal=journal)
    options = options or Options()
    patient = PacedTable(table, options, state)
    return await _Examination(patient, options, state, now, advance, journal).run()


@dataclass(frozen=True, slots=True)
class _Examination:
    patient: PacedTable
    options: Options
    state: State
    at: datetime | None
    """Replaces the current time, for tests; None for the real time."""
    advance: Advance
    journal: Journal

    @property
    def table(self) -> Table:
        return self.patient.table

    @property
    def now(self) -> datetime:
        return self.at or datetime.now(UTC)

    async def run(self) -> Report:
        options = self.options
        run = {"segments": options.segments, "repair": options.repair, "dry": options.dry_run}
        self.state.begin(f"{self.table.name} {options.identity}", run, self.now)
        try:
            async with asyncio.TaskGroup() as group:
                for segment in range(options.segments):
                    group.create_task(self._walk_segment(segment))
        except ExceptionGroup as errors:
            raise _first(errors) from None
        await self._walk_index()
        self.state.end()
        return self.state.report(self.table.name)

    async def _walk_segment(self, segment: int) -> None:
        settlement = Settlement(self.patient, self.options, self.state, self.now, self.journal, self.confirm)
        after, done = self.state.position(TABLE, segment)
        while not done:
            page = await self._page(segment, self.options.segments, after)
            findings = await self._inspect(page.items)
            odd = [finding for finding in findings if not finding.kind.wrong]
            wrong = await self.confirm([finding for finding in findings if finding.kind.wrong])
            notes = [note for finding in [*wrong, *odd] for note in await settlement.settle(finding)]
            # Nothing awaits from here to the commit, so that a page that has to be repeated is counted once.
            for note in notes:
                self.state.count(note, self.options.examples)
            self.state.count_items(Counter(item_kind(self.table, item).value for item in page.items))
            after, done = page.last_key, page.last_key is None
            self.state.move(TABLE, segment, after)
            self.state.commit()
            self.advance(len(page.items))

    async def _walk_index(self) -> None:
        """Read the index in one segment, because only then do items with equal keys follow one another."""
        settlement = Settlement(self.patient, self.options, self.state, self.now, self.journal, self.confirm)
        after, done = self.state.position(INDEX, 0)
        while not done:
            page = await self._page(0, 1, after, index=True)
            pairs = list(self._equal_tokens(after, page.items))
            found = await self.patient.read({place for pair in pairs for place in pair}, consistent=True)
            shared = [finding for pair in pairs for finding in self._shared(pair, found)]
            for note in [note for finding in shared for note in await settlement.settle(finding)]:
                self.state.count(note, self.options.examples)
            after, done = page.last_key, page.last_key is None
            self.state.move(INDEX, 0, after)
            self.state.commit()
            self.advance(len(page.items))

    async def _page(self, segment: int, segments: int, after: Key | None, *, index: bool = False) -> Page:
        async def scan(table: Table) -> Page:
            attributes = () if index else EXAMINED
            return await table.scan_segment(
                segment, segments, limit=self.options.page, after=after, attributes=attributes, index=index
            )

        return await self.patient.do(scan)

    async def _inspect(self, items: Sequence[Item], *, consistent: bool = False) -> list[Finding]:
        """Inspect items until nothing is left to look up. Unless `consistent`, the items count as looked up
        themselves."""
        looks = Looks(self.table, {} if consistent else {place_of(self.table, item): item for item in items})
        findings: list[Finding] = []
        pending = list(items)
        while pending:
            undecided = []
            for item in pending:
                looks.incomplete = False
                found = inspect(self.table, item, looks, self.now)
                if looks.incomplete:
                    undecided.append(item)
                else:
                    findings += found
            wanted, looks.wanted = looks.wanted, set()
            looks.found |= await self.patient.read(wanted, consistent=consistent)
            pending = undecided
        return findings

    async def confirm(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings about the same items in a second, consistent inspection.

        Each item is read, then what it depends on, then the item again. If it did not change in between, everything was
        stored like this at one moment. So the writes of one transaction are never reported halfway.
        """
        before = await self._read_items(findings)
        again = [f for f in await self._inspect(list(before.values()), consistent=True) if f.kind.wrong]
        after = await self._read_items(again)
        return [finding for finding in again if after.get(place_of(self.table, finding.item)) == finding.item]

    async def _read_items(self, findings: Sequence[Finding]) -> dict[Place, Item]:
        places = {place_of(self.table, finding.item) for finding in findings}
        found = await self.patient.read(places, consistent=True)
        return {place: item for place, item in found.items() if item is not None}

    def _equal_tokens(self, after: Key | None, items: Sequence[Item]) -> Iterator[tuple[Place, Place]]:
        """Neighbours in the index that are sessions with the same token. `after` is the last item of the page
        before."""
        table, previous = self.table, after
        for item in items:
            if (
                previous is not None
                and item[table.index_sort_key].startswith(keys.SESSION)
                and all(item[n] == previous[n] for n in (table.index_partition_key, table.index_sort_key))
            ):
                yield place_of(table, previous), place_of(table, item)
            previous = item

    def _shared(self, pair: tuple[Place, Place], found: Found) -> Iterator[Finding]:
        one, other = (found[place] for place in pair)
        if one is None or other is None:
            return
        kinds_of_both = {item_kind(self.table, one), item_kind(self.table, other)}
        alive = all(models.session(self.table, item).signs_in(self.now) for item in (one, other))
        if kinds_of_both == {ItemKind.SESSION} and alive:
            owners = [models.owner(self.table, item) for item in (one, other)]
            key = keys.session(models.session(self.table, other).token)
            yield Finding(kinds.DUPLICATE_SESSION, ItemKind.SESSION, other, owners[1], owners[0], key)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error within nested groups of errors."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
