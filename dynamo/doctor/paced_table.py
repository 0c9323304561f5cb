"""The requests of an examination: paced, counted, and repeated while DynamoDB cannot serve them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol, TypeVar

from dynamo.client import BATCH_GET_LIMIT, Table
from dynamo.doctor.findings import place_of
from dynamo.doctor.inspection import Found
from dynamo.doctor.options import Options
from dynamo.doctor.pace import Pace
from dynamo.errors import Unavailable
from dynamo.item import Place

LONGEST_PAUSE_SECONDS: Final = 30.0

T = TypeVar("T")


class Ledger(Protocol):
    """Where the capacity units of a run are counted."""

    def spend(self, read_units: float, write_units: float) -> None:
        """Add to the capacity units that the run has consumed."""


class PacedTable:
    """A table whose requests keep to the pace. What they cost is added to the state."""

    def __init__(self, table: Table, options: Options, state: Ledger) -> None:
        self.table = table
        self._attempts = options.attempts
        self._state = state
        self._reading = Pace(options.read_units)
        self._writing = Pace(options.write_units)

    async def do(self, work: Callable[[Table], Awaitable[T]]) -> T:
        """Do work that is safe to repeat. Raises `Unavailable` after the last attempt."""
        attempt = 1
        while True:
            table = self.table.metered()
            try:
                return await work(table)
            except Unavailable:
                if attempt == self._attempts:
                    raise
            finally:
                self._state.spend(table.usage.read_units, table.usage.write_units)
                await self._reading.spend(table.usage.read_units)
                await self._writing.spend(table.usage.write_units)
            await asyncio.sleep(min(2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS))
            attempt += 1

    async def read(self, places: Iterable[Place], *, consistent: bool) -> Found:
        """Look up places, a hundred at a time; None for each place without an item."""
        found: Found = dict.fromkeys(places)
        wanted = list(found)
        for start in range(0, len(wanted), BATCH_GET_LIMIT):
            batch = [self.table.key(*place) for place in wanted[start : start + BATCH_GET_LIMIT]]

            async def get(table: Table, batch: list[dict[str, str]] = batch) -> Found:
                items = await table.batch_get(batch, consistent=consistent)
                return {place_of(table, item): item for item in items}

            found |= await self.do(get)
        return found
