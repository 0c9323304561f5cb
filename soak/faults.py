"""A proxy that fails a share of all requests, in every way it knows, for as long as it is told to."""

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
"""DynamoDB's errors that say "once more". The others would be lies about the table or the caller."""
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
"""Every fault that any request can meet. The late ones, which arrive when another attempt has been made, come twice."""


class FaultyProxy(CountingProxy):
    """Plays a fault on a share of the requests; keeps none of them."""

    def __init__(self, upstream_url: str, seed: int) -> None:
        super().__init__(upstream_url)
        self._random = Random(f"faults {seed}")
        self.share = 0.0
        """Of all requests, between 0 and 1; may be changed at any time."""
        self.injected: Counter[str] = Counter()
        """How many faults of each kind were played."""

    def _note(self, request: Request) -> None:
        """A soak has no room for all of them."""

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
