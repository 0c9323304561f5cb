"""The table as DynamoDB describes it. A process asks for the description at most once a minute, however many callers
want it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from dynamo.daemon_thread import in_daemon_thread
from dynamo.progress import note_cut_off
from resolvers.context import Context

KEPT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class TableIndex:
    """An index of the table."""

    name: str
    partition_key: str
    sort_key: str | None
    projection: str
    ready: bool
    item_count: int


@dataclass(frozen=True, slots=True)
class TableState:
    """The table, its indexes and its protections. Item counts and sizes may be six hours old."""

    name: str
    described_at: datetime
    ready: bool
    item_count: int
    size_bytes: int
    pay_per_request: bool
    expiry_attribute: str | None
    deletion_protection: bool
    point_in_time_recovery: bool | None
    indexes: Sequence[TableIndex]
    warnings: Sequence[str]


Describe = Callable[[], TableState]
"""Asks DynamoDB, with three requests that block the calling thread. Raises errors of `dynamo.errors`."""


class TableStates:
    """The last description, which all requests of a process share."""

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._asked: asyncio.Task[TableState] | None = None
        self._ends = 0.0

    async def read(self) -> TableState:
        """The description, asked for again if it is older than a minute. Raises what `Describe` does."""
        if self._asked is None or (self._asked.done() and (monotonic() >= self._ends or self._has_failed)):
            self._asked = asyncio.create_task(in_daemon_thread(self._describe))
            self._ends = monotonic() + KEPT_SECONDS
        # Shielded, so that a caller who has waited too long leaves the answer to the next one.
        return await asyncio.shield(self._asked)

    @property
    def _has_failed(self) -> bool:
        asked = self._asked
        return asked is not None and asked.done() and (asked.cancelled() or asked.exception() is not None)


async def state(context: Context) -> TableState | None:
    """The state of the table; None if the process was not told how to ask for it."""
    states = context.service.table_states
    if states is None:
        return None
    usage = context.table.usage
    usage.begin()
    try:
        return await states.read()
    except asyncio.CancelledError:
        note_cut_off()
        raise
    finally:
        usage.end()
