"""How fast an examination may read and write: a limit of capacity units per second over all segments."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Spreads units evenly over time: after spending some, a caller waits until the rate allows more."""

    def __init__(
        self,
        units_per_second: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._rate = units_per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    async def spend(self, units: float) -> None:
        """Count the units that a request consumed, and wait as long as they take at this rate."""
        if self._rate is None or units <= 0:
            return
        now = self._clock()
        self._free_at = max(self._free_at, now) + units / self._rate
        await self._sleep(self._free_at - now)
