"""A walk through the whole table that yields one partition after another: a user and everything that belongs to them.

The table is read in segments, page by page. DynamoDB keeps the items of a partition next to each other, so a partition
is complete once an item of another one follows it, or its segment ends. Only the last partition of a page is kept for
the next one. A walk that was interrupted continues after the last partition that was complete.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from dynamo import keys
from dynamo.client import Key, Page, Table
from dynamo.doctor.paced_table import PacedTable
from dynamo.item import Item
from dynamo.partition import Partition, collect

PAGE: Final = 1000
"""The most items of one page. DynamoDB ends a page earlier at 1 MB."""
AFTER_ALL: Final = "\U0010ffff"
"""A sort key after every other one. With it, a position names a partition and no token that its sort keys contain."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one page has completed of a segment."""

    partitions: Sequence[Partition]
    """The partitions of users that are complete now, those without a user included."""
    items: int
    """How many items the page had."""
    after: str | None
    """The partition key to continue after; None for the beginning of the segment."""
    done: bool = False
    """Whether the segment is finished."""


@dataclass(slots=True)
class _Open:
    """The items of the partition that the last page cut off."""

    items: list[Item] = field(default_factory=list)


async def walk(
    paced: PacedTable, segment: int, segments: int, *, after: str | None, sessions: bool
) -> AsyncIterator[Stretch]:
    """Read one segment from its beginning, or after the partition key where an earlier walk ended.

    Without `sessions`, they are dropped as soon as they were read, so that nothing grows with their number.
    """
    table = paced.table
    start: Key | None = None if after is None else table.key(after, AFTER_ALL)
    rest = _Open()
    while True:
        page = await _page(paced, segment, segments, start)
        kept = [item for item in page.items if sessions or not item[table.sort_key].startswith(keys.SESSION)]
        whole = list(_partitions(table, [*rest.items, *kept]))
        rest.items = whole.pop()[1] if whole and page.last_key is not None else []
        found = [collect(table, items) for key, items in whole if key.startswith(keys.USER)]
        if page.last_key is None:
            yield Stretch(found, len(page.items), after, done=True)
            return
        if whole:
            after = whole[-1][0]
        start = page.last_key
        yield Stretch(found, len(page.items), after)


async def _page(paced: PacedTable, segment: int, segments: int, start: Key | None) -> Page:
    async def scan(table: Table) -> Page:
        return await table.scan_segment(segment, segments, limit=PAGE, after=start, attributes=None)

    return await paced.do(scan)


def _partitions(table: Table, items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
    for key, group in groupby(items, key=lambda item: item[table.partition_key]):
        yield key, list(group)
