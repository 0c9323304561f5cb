"""How many users signed up, and how many sign-ins there were, on each of the last days.

Both are counted from what is stored anyway, so no change costs more: users from the list `created` of the directory,
and sign-ins from the audit log. Reading begins with the newest and ends after a bounded number of pages. Days that were
not reached have no number.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from dynamo import entries, format, keys
from dynamo.audit import SHARDS, SIGN_INS
from dynamo.client import Key, Page, Table
from dynamo.directory_lists import DirectoryList
from dynamo.item import Item

PAGES: Final = 8
"""The pages of 1 MB that are read for one answer, over all partitions; at least one of each partition."""
PAGE_UNITS: Final = 128
"""The read units of 1 MB, at half a unit for each 4 KB."""
UNITS: Final = PAGES * PAGE_UNITS
"""The most read units of an answer, unless a list has more partitions than there are pages."""
LAST: Final = "9999-12-31T24"
"""Sorts after every time that an entry can have."""
DAY: Final = timedelta(days=1)
DATE_LENGTH: Final = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day in UTC, and what was counted on it; None for a day that was not reached, or in part only."""

    start: datetime
    count: int | None


class Timeline(Protocol):
    """Partitions of items in the order of time."""

    async def read(self, partition: str, after: Key | None) -> Page:
        """Read the next page, from the newest item down, after a key."""

    def place(self, key: Key) -> str:
        """When the item with these keys was made, as text that begins with the date."""

    def counts(self, item: Item) -> bool:
        """Whether an item is one of those to count."""


@dataclass(frozen=True, slots=True)
class Users:
    """The list `created` of the directory."""

    table: Table
    low: str

    async def read(self, partition: str, after: Key | None) -> Page:
        """Only the ids are returned, of which a page has several thousand."""
        return await self.table.query_directory(
            partition, limit=None, after=after, backward=True, low=self.low, high=LAST, only_ids=True
        )

    def place(self, key: Key) -> str:
        """The `id` of an entry begins with the time."""
        return key["id"]

    def counts(self, item: Item) -> bool:
        """Every entry is a user."""
        return True


@dataclass(frozen=True, slots=True)
class SignIns:
    """The entries of sign-ins in the audit log."""

    table: Table
    low: str

    async def read(self, partition: str, after: Key | None) -> Page:
        """Entries without most of their content."""
        return await self.table.query_between(
            partition, self.low, LAST, limit=None, after=after, attributes=("action", "changed", "impersonator")
        )

    def place(self, key: Key) -> str:
        """The sort key of an entry begins with the time."""
        return key[self.table.sort_key]

    def counts(self, item: Item) -> bool:
        """Whoever acts as somebody else has not signed in as them. `registerUser` need not create a session."""
        made = item.get("changed")
        is_session = isinstance(made, list) and "sessionToken" in made
        return is_session and item.get("action") in SIGN_INS and "impersonator" not in item


async def sign_ups(table: Table, days: int, now: datetime | None = None) -> Sequence[DayCount]:
    """Count the users of each day who were created on it and are still in the list, oldest day first.

    The table must keep the list `created`.
    """
    starts = starts_of(days, now)
    timeline = Users(table, entries.moment(starts[0]))
    return await counted(timeline, entries.types(table, DirectoryList.CREATED), starts)


async def sign_ins(table: Table, days: int, now: datetime | None = None) -> Sequence[DayCount]:
    """Count the sign-ins of each day that the audit log has, impersonations left out, oldest day first."""
    starts = starts_of(days, now)
    timeline = SignIns(table, format.iso(starts[0]))
    return await counted(timeline, [keys.audit_shard(shard) for shard in range(SHARDS)], starts)


def starts_of(days: int, now: datetime | None) -> list[datetime]:
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - DAY * ago for ago in reversed(range(days))]


async def counted(timeline: Timeline, partitions: Sequence[str], starts: Sequence[datetime]) -> list[DayCount]:
    """Read each partition from the newest item down, and count by date as far as all of them were read."""
    rounds = max(1, PAGES // len(partitions))
    walked = await asyncio.gather(*(_walk(timeline, partition, rounds) for partition in partitions))
    counts: Counter[str] = sum((found for found, _ in walked), Counter())
    ended = max(end for _, end in walked)
    # The day on which reading ended was read in part.
    dates = [start.date().isoformat() for start in starts]
    return [DayCount(start, counts[date] if date > ended else None) for start, date in zip(starts, dates, strict=True)]


async def _walk(timeline: Timeline, partition: str, rounds: int) -> tuple[Counter[str], str]:
    """What was counted by date, and the date on which reading ended; empty if all was read."""
    counts: Counter[str] = Counter()
    after: Key | None = None
    for _ in range(rounds):
        page = await timeline.read(partition, after)
        counts.update(timeline.place(item)[:DATE_LENGTH] for item in page.items if timeline.counts(item))
        after = page.last_key
        if after is None:
            return counts, ""
    assert after is not None  # noqa: S101 - the loop returns at the end of the partition
    return counts, timeline.place(after)[:DATE_LENGTH]


def uncounted(days: int, until: datetime) -> Sequence[DayCount]:
    """The days before another one, without a number."""
    return [DayCount(until - DAY * ago, None) for ago in range(days, 0, -1)]
