"""Long work takes turns, so that no request blocks the event loop for longer than one time slice."""

import asyncio
from time import perf_counter
from typing import Final

SLICE_SECONDS: Final = 0.01
"""How long one request works before others get their turn."""


class Turns:
    """Lets one long-running request continue in each round of the event loop, in the order in which they asked."""

    def __init__(self) -> None:
        self.next = asyncio.Lock()
        self._rounds = 0
        self._is_counting = False

    def round(self) -> int:
        """The number of the current round of the event loop. Only rounds in which somebody asked are counted."""
        if not self._is_counting:
            self._is_counting = True
            asyncio.get_running_loop().call_soon(self._end_round)
        return self._rounds

    def _end_round(self) -> None:
        self._rounds += 1
        self._is_counting = False


class Turn:
    """The time slice of one request. Long work calls `over` now and then, and awaits `share` if it returns true.

    A request that waited, for the table or for others, starts a new slice: only work without a pause counts.
    """

    __slots__ = ("_round", "_turns", "ends")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._begin()

    def over(self) -> bool:
        """Whether the time slice is used up."""
        if perf_counter() <= self.ends:
            return False
        if self._turns.round() == self._round:
            return True
        self._begin()
        return False

    async def share(self) -> None:
        """Return at once within the time slice, otherwise after every other request has had a turn."""
        if not self.over():
            return
        async with self._turns.next:
            # Another part of the same request may have waited already.
            if self.over():
                await asyncio.sleep(0)
                self._begin()

    def _begin(self) -> None:
        self.ends = perf_counter() + SLICE_SECONDS
        self._round = self._turns.round()
