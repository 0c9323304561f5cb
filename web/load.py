"""A limit for the operations in progress, so that the server rejects work that it could not finish in time."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from math import ceil
from typing import Final

from web.errors import Overloaded
from web.processor import waiting_clock

MOST_IN_A_TURN: Final = 16
"""The most operations that begin in one iteration of the event loop. Between iterations, connections are accepted
and health checks answered."""
SHARE: Final = 0.5
"""The work in progress may take this fraction of the time limit, because it is estimated from a mean and the machine
may be shared."""
KEPT: Final = 0.9
"""The weight of the figures of earlier seconds, relative to the newest."""
ASSUMED_OPERATIONS: Final = 4
ASSUMED_SECONDS: Final = 0.001
"""Assumed at the start, so that a slow first operation does not determine the estimate."""

logger = logging.getLogger(__name__)


class Load:
    """The operations in progress, and the processor time that each takes, including the wait for a processor.

    If operations take 30 ms each and the time limit is 10 s, the 168th concurrent operation is rejected.
    """

    def __init__(
        self,
        timeout_seconds: float,
        now: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
        waited: Callable[[], float] | None = None,
    ) -> None:
        self._most = timeout_seconds * SHARE
        self._now = now
        self._processor = processor
        self._waited = waited or waiting_clock()
        self._waited_before = self._waited()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._begun_in_turn = 0
        self._in_flight = 0
        self._mark = 0.0
        """The processor time up to which `_used` was counted."""
        self._used = 0.0
        self._ended = 0
        self._estimated_at = now()
        self._mean_used = self._mean_ended = 0.0
        self._each = ASSUMED_SECONDS

    def turn(self) -> asyncio.Future[None] | None:
        """The turn of an operation, to be awaited; None if it is now. `count` must follow. Raises `Overloaded` if the
        turn would come too late."""
        in_hand = self._in_flight + len(self._waiting)
        wait = in_hand * self._each
        if wait > self._most:
            raise self._overloaded(in_hand, wait)
        if self._waiting or self._begun_in_turn >= MOST_IN_A_TURN:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            return turn
        self._count_in_turn(1)
        return None

    def count(self) -> None:
        """Note that an operation is in progress. `end` must follow."""
        if not self._in_flight:
            # Time that the process uses while no operation is in progress is not counted.
            self._mark = self._processor()
            if self._now() - self._estimated_at >= 1:
                self._waited_before = self._waited()
        self._in_flight += 1

    def end(self) -> None:
        """Note that an operation has ended, successfully or not."""
        self._in_flight -= 1
        self._ended += 1
        now = self._now()
        is_due = now - self._estimated_at >= 1
        if is_due or not self._in_flight:
            processor = self._processor()
            self._used += processor - self._mark
            self._mark = processor
        if is_due:
            self._estimated_at = now
            self._estimate()

    def _count_in_turn(self, count: int) -> None:
        if not self._begun_in_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._begun_in_turn += count

    def _next_turn(self) -> None:
        """Let the operations that waited longest begin. Their callbacks run in the next iteration of the event loop."""
        self._begun_in_turn = woken = 0
        while self._waiting and woken < MOST_IN_A_TURN:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                woken += 1
        if woken:
            self._count_in_turn(woken)

    def _estimate(self) -> None:
        # Reading this clock takes longer than reading the processor time, so it is read once a second.
        waited = self._waited()
        self._used += waited - self._waited_before
        self._waited_before = waited
        self._mean_used = self._mean_used * KEPT + self._used
        self._mean_ended = self._mean_ended * KEPT + self._ended
        self._used, self._ended = 0.0, 0
        assumed = ASSUMED_OPERATIONS * ASSUMED_SECONDS
        self._each = (self._mean_used + assumed) / (self._mean_ended + ASSUMED_OPERATIONS)

    def _overloaded(self, in_hand: int, wait: float) -> Overloaded:
        message = (
            f"The server is busy: {in_hand} operations in progress need about {wait:.1f} s; at most {self._most:g} s "
            "(half of AUTHGRAPH_TIMEOUT_SECONDS) is allowed."
        )
        logger.info("%s: %s", Overloaded.code, message)
        return Overloaded(message, ceil(wait))
