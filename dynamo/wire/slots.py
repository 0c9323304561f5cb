"""Places for reads that are under way, so many at a time; a read that takes long gives its place up."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

H = TypeVar("H")

PATIENCE_SECONDS: Final = 1.0
"""A read that takes longer is waited for by those who asked for it, and holds up nobody else."""


class Slots(Generic[H]):
    """Places by holder. `late` is told of each read that has given its place up because it takes long."""

    def __init__(self, number: int, late: Callable[[H], None]) -> None:
        self._free = asyncio.Semaphore(number)
        self._late = late
        self._held: dict[H, float] = {}
        """Since when, on the event loop's clock."""
        self._watch: asyncio.TimerHandle | None = None

    async def take(self, holder: H) -> None:
        """Return once there is a place."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        self._held[holder] = loop.time()
        if self._watch is None:
            # One timer for all, which goes on only while there are any.
            self._watch = loop.call_later(PATIENCE_SECONDS / 4, self._look, loop)

    def give_back(self, holder: H) -> None:
        """Let another read begin, unless this one has given its place up already."""
        if self._held.pop(holder, None) is not None:
            self._free.release()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        since = loop.time() - PATIENCE_SECONDS
        for holder in [holder for holder, began in self._held.items() if began <= since]:
            self.give_back(holder)
            self._late(holder)
        self._watch = loop.call_later(PATIENCE_SECONDS / 4, self._look, loop) if self._held else None
