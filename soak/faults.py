"""A proxy that lets a fraction of all requests fail, in every way it knows."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from dynamo.aws_error_codes import MEANINGS, Meaning
from tests.counting_proxy import (
    Answer,
    CountingProxy,
    Damage,
    Delay,
    Drop,
    Error,
    Fault,
    Ghost,
    Page,
    Request,
    Stall,
    Swallow,
    Truncate,
    Unprocessed,
)

PASSING: Final = (Meaning.CONFLICT, Meaning.IN_PROGRESS, Meaning.THROTTLED, Meaning.RETRY)
ERRORS: Final = sorted(name for name, meaning in MEANINGS.items() if meaning in PASSING)
"""DynamoDB's errors that ask for a retry. The others would be false statements about the table or the caller."""
LONGEST_DELAY_SECONDS: Final = 1.5

KINDS: Final[tuple[Callable[[Random], Fault], ...]] = (
    lambda random: Error(random.choice(ERRORS)),
    lambda random: Error(random.choice(ERRORS)),
    lambda _: Drop(answered=False),
    lambda _: Drop(answered=True),
    lambda _: Truncate(),
    lambda _: Damage(),
    lambda _: Stall(),
    lambda _: Swallow(),
    lambda _: Answer({}),
    lambda random: Page(random.choice((200, 403, 502, 503))),
    lambda random: Delay(random.uniform(0.01, 0.2)),
    lambda random: Delay(random.uniform(0.2, LONGEST_DELAY_SECONDS)),
    lambda _: Ghost(),
    lambda _: Ghost(),
)
"""Every fault that any request can meet. Late requests, which arrive after another attempt, are listed twice."""


class FaultyProxy(CountingProxy):
    """Plays a fault on a fraction of the requests, and records no requests."""

    def __init__(self, upstream_url: str, seed: int) -> None:
        super().__init__(upstream_url)
        self._random = Random(f"faults {seed}")
        self.share = 0.0
        """The fraction of requests that meet a fault, from 0 to 1. It may be changed at any time."""
        self.injected: Counter[str] = Counter()
        """How many faults of each kind were played."""

    def _note(self, request: Request) -> None:
        """Do not record the request: a soak has too many."""

    def _next_fault(self, operation: str, payload: bytes) -> Fault | None:
        planned = super()._next_fault(operation, payload)
        if planned is not None or self._random.random() >= self.share:
            return planned
        fault = self._drawn(operation)
        self.injected[type(fault).__name__] += 1
        return fault

    def _drawn(self, operation: str) -> Fault:
        if operation == "BatchGetItem" and self._random.random() < 0.3:
            return Unprocessed(self._random.randint(1, 3))
        return self._random.choice(KINDS)(self._random)
