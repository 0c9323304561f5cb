"""What the metrics count of operations and of their requests to DynamoDB."""

import pytest

from dynamo.settings import TableSettings
from execution.metrics import snapshot
from tests.api import make_api
from tests.counting_proxy import CountingProxy
from tests.metrics import metric_value

FIND = 'query Counted { user(by: {userId: "ada"}) { id name } }'


def seconds(name: str) -> float:
    """The sum of a metric of durations."""
    return sum(numbers[-1] for numbers in snapshot()[name].values())


async def test_a_document_and_a_plan_are_hits_once_they_are_known(table_settings: TableSettings) -> None:
    api = make_api(table_settings)

    def seen() -> dict[str, float]:
        counted = [("document", "hit"), ("document", "miss"), ("plan", "hit"), ("plan", "miss"), ("plan", "none")]
        return {f"{of} {result}": metric_value(f"authgraph_{of}s_total", result=result) for of, result in counted}

    for changed in ({"document miss", "plan none"}, {"document hit", "plan miss"}, {"document hit", "plan hit"}):
        before = seen()
        await api.data(FIND)
        assert {name for name, number in seen().items() if number > before[name]} == changed
    before = seen()
    await api.send('mutation { createUser(input: {userId: "eve"}) { user { id } } }')
    assert seen()["plan none"] == before["plan none"] + 1


async def test_an_operation_is_counted_by_type_and_code_and_its_time_is_divided(table_settings: TableSettings) -> None:
    api = make_api(table_settings)
    counted = [("query", "OK"), ("-", "GRAPHQL_VALIDATION_FAILED")]
    before = [metric_value("authgraph_operations_total", type=kind, code=code) for kind, code in counted]
    times = [
        "authgraph_operation_seconds",
        "authgraph_operation_dynamodb_seconds_total",
        "authgraph_operation_loop_seconds_total",
    ]
    earlier = [seconds(name) for name in times]
    await api.data(FIND)
    await api.send("{ nobody }")
    after = [metric_value("authgraph_operations_total", type=kind, code=code) for kind, code in counted]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1]
    whole, waited, in_loop = (seconds(name) - old for name, old in zip(times, earlier, strict=True))
    assert waited > 0
    assert in_loop > 0
    assert whole == pytest.approx(waited + in_loop)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("ProvisionedThroughputExceededException", "throttled"), ("InternalServerError", "unavailable")],
)
async def test_a_request_that_is_repeated_is_counted_by_operation_and_reason(
    proxied_settings: TableSettings, proxy: CountingProxy, error: str, reason: str
) -> None:
    names = ("requests", "retries", "errors", "request_seconds")
    before = {name: of_dynamodb(name, reason) for name in names}
    proxy.fail_next("GetItem", error)
    await make_api(proxied_settings).data(FIND)
    assert {name: of_dynamodb(name, reason) - before[name] for name in names} == {
        "requests": 2,
        "retries": 1,
        "errors": 1,
        "request_seconds": 2,
    }


def of_dynamodb(name: str, reason: str) -> float:
    """What was counted of GetItem."""
    more = {"reason": reason} if name == "errors" else {}
    full = f"authgraph_dynamodb_{name}" + ("" if name.endswith("seconds") else "_total")
    return metric_value(full, operation="GetItem", **more)
