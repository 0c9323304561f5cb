"""Key reads of different requests as one BatchGetItem.

What is asked for in one tick of the event loop goes out together. While enough reads are under way, what is asked for
waits for one of them to end, and keys that somebody waits for already are read once for all. Nothing is kept: a read
always begins after it was asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from dynamo.attribute_values import WireItem

Place = tuple[str, str]
"""Partition key and sort key."""

MOST: Final = 100
"""What one BatchGetItem takes."""
UNDER_WAY: Final = 4
"""Reads of one process at a time; more would leave less to share."""


class Coalescer:
    """Reads by key for all requests of a process."""

    def __init__(self, read: Callable[[Sequence[Place]], Awaitable[Mapping[Place, WireItem]]]) -> None:
        self._read = read
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[Place, _Batch] = {}
        """By the key, the batch that will read it and has not begun."""
        self._open: _Batch | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, places: Sequence[Place]) -> tuple[dict[Place, WireItem], int]:
        """The items that there are, and how many requests it took; raises what reading them raises."""
        batches = dict.fromkeys(map(self._join, places))
        found: dict[Place, WireItem] = {}
        for batch in batches:
            # Shielded: the others who wait are not to be cancelled with this one.
            items = await asyncio.shield(batch.items)
            found |= {place: items[place] for place in places if place in items}
        return found, len(batches)

    def _join(self, place: Place) -> "_Batch":
        """The batch that will read a key."""
        batch = self._waiting.get(place)
        if batch is None:
            batch = self._open
            if batch is None or len(batch.places) == MOST:
                batch = self._open = _Batch()
                # In a task of its own, because the request that came first may be cancelled.
                task = asyncio.ensure_future(self._run(batch))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            batch.places.append(place)
            self._waiting[place] = batch
        return batch

    async def _run(self, batch: "_Batch") -> None:
        # Everybody who is ready in this tick has asked once this returns.
        await asyncio.sleep(0)
        async with self._slots:
            for place in batch.places:
                del self._waiting[place]
            if self._open is batch:
                self._open = None
            try:
                batch.items.set_result(await self._read(batch.places))
            except Exception as error:
                batch.items.set_exception(error)
                # Those who asked may all have been cancelled.
                batch.items.exception()


class _Batch:
    """Keys that are read together, and the items there are once they have been."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.items: asyncio.Future[Mapping[Place, WireItem]] = asyncio.get_running_loop().create_future()
