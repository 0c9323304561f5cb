"""How much work is in hand, reckoned in seconds of the processor."""

import logging
import time
from collections.abc import Callable
from math import ceil
from typing import Final

from web.errors import Overloaded

SHARE: Final = 0.5
"""Of the deadline, what is in hand may take so much: the reckoning is a mean, and the machine may be shared."""
KEPT: Final = 0.7
"""What the last second's figures count for beside the newest."""
ASSUMED_OPERATIONS: Final = 10
ASSUMED_SECONDS: Final = 0.001
"""What is reckoned with before anything is known: ten operations of a millisecond, so that a slow first one is not
taken for the rule."""

logger = logging.getLogger(__name__)


class Load:
    """`with load:` around an operation raises `Overloaded` if those in flight will take most of its time.

    One that takes 30 ms of the processor is refused beside 167 others, where the deadline is 10 s.
    """

    def __init__(
        self,
        timeout_seconds: float,
        now: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._most = timeout_seconds * SHARE
        self._now = now
        self._processor = processor
        self._in_flight = 0
        self._mark = 0.0
        """The processor's time up to which `_used` is reckoned."""
        self._used = 0.0
        self._ended = 0
        self._reckoned_at = now()
        self._mean_used = self._mean_ended = 0.0
        self._each = ASSUMED_SECONDS

    def __enter__(self) -> None:
        """Begin an operation."""
        wait = self._in_flight * self._each
        if wait > self._most:
            message = (
                f"The {self._in_flight} operations in flight will take {wait:.1f} s; beyond {self._most:g} s, half of "
                "AUTHGRAPH_TIMEOUT_SECONDS, none is begun."
            )
            logger.info("%s: %s", Overloaded.code, message)
            raise Overloaded(message, ceil(wait))
        if not self._in_flight:
            # What the process does while no operation is in flight is not theirs.
            self._mark = self._processor()
        self._in_flight += 1

    def __exit__(self, *_: object) -> None:
        """End it, and reckon anew once a second."""
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
            self._mean_used = self._mean_used * KEPT + self._used
            self._mean_ended = self._mean_ended * KEPT + self._ended
            self._used, self._ended = 0.0, 0
            assumed = ASSUMED_OPERATIONS * ASSUMED_SECONDS
            self._each = (self._mean_used + assumed) / (self._mean_ended + ASSUMED_OPERATIONS)
