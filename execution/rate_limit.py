"""Rate limits: how much cost each caller may use per minute."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv6Address
from typing import Final, NamedTuple, Protocol

from dynamo import rate_limits
from dynamo.client import Table
from dynamo.errors import DynamoError

logger = logging.getLogger("authgraph")

WINDOW_SECONDS: Final = 60
KEPT: Final = 100_000
"""How many callers a process remembers. Those without requests for the longest time are forgotten first."""
KEY_BYTES: Final = 16
"""The size of the hash that is kept of a caller's name, because names contain ids of any length."""
HOST_BITS: Final = 64
"""The part of an IPv6 address that is ignored, because one customer gets all addresses with the same first half."""


class Allowance(NamedTuple):
    """What is left of a caller's limit. `retry_after` is None if the request is allowed, otherwise the seconds to
    wait."""

    limit: int
    remaining: int
    reset_at: datetime
    retry_after: int | None = None


class RateLimit(Protocol):
    """A limit of cost per minute for each caller."""

    async def take(self, caller: str, cost: int) -> Allowance:
        """Charge a request's cost if the caller's allowance is enough, otherwise nothing."""

    async def settle(self, caller: str, cost: int) -> None:
        """Charge what a request used beyond its cost, even if the allowance is not enough."""


class ProcessRateLimit:
    """A token bucket for each caller in this process: full at first, and refilled evenly over a minute."""

    def __init__(self, limit: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    async def take(self, caller: str, cost: int) -> Allowance:
        """Charge a request's cost to the caller's bucket if it holds enough, otherwise nothing."""
        key = fingerprint(caller)
        level, now = self._level(key)
        enough = level >= cost
        if enough:
            level -= cost
        self._buckets[key] = (level, now)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        seconds_to_full = (self._limit - level) * WINDOW_SECONDS / self._limit
        reset_at = datetime.now(UTC) + timedelta(seconds=seconds_to_full)
        if enough:
            return Allowance(self._limit, int(level), reset_at)
        # A cost above the whole limit never fits; then the wait is that for a full bucket.
        seconds = (min(cost, self._limit) - level) * WINDOW_SECONDS / self._limit
        return Allowance(self._limit, max(0, int(level)), reset_at, max(1, int(seconds) + 1))

    async def settle(self, caller: str, cost: int) -> None:
        """Charge a cost to the caller's bucket, which can go as far below zero as it can hold."""
        key = fingerprint(caller)
        level, since = self._level(key)
        self._buckets[key] = (max(level - cost, -float(self._limit)), since)

    def _level(self, key: bytes) -> tuple[float, float]:
        """What a bucket holds now. It is removed; the caller of this method puts it back as the most recently used."""
        now = self._now()
        level, since = self._buckets.pop(key, (float(self._limit), now))
        return min(self._limit, level + (now - since) * self._limit / WINDOW_SECONDS), now

    def give_back(self, caller: str, cost: int) -> None:
        """Refund what was charged for something that does not count after all."""
        key = fingerprint(caller)
        if key in self._buckets:
            level, since = self._buckets[key]
            self._buckets[key] = (min(self._limit, level + cost), since)


class SharedRateLimit:
    """A count for each caller and minute in the table, which all processes share, at one write per request."""

    def __init__(self, limit: int, table: Table, now: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._table = table
        self._now = now
        self._refused: OrderedDict[bytes, tuple[int, int]] = OrderedDict()
        """For each caller, the window in which a cost was rejected, and the cost: at least as much is rejected again
        without a write."""

    async def take(self, caller: str, cost: int) -> Allowance:
        """Add a request's cost to the caller's count if it stays within the limit, otherwise nothing."""
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
        """Add a cost to the caller's count of this minute, even beyond the limit. If DynamoDB fails, it is not
        charged."""
        window = int(self._now() // WINDOW_SECONDS)
        try:
            await rate_limits.add(self._table, caller, window, (window + 1) * WINDOW_SECONDS, cost)
        except DynamoError:
            logger.warning("the count of a caller could not be written")


def make_rate_limit(limit: int, table: Table, *, shared: bool) -> RateLimit | None:
    """A limit per minute, in this process or shared by all processes; None for 0."""
    if limit == 0:
        return None
    return SharedRateLimit(limit, table) if shared else ProcessRateLimit(limit)


def fingerprint(text: str) -> bytes:
    """A key of fixed size for a text of any size."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def address_name(address: str) -> str:
    """The name by which anonymous callers are counted: the IPv4 address, or the /64 network of the IPv6 address."""
    if ":" not in address:
        return f"address:{address}"
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return f"address:{address}"
    if parsed.ipv4_mapped is not None:
        return f"address:{parsed.ipv4_mapped}"
    return f"address:{int(parsed) >> HOST_BITS:x}::/{HOST_BITS}"
