"""How much a caller may cost per minute."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv6Address
from typing import Final, Protocol

from dynamo import rate_limits
from dynamo.client import Table
from dynamo.errors import DynamoError

logger = logging.getLogger("authgraph")

WINDOW_SECONDS: Final = 60
KEPT: Final = 100_000
"""Callers remembered in a process; the one that was quiet longest is forgotten first."""
KEY_BYTES: Final = 16
"""What is kept of a caller's name: it may hold an identifier of any length, and a hash is as good a key."""
HOST_BITS: Final = 64
"""Of an IPv6 address: one customer is given all that have the same first half."""


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

    async def settle(self, caller: str, cost: int) -> None:
        """Take what a request turned out to cost beyond its price, if need be from what will come back later."""


class ProcessRateLimit:
    """A token bucket for each caller in this process: full at first, refilled evenly over a minute."""

    def __init__(self, limit: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    async def take(self, caller: str, cost: int) -> Allowance:
        """Take a request's cost off the caller's bucket."""
        level, now = self._level(caller)
        enough = level >= cost
        if enough:
            level -= cost
        self._buckets[fingerprint(caller)] = (level, now)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        seconds_to_full = (self._limit - level) * WINDOW_SECONDS / self._limit
        reset_at = datetime.now(UTC) + timedelta(seconds=seconds_to_full)
        if enough:
            return Allowance(self._limit, int(level), reset_at)
        # A cost beyond the whole limit never fits; the longest wait says so.
        seconds = (min(cost, self._limit) - level) * WINDOW_SECONDS / self._limit
        return Allowance(self._limit, max(0, int(level)), reset_at, max(1, int(seconds) + 1))

    async def settle(self, caller: str, cost: int) -> None:
        """Take it off the caller's bucket, which may come to owe as much as it can hold."""
        level, since = self._level(caller)
        self._buckets[fingerprint(caller)] = (max(level - cost, -float(self._limit)), since)

    def _level(self, caller: str) -> tuple[float, float]:
        """What a bucket holds now; it leaves its place among those used last."""
        now = self._now()
        level, since = self._buckets.pop(fingerprint(caller), (float(self._limit), now))
        return min(self._limit, level + (now - since) * self._limit / WINDOW_SECONDS), now

    def give_back(self, caller: str, cost: int) -> None:
        """Put back what was taken for something that turned out not to count."""
        key = fingerprint(caller)
        if key in self._buckets:
            level, since = self._buckets[key]
            self._buckets[key] = (min(self._limit, level + cost), since)


class SharedRateLimit:
    """A count for each caller and minute in the table: what all processes agree on, for one write a request."""

    def __init__(self, limit: int, table: Table, now: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._table = table
        self._now = now
        self._refused: OrderedDict[bytes, tuple[int, int]] = OrderedDict()
        """By caller, the window in which a cost was refused, and the cost: as much is refused again without a write."""

    async def take(self, caller: str, cost: int) -> Allowance:
        """Add a request's cost to the caller's count."""
        now = self._now()
        window = int(now // WINDOW_SECONDS)
        ends = (window + 1) * WINDOW_SECONDS
        key = fingerprint(caller)
        refused_in, refused_cost = self._refused.get(key, (window, self._limit + 1))
        used = None
        if refused_in != window or cost < refused_cost:
            used = await rate_limits.take(self._table, caller, window, ends, cost, self._limit)
        reset_at = datetime.fromtimestamp(ends, UTC)
        if used is not None:
            return Allowance(self._limit, self._limit - used, reset_at)
        self._refused[key] = (window, min(cost, refused_cost) if refused_in == window else cost)
        if len(self._refused) > KEPT:
            self._refused.popitem(last=False)
        return Allowance(self._limit, 0, reset_at, max(1, int(ends - now) + 1))

    async def settle(self, caller: str, cost: int) -> None:
        """Add it to the caller's count of this minute, whatever that comes to. An outage forgives it."""
        window = int(self._now() // WINDOW_SECONDS)
        try:
            await rate_limits.add(self._table, caller, window, (window + 1) * WINDOW_SECONDS, cost)
        except DynamoError:
            logger.warning("the count of a caller could not be written")


def make_rate_limit(limit: int, table: Table, *, shared: bool) -> RateLimit | None:
    """A limit per minute, in this process or shared by all; None for 0."""
    if limit == 0:
        return None
    return SharedRateLimit(limit, table) if shared else ProcessRateLimit(limit)


def fingerprint(text: str) -> bytes:
    """A key of fixed size for text of any."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def address_name(address: str) -> str:
    """What a caller who is not known is counted by: their IPv4 address, or the network of their IPv6 address."""
    if ":" not in address:
        return f"address:{address}"
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return f"address:{address}"
    if parsed.ipv4_mapped is not None:
        return f"address:{parsed.ipv4_mapped}"
    return f"address:{int(parsed) >> HOST_BITS:x}::/{HOST_BITS}"
