"""Metrics of all requests, for Prometheus.

No label contains what a client sent, so no secret gets in, and clients cannot create any number of series. With several
workers, counts are shared through the files of `PROMETHEUS_MULTIPROC_DIR`, which must be set before this import.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

from dynamo.usage import Usage

OPERATIONS: Final = Counter(
    "authgraph_operations", "GraphQL requests that were answered, by type of operation.", ["type"]
)
ERRORS: Final = Counter("authgraph_errors", "Errors that were answered, by `extensions.code`.", ["code"])
SECONDS: Final = Histogram(
    "authgraph_operation_seconds",
    "Time from the parsed request to the answer.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
COST: Final = Counter("authgraph_cost", "What operations could have cost at most, in the units of the rate limit.")
DYNAMODB_REQUESTS: Final = Counter("authgraph_dynamodb_requests", "Requests to DynamoDB.")
FAILED_PLANS: Final = Counter(
    "authgraph_failed_plans", "Compiled queries that failed and were executed again, by reason.", ["reason"]
)
READ_UNITS: Final = Counter("authgraph_dynamodb_read_units", "Read capacity units used.")
WRITE_UNITS: Final = Counter("authgraph_dynamodb_write_units", "Write capacity units used.")


_operations = cache(OPERATIONS.labels)
"""The counter for a type of operation. Looking it up takes longer than counting, so it is cached."""


def count_errors(codes: Iterable[str]) -> None:
    """Count errors by code. There is a fixed set of codes."""
    for code in codes:
        ERRORS.labels(code).inc()


def count_failed_plan(reason: str) -> None:
    """Count a failed plan: `refused` by a resolver, `table`, `null` in a non-null field, or `fault`."""
    FAILED_PLANS.labels(reason).inc()


def count_operation(kind: str, seconds: float, cost: int) -> None:
    """Count an operation that has ended."""
    _operations(kind).inc()
    SECONDS.observe(seconds)
    COST.inc(cost)


def count_used(usage: Usage) -> None:
    """Count what the process has consumed of DynamoDB, for operations and otherwise."""
    DYNAMODB_REQUESTS.inc(usage.requests)
    READ_UNITS.inc(usage.read_units)
    WRITE_UNITS.inc(usage.write_units)
