"""How many operations are begun at once, and when there are too many."""

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
"""Operations begun in one turn of the event loop. Connections are accepted, and health checks answered, between two."""
SHARE: Final = 0.5
"""Of the deadline, the work in hand may take so much: it is reckoned from a mean, and the machine may be shared."""
KEPT: Final = 0.9
"""What the figures of earlier seconds count for beside the newest."""
ASSUMED_OPERATIONS: Final = 4
ASSUMED_SECONDS: Final = 0.001
"""What is reckoned with before anything is known, so that a slow first operation is not taken for the rule."""

logger = logging.getLogger(__name__)


class Load:
    """The operations in hand, and the processor's time that each of them takes, with the waiting for it.

    Of operations that take 30 ms each, the 168th at once is refused where the deadline is 10 s.
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
        """The processor's time up to which `_used` is reckoned."""
        self._used = 0.0
        self._ended = 0
        self._reckoned_at = now()
        self._mean_used = self._mean_ended = 0.0
        self._each = ASSUMED_SECONDS

    async def begin(self) -> None:
        """Wait for the operation's turn; `end` must follow. Raises `Overloaded` if its turn would come too late."""
        in_hand = self._in_flight + len(self._waiting)
        wait = in_hand * self._each
        if wait > self._most:
            raise self._overloaded(in_hand, wait)
        if self._waiting or self._begun_in_turn >= MOST_IN_A_TURN:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        else:
            self._count_in_turn(1)
        if not self._in_flight:
            # What the process does while no operation is in flight is not theirs.
            self._mark = self._processor()
            if self._now() - self._reckoned_at >= 1:
                self._waited_before = self._waited()
        self._in_flight += 1

    def end(self) -> None:
        """It has ended, well or not."""
        self._in_flight -= 1
        self._ended += 1
        now = self._now()
        is_due = now - self._reckoned_at >= 1
        if is_due or not self._in_flight:
            processor = self._processor()
            self._used += processor - self._mark
            self._mark = processor
        if is_due:
            self._reckoned_at = now
            self._reckon()

    def _count_in_turn(self, count: int) -> None:
        if not self._begun_in_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._begun_in_turn += count

    def _next_turn(self) -> None:
        """Let those who waited longest begin; their callbacks run in the turn after this one."""
        self._begun_in_turn = woken = 0
        while self._waiting and woken < MOST_IN_A_TURN:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                woken += 1
        if woken:
            self._count_in_turn(woken)

    def _reckon(self) -> None:
        # Reading it costs more than the processor's time, so it is read once a second.
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
