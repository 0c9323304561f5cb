"""Long work takes turns: no answer keeps the event loop from everybody else for longer than a slice."""

import asyncio
from time import perf_counter
from typing import Final

SLICE_SECONDS: Final = 0.01
"""How long one answer works before others get their turn."""


class Turns:
    """Lets one of those who work long go on in each round of the event loop, in the order they asked."""

    def __init__(self) -> None:
        self.next = asyncio.Lock()
        self._rounds = 0
        self._is_counting = False

    def round(self) -> int:
        """The number of this round of the event loop, as far as anybody asked in it."""
        if not self._is_counting:
            self._is_counting = True
            asyncio.get_running_loop().call_soon(self._end_round)
        return self._rounds

    def _end_round(self) -> None:
        self._rounds += 1
        self._is_counting = False


class Turn:
    """The share of one request. Whoever works on it asks `over`, and if so awaits `share`.

    A request that has waited, for the table or for others, begins a new slice: only working without a pause counts.
    """

    __slots__ = ("_round", "_turns", "ends")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._begin()

    def over(self) -> bool:
        """Whether others should have their turn."""
        if perf_counter() <= self.ends:
            return False
        if self._turns.round() == self._round:
            return True
        self._begin()
        return False

    async def share(self) -> None:
        """Return at once within the slice, else when everybody else has had a turn."""
        if not self.over():
            return
        async with self._turns.next:
            # Another part of the same answer may have waited already.
            if self.over():
                await asyncio.sleep(0)
                self._begin()

    def _begin(self) -> None:
        self.ends = perf_counter() + SLICE_SECONDS
        self._round = self._turns.round()
