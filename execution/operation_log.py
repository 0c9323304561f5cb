"""The record of each operation: one line in the log, and metrics.

It never contains the document, its variables or the caller's name, because more people read a log than the table.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from time import perf_counter, time
from typing import Any, Final

from dynamo.usage import Usage
from execution import metrics
from execution.analysis import Operation
from execution.trace_context import TraceContext
from execution.tracing import Phase, TracedOperation
from resolvers.context import Context

logger = logging.getLogger("authgraph.operations")

UNKNOWN: Final = "-"
LONGEST_NAME: Final = 64
ANONYMOUS: Final = "anonymous"
UNUSED: Final = Usage()
"""What an operation without a context has used."""


ALIKE: Final = vars(logging.LogRecord(logger.name, logging.INFO, __file__, 0, "an operation", None, None))
"""What the records of all operations have in common."""


class OperationRecord(logging.LogRecord):
    """A log record of an operation, made and formatted in a third of the time that `Logger.info` takes."""

    args: Any

    def __init__(
        self, operation: str, kind: str, code: str, seconds: float, cost: int, requests: int, caller: str
    ) -> None:
        self.__dict__ = ALIKE.copy()
        self.args = {
            "operation": operation,
            "type": kind,
            "code": code,
            "milliseconds": round(seconds * 1000, 1),
            "cost": cost,
            "dynamodbRequests": requests,
            "caller": caller,
        }
        self.created = time()

    def getMessage(self) -> str:
        """The sentence for people. The members of a line of JSON say the same."""
        of = self.args
        return (
            f"{of['operation']} ({of['type']}): {of['code']} in {of['milliseconds']} ms, cost {of['cost']}, "
            f"{of['dynamodbRequests']} DynamoDB requests, caller {of['caller']}"
        )


class RefusalRecord(OperationRecord):
    """A log record of a request that was rejected before it became an operation."""

    def __init__(self, code: str, reason: str, seconds: float) -> None:
        super().__init__(UNKNOWN, UNKNOWN, code, seconds, 0, 0, ANONYMOUS)
        self.args["reason"] = reason

    def getMessage(self) -> str:
        """The sentence for people, with the reason."""
        return f"{super().getMessage()}: {self.args['reason']}"


@dataclass(slots=True)
class LogEntry:
    """One operation. It is filled in step by step, so one that fails early is incomplete."""

    started: float = field(default_factory=perf_counter)
    operation: Operation | None = None
    cost: int = 0
    admitted: bool = False
    """Whether its cost was charged. Otherwise the cost is not counted in the metrics."""
    context: Context | None = None
    phases: list[Phase] | None = None
    """Its parts so far, if it is traced."""

    def end_phase(self, name: str) -> None:
        """Note that a part of the operation has ended."""
        if self.phases is not None:
            self.phases.append(Phase(name, perf_counter()))

    def traced(self, trace: TraceContext, codes: tuple[str, ...] | None) -> TracedOperation:
        """What a trace says of the operation, after it has ended."""
        name = self._name()
        return TracedOperation(
            trace,
            self.operation.kind if self.operation is not None else None,
            name if name != UNKNOWN else None,
            _code_of(codes),
            self.cost,
            self.started,
            perf_counter(),
            self.phases or (),
            (self.context.table.usage.attempts if self.context is not None else None) or (),
        )

    def close(self, codes: tuple[str, ...] | None) -> None:
        """Count and log the operation. `codes` are those of its errors; None if it was cancelled."""
        seconds = perf_counter() - self.started
        usage = self.context.table.usage if self.context is not None else UNUSED
        kind = self.operation.kind if self.operation is not None else UNKNOWN
        code = _code_of(codes)
        metrics.count_operation(kind, code, seconds, usage.waited, self.cost if self.admitted else 0)
        if codes:
            metrics.count_errors(codes)
        if logger.isEnabledFor(logging.INFO):
            name = self._name()
            logger.handle(OperationRecord(name, kind, code, seconds, self.cost, usage.requests, self._caller()))

    def _name(self) -> str:
        name = self.operation.name if self.operation is not None else None
        return name[:LONGEST_NAME] if name is not None else UNKNOWN

    def _caller(self) -> str:
        name = self.context.principal.name if self.context is not None else None
        return _hash(name) if name else ANONYMOUS


@lru_cache(1024)
def _hash(name: str) -> str:
    """A hash of a caller's name, the same in every process."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _code_of(codes: tuple[str, ...] | None) -> str:
    """What stands for all codes of an operation, None if it was cancelled: the first one."""
    if codes is None:
        return metrics.CANCELLED
    return codes[0] if codes else metrics.OK


def record_refusal(code: str, reason: str, seconds: float = 0) -> None:
    """Count and log a request that was rejected before it became an operation: the same line, and the reason.

    `reason` is a sentence of our own. Parts of the request in it must have been made harmless.
    """
    metrics.count_errors((code,))
    if logger.isEnabledFor(logging.INFO):
        logger.handle(RefusalRecord(code, reason, seconds))
