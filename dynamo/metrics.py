"""Counts of what a process does, and those of its requests to DynamoDB.

Counting adds to a number, because it happens several times for each operation. Whoever serves metrics reads the numbers
when they are asked for.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from dynamo.errors import (
    ConditionFailed,
    Misconfigured,
    Throttled,
    TransactionCancelled,
    TransactionConflict,
    Unavailable,
)

Labels = tuple[str, ...]
Values = dict[Labels, list[float]]
"""By labels, the numbers of a metric: one, or those of a histogram, as `Histogram` lays them out."""


class Metric:
    """A metric under its name in Prometheus, with a description for `docs/observability.md`.

    No label may contain what a client sent, so that no secret gets in, and clients cannot create any number of series.
    """

    __slots__ = ("description", "labels", "name", "values")

    def __init__(self, name: str, description: str, *labels: str) -> None:
        self.name = name
        self.description = description
        self.labels = labels
        self.values: Values = {}


class Counter(Metric):
    """A number that only grows."""

    __slots__ = ()

    def add(self, amount: float, *labels: str) -> None:
        """Add to the number of these labels."""
        try:
            self.values[labels][0] += amount
        except KeyError:
            self.values[labels] = [amount]

    def number(self, *labels: str) -> list[float]:
        """The number of these labels, alone in a list, for code that adds to it often."""
        return self.values.setdefault(labels, [0])


class Gauge(Counter):
    """A number that grows and shrinks. That of several workers is the sum of theirs."""

    __slots__ = ()


class Histogram(Metric):
    """How many observations were at most as large as each bound.

    Its numbers are one for each bound, which counts what is above the bound before, one for what is above the last
    bound, and the sum of all observations.
    """

    __slots__ = ("bounds",)

    def __init__(self, name: str, description: str, *labels: str, bounds: Sequence[float]) -> None:
        super().__init__(name, description, *labels)
        self.bounds = tuple(bounds)

    def observe(self, amount: float, *labels: str) -> None:
        """Count an observation, such as a time in seconds."""
        numbers = self.values.get(labels)
        if numbers is None:
            numbers = self.values[labels] = [0.0] * (len(self.bounds) + 2)
        numbers[bisect_left(self.bounds, amount)] += 1
        numbers[-1] += amount


SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The bounds of every histogram of durations."""

REQUESTS: Final = Counter(
    "authgraph_dynamodb_requests_total", "requests that the process sent to DynamoDB, repetitions included", "operation"
)
REQUEST_SECONDS: Final = Histogram(
    "authgraph_dynamodb_request_seconds",
    "time from sending a request to DynamoDB until its response, or until the attempt failed",
    "operation",
    bounds=SECONDS,
)
READ_UNITS: Final = Counter(
    "authgraph_dynamodb_read_units_total", "read capacity units that DynamoDB reported", "operation"
)
WRITE_UNITS: Final = Counter(
    "authgraph_dynamodb_write_units_total", "write capacity units that DynamoDB reported", "operation"
)
RETRIES: Final = Counter("authgraph_dynamodb_retries_total", "requests to DynamoDB that were repetitions", "operation")
ERRORS: Final = Counter(
    "authgraph_dynamodb_errors_total",
    "attempts that DynamoDB did not do, by reason: `throttled`, `unprocessed` (it left a part of a batch), `conflict` "
    "(another transaction holds an item), `condition` (an item was in another state, which is usual), `unavailable` "
    "(unreachable, or late), `misconfigured` (table, index or credentials), `refused` (any other)",
    "operation",
    "reason",
)
CONNECTIONS: Final = Gauge("authgraph_dynamodb_connections", "open connections to DynamoDB")

METRICS: Final[tuple[Metric, ...]] = (
    REQUESTS,
    REQUEST_SECONDS,
    READ_UNITS,
    WRITE_UNITS,
    RETRIES,
    ERRORS,
    CONNECTIONS,
)

UNPROCESSED: Final = "unprocessed"
REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (Throttled, "throttled"),
    (TransactionConflict, "conflict"),
    (Unavailable, "unavailable"),
    (ConditionFailed, "condition"),
    (TransactionCancelled, "condition"),
    (Misconfigured, "misconfigured"),
)
"""The reason of each error of an attempt. The first that fits counts."""


def reason_of(error: Exception) -> str:
    """The label of an error of DynamoDB."""
    return next((reason for kind, reason in REASONS if isinstance(error, kind)), "refused")
