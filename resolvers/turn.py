"""Long work takes turns: no answer keeps the event loop from everybody else for longer than a slice."""

import asyncio
from time import perf_counter

SLICE_SECONDS = 0.01
"""How long one answer works before others get their turn."""


class Turns:
    """Lets one of those who work long go on in each round of the event loop, in the order they asked."""

    def __init__(self) -> None:
        self.next = asyncio.Lock()


class Turn:
    """The share of one request. Whoever works on it asks `over`, and if so awaits `share`."""

    __slots__ = ("_turns", "ends")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.ends = perf_counter() + SLICE_SECONDS

    def over(self) -> bool:
        """Whether others should have their turn."""
        return perf_counter() > self.ends

    async def share(self) -> None:
        """Return at once within the slice, else when everybody else has had a turn."""
        if perf_counter() <= self.ends:
            return
        async with self._turns.next:
            # Another part of the same answer may have waited already.
            if perf_counter() > self.ends:
                await asyncio.sleep(0)
                self.ends = perf_counter() + SLICE_SECONDS
