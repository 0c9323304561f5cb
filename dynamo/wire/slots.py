"""Slots for running reads, a fixed number at a time. A read that takes long gives its slot up."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from dynamo.permits import Permits

H = TypeVar("H")

PATIENCE_SECONDS: Final = 1.0
"""A read that takes longer gives its slot up: only its own callers wait for it."""


class Slots(Generic[H]):
    """Slots by holder. `late` is called with each holder whose read took long and gave its slot up."""

    def __init__(self, number: int, late: Callable[[H], None]) -> None:
        self._free = Permits(number)
        self._late = late
        self._held: dict[H, float] = {}
        """When each holder got its slot, on the event loop's clock."""
        self._watch: asyncio.TimerHandle | None = None

    async def take(self, holder: H) -> None:
        """Return once there is a free slot, which `holder` then has."""
        if not self._free.take():
            await self._free.turn()
        loop = asyncio.get_running_loop()
        self._held[holder] = loop.time()
        if self._watch is None:
            # One timer for all holders, which runs only while there are any.
            self._watch = loop.call_later(PATIENCE_SECONDS / 4, self._look, loop)

    def give_back(self, holder: H) -> None:
        """Release the slot, unless the read has given it up already."""
        if self._held.pop(holder, None) is not None:
            self._free.give_back()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        since = loop.time() - PATIENCE_SECONDS
        for holder in [holder for holder, began in self._held.items() if began <= since]:
            self.give_back(holder)
            self._late(holder)
        self._watch = loop.call_later(PATIENCE_SECONDS / 4, self._look, loop) if self._held else None
