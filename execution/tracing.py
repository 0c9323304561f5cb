"""What an operation tells whoever records traces. `commands/tracing.py` does, with OpenTelemetry.

While an operation runs, only times are noted, and only of those that are recorded. Spans are made of them at its end.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from dynamo.usage import Attempt
from execution.trace_context import TraceContext

PREPARE: Final = "graphql.prepare"
"""The document is found among those kept, or parsed, validated and analysed."""
AUTHORIZE: Final = "graphql.authorize"
"""The caller is found, and the rate limit asked."""
EXECUTE: Final = "graphql.execute"
"""The fields are checked and executed, and the response is written."""


class Phase(NamedTuple):
    """A part of an operation, and when it ended, in seconds of `perf_counter`. It began when the part before ended."""

    name: str
    ended: float


class TracedOperation(NamedTuple):
    """An operation that has ended. Times are in seconds of `perf_counter`."""

    trace: TraceContext
    type: str | None
    name: str | None
    code: str
    """That of its first error, `OK` or `CANCELLED`."""
    cost: int
    began: float
    ended: float
    phases: Sequence[Phase]
    attempts: Sequence[Attempt]
    """Its requests to DynamoDB, those included that it shared with other operations."""


class Tracer(Protocol):
    """Decides which operations are recorded, and records them."""

    def begin(self, parent: TraceContext | None) -> TraceContext:
        """The trace of a request. `parent` is what its headers say."""

    def record(self, operation: TracedOperation) -> None:
        """Record an operation. It never waits for whoever receives traces, and raises nothing."""
