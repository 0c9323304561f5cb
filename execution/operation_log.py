"""The record of each operation: one line in the log, and metrics.

It never contains the document, its variables or the caller's name, because more people read a log than the table.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from time import perf_counter
from typing import Final

from execution import metrics
from execution.analysis import Operation
from resolvers.context import Context

logger = logging.getLogger("authgraph.operations")

UNKNOWN: Final = "-"
LONGEST_NAME: Final = 64
LINE: Final = (
    "%(operation)s (%(type)s): %(code)s in %(milliseconds)s ms, cost %(cost)s, "
    "%(dynamodbRequests)s DynamoDB requests, caller %(caller)s"
)
ANONYMOUS: Final = "anonymous"


@dataclass(slots=True)
class LogEntry:
    """One operation. It is filled in step by step, so one that fails early is incomplete."""

    started: float = field(default_factory=perf_counter)
    operation: Operation | None = None
    cost: int = 0
    admitted: bool = False
    """Whether its cost was charged. Otherwise the cost is not counted in the metrics."""
    context: Context | None = None

    def close(self, codes: Sequence[str] | None) -> None:
        """Count and log the operation. `codes` are those of its errors; None if it was cancelled."""
        seconds = perf_counter() - self.started
        usage = self.context.table.usage if self.context is not None else None
        kind = self.operation.node.operation.value if self.operation is not None else UNKNOWN
        metrics.count_operation(kind, seconds, self.cost if self.admitted else 0)
        if self.context is not None:
            metrics.count_used(self.context.table.transport.take_used())
        metrics.count_errors(codes or ())
        if logger.isEnabledFor(logging.INFO):
            logger.info(
                LINE,
                {
                    "operation": self._name(),
                    "type": kind,
                    "code": "CANCELLED" if codes is None else next(iter(codes), "OK"),
                    "milliseconds": round(seconds * 1000, 1),
                    "cost": self.cost,
                    "dynamodbRequests": usage.requests if usage is not None else 0,
                    "caller": self._caller(),
                },
            )

    def _name(self) -> str:
        name = self.operation.node.name if self.operation is not None else None
        return name.value[:LONGEST_NAME] if name is not None else UNKNOWN

    def _caller(self) -> str:
        """A hash of the caller's name, the same in every process."""
        name = self.context.principal.name if self.context is not None else None
        return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() if name else ANONYMOUS


def record_refusal(code: str, reason: str, seconds: float = 0) -> None:
    """Count and log a request that was rejected before it became an operation: the same line, and the reason.

    `reason` is a sentence of our own. Parts of the request in it must have been made harmless.
    """
    metrics.count_errors((code,))
    logger.info(
        LINE + ": %(reason)s",
        {
            "operation": UNKNOWN,
            "type": UNKNOWN,
            "code": code,
            "milliseconds": round(seconds * 1000, 1),
            "cost": 0,
            "dynamodbRequests": 0,
            "caller": ANONYMOUS,
            "reason": reason,
        },
    )
