"""The work of the command `export`: segments are read concurrently, and a page's lines are stored before the next."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commands.transfer.export_file import ExportFile
from commands.transfer.line import Lines, Wanted
from dynamo.client import Table
from dynamo.doctor.options import Options
from dynamo.doctor.paced_table import PacedTable
from dynamo.transfer.walk import Stretch, walk

Advance = Callable[[int], None]
"""Is called with the number of items that were read since the last call."""


@dataclass(slots=True)
class Units:
    """The read units that an export has consumed."""

    read: float = 0.0

    def spend(self, read_units: float, _: float) -> None:
        """Add what a request has consumed."""
        self.read += read_units


async def export_users(
    table: Table, file: ExportFile, wanted: Wanted, *, segments: int, read_units: float | None, advance: Advance
) -> Lines:
    """Write every user to the file, from where its progress ends. The file is left to be finished by the caller.

    Raises `Unavailable`, after which the same export can be continued.
    """
    progress = file.progress
    lines = Lines(wanted, table.key_attributes, Counter(progress.written), Counter(progress.left_out))
    paced = PacedTable(table, Options(read_units=read_units), Units())

    def store(segment: int, stretch: Stretch) -> None:
        # Nothing awaits in here, so the segments take turns and a page counts as a whole.
        file.append(b"".join(line for found in stretch.partitions if (line := lines.of(found)) is not None))
        progress.segments[str(segment)] = stretch.after
        if stretch.done:
            progress.done.append(segment)
        progress.written, progress.left_out = dict(lines.written), dict(lines.left_out)
        file.commit()
        advance(stretch.items)

    async def read(segment: int) -> None:
        after = progress.segments.get(str(segment))
        async for stretch in walk(paced, segment, segments, after=after, sessions=wanted.sessions):
            store(segment, stretch)

    try:
        async with asyncio.TaskGroup() as group:
            for segment in range(segments):
                if segment not in progress.done:
                    group.create_task(read(segment))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return lines


def described(wanted: Wanted, table: Table, identity: str, segments: int) -> dict[str, Any]:
    """What an export reads and writes, by which an interrupted one is recognised."""
    return {
        "table": f"{table.name} {identity}",
        "segments": segments,
        "sessions": wanted.sessions,
        "secrets": wanted.secrets,
    }
