"""What the doctor found last, in one item: numbers only, so that a server can say it without reading the table.

`python server.py doctor` stores it at the end of a run. It names no item and no user.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dynamo import format, keys, models
from dynamo.client import Table
from dynamo.item import Item


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of one kind there were, and how many of them were mended."""

    kind: str
    found: int
    mended: int

    @property
    def left(self) -> int:
        """How many were still there at the end of the run."""
        return self.found - self.mended


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a whole examination."""

    at: datetime
    """The time at which it ended."""
    mends: bool
    """Whether it was told to mend what it found."""
    items: int
    """How many items it examined."""
    tallies: Sequence[Tally]
    """The kinds that were found, in the order of the report."""


async def read(table: Table) -> Summary | None:
    """Read the summary with one request; None if no examination has ended yet, or if it cannot be read."""
    item = await table.get(_key(table))
    if item is None:
        return None
    at, items, stored = models.date(item.get("at")), models.integer(item.get("items")), item.get("findings")
    if at is None or items is None or not isinstance(stored, list):
        return None
    tallies = [tally for one in stored if (tally := _tally(one)) is not None]
    return Summary(at, bool(item.get("mends")), items, tallies)


async def store(table: Table, summary: Summary) -> None:
    """Replace the summary. It is a transaction, so that an attempt that arrives late replaces no newer one."""
    item: Item = {
        **_key(table),
        "at": format.iso(summary.at),
        "mends": summary.mends,
        "items": summary.items,
        "findings": [{"kind": one.kind, "found": one.found, "mended": one.mended} for one in summary.tallies],
    }
    await table.transact([table.put_operation(item)])


def _key(table: Table) -> dict[str, str]:
    return table.key(keys.DOCTOR_SUMMARY, keys.DOCTOR_SUMMARY)


def _tally(stored: Any) -> Tally | None:
    if not isinstance(stored, dict):
        return None
    kind, found, mended = stored.get("kind"), models.integer(stored.get("found")), models.integer(stored.get("mended"))
    return Tally(kind, found, mended) if isinstance(kind, str) and found is not None and mended is not None else None
