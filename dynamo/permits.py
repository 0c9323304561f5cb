"""Permits for what may be done a fixed number of times at once."""

import asyncio
from collections import deque


class Permits:
    """A number of permits. Whoever finds none free waits for one, in the order of asking.

    Unlike `asyncio.Semaphore`, it takes next to no time as long as permits are free, which they nearly always are:

        if not permits.take():
            await permits.turn()
        try: ...
        finally:
            permits.give_back()
    """

    __slots__ = ("_free", "_waiting")

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a permit if one is free. None is while somebody waits."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def turn(self) -> None:
        """Wait for a permit. The caller has it on return."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was passed on in the same moment.
                self.give_back()
            raise

    def give_back(self) -> None:
        """Pass a permit on to whoever has waited longest, or keep it free."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
