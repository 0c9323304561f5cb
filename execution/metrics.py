"""The metrics of all requests of a process. `docs/observability.md` has a table of them, made from their descriptions.

No label contains what a client sent, so no secret gets in, and clients cannot create any number of series.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from dynamo import metrics as dynamodb
from dynamo.metrics import SECONDS, Counter, Gauge, Histogram, Metric, Values

OPERATIONS: Final = Counter(
    "authgraph_operations_total",
    "operations answered, by type and by the code of their first error: `OK` without one, `CANCELLED` if the client "
    "did not wait",
    "type",
    "code",
)
OPERATION_SECONDS: Final = Histogram(
    "authgraph_operation_seconds", "time from the parsed request to the response", "type", bounds=SECONDS
)
DYNAMODB_SECONDS: Final = Counter(
    "authgraph_operation_dynamodb_seconds_total",
    "the part of that time in which a request to DynamoDB was under way or waited for a connection",
    "type",
)
LOOP_SECONDS: Final = Counter(
    "authgraph_operation_loop_seconds_total",
    "the rest of that time: in the event loop, executing or waiting for a turn",
    "type",
)
COST: Final = Counter("authgraph_cost_total", "maximum cost of operations, in the units of the rate limit")
ERRORS: Final = Counter(
    "authgraph_errors_total", "errors returned, by `extensions.code`, rejected requests included", "code"
)
DOCUMENTS: Final = Counter(
    "authgraph_documents_total",
    "documents of operations, by result: `hit` (parsed and validated before) or `miss`",
    "result",
)
PLANS: Final = Counter(
    "authgraph_plans_total",
    "operations executed, by result: `hit` (by a plan compiled before), `miss` (by a plan compiled now), `none` (by "
    "graphql-core)",
    "result",
)
FAILED_PLANS: Final = Counter(
    "authgraph_failed_plans_total",
    "compiled operations that failed, so that graphql-core answered, by reason: `refused` by a resolver, `table` "
    "(DynamoDB failed), `null` in a field that cannot be null, `fault` (any other error)",
    "reason",
)
CONNECTIONS: Final = Gauge("authgraph_connections", "open connections of clients")
EVICTED: Final = Counter(
    "authgraph_connections_evicted_total", "silent connections that were closed to make room for new ones"
)
LOOP_LAG: Final = Histogram(
    "authgraph_event_loop_lag_seconds",
    "how late the event loop runs what is due, measured four times a second while metrics are served",
    bounds=SECONDS,
)
LOST_LINES: Final = Counter(
    "authgraph_log_lines_lost_total", "lines of the log that standard error did not take in time"
)

METRICS: Final[tuple[Metric, ...]] = (
    OPERATIONS,
    OPERATION_SECONDS,
    DYNAMODB_SECONDS,
    LOOP_SECONDS,
    COST,
    ERRORS,
    DOCUMENTS,
    PLANS,
    FAILED_PLANS,
    *dynamodb.METRICS,
    CONNECTIONS,
    EVICTED,
    LOOP_LAG,
    LOST_LINES,
)

Snapshot = dict[str, Values]
"""The values of metrics by name."""

OK: Final = "OK"
CANCELLED: Final = "CANCELLED"


def count_errors(codes: Iterable[str]) -> None:
    """Count errors by code. There is a fixed set of codes."""
    for code in codes:
        ERRORS.add(1, code)


def count_failed_plan(reason: str) -> None:
    """Count a failed plan: `refused` by a resolver, `table`, `null` in a non-null field, or `fault`."""
    FAILED_PLANS.add(1, reason)


def count_operation(kind: str, code: str, seconds: float, waited: float, cost: int) -> None:
    """Count an operation that has ended. For `waited` seconds of its time, requests to DynamoDB were under way."""
    operations, waiting, looping, costs = _numbers_of(kind, code)
    operations[0] += 1
    waiting[0] += waited
    looping[0] += seconds - waited
    costs[0] += cost
    OPERATION_SECONDS.observe(seconds, kind)


@cache
def _numbers_of(kind: str, code: str) -> tuple[list[float], ...]:
    """What `count_operation` adds to. There is a fixed set of kinds and codes."""
    return OPERATIONS.number(kind, code), DYNAMODB_SECONDS.number(kind), LOOP_SECONDS.number(kind), COST.number()


def snapshot() -> Snapshot:
    """The values of all metrics now. It may be taken in any thread."""
    return {metric.name: {labels: [*numbers] for labels, numbers in [*metric.values.items()]} for metric in METRICS}
