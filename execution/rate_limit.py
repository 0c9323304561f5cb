"""How much a caller may cost per minute."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from dynamo import rate_limits
from dynamo.client import Table

WINDOW_SECONDS = 60
KEPT = 100_000
"""Callers remembered in a process; the one that was quiet longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left. `retry_after` is None if the request is within it, else how many seconds to wait."""

    limit: int
    remaining: int
    reset_at: datetime
    retry_after: int | None = None


class RateLimit(Protocol):
    """Takes cost off a caller's allowance."""

    async def take(self, caller: str, cost: int) -> Allowance:
        """Take a request's cost if the allowance holds it, else nothing."""


class ProcessRateLimit:
    """A token bucket for each caller in this process: full at first, refilled evenly over a minute."""

    def __init__(self, limit: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, caller: str, cost: int) -> Allowance:
        """Take a request's cost off the caller's bucket."""
        now = self._now()
        level, since = self._buckets.pop(caller, (float(self._limit), now))
        level = min(self._limit, level + (now - since) * self._limit / WINDOW_SECONDS)
        enough = level >= cost
        if enough:
            level -= cost
        self._buckets[caller] = (level, now)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        seconds_to_full = (self._limit - level) * WINDOW_SECONDS / self._limit
        reset_at = datetime.now(UTC) + timedelta(seconds=seconds_to_full)
        if enough:
            return Allowance(self._limit, int(level), reset_at)
        # A cost beyond the whole limit never fits; the longest wait says so.
        seconds = (min(cost, self._limit) - level) * WINDOW_SECONDS / self._limit
        return Allowance(self._limit, int(level), reset_at, max(1, int(seconds) + 1))


class SharedRateLimit:
    """A count for each caller and minute in the table: what all processes agree on, for one write a request."""

    def __init__(self, limit: int, table: Table, now: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._table = table
        self._now = now

    async def take(self, caller: str, cost: int) -> Allowance:
        """Add a request's cost to the caller's count."""
        now = self._now()
        window = int(now // WINDOW_SECONDS)
        ends = (window + 1) * WINDOW_SECONDS
        used = await rate_limits.take(self._table, caller, window, ends, cost, self._limit)
        reset_at = datetime.fromtimestamp(ends, UTC)
        if used is not None:
            return Allowance(self._limit, self._limit - used, reset_at)
        return Allowance(self._limit, 0, reset_at, max(1, int(ends - now) + 1))


def make_rate_limit(limit: int, table: Table, *, shared: bool) -> RateLimit | None:
    """A limit per minute, in this process or shared by all; None for 0."""
    if limit == 0:
        return None
    return SharedRateLimit(limit, table) if shared else ProcessRateLimit(limit)
