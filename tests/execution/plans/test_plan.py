"""A compiled plan responds as graphql-core does, byte for byte, for every query of the schema."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from dynamo.settings import TableSettings
from schema.build import GRAPHQL_SCHEMA
from tests.counting_proxy import CountingProxy
from tests.documents import Drawn, documents
from tests.execution.conftest import Executors, make_executors

each = settings(
    max_examples=50,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture),
)


def test_any_query_is_answered_alike_with_and_without_plans(executors: Executors, runner: asyncio.Runner) -> None:
    @each
    @given(documents(GRAPHQL_SCHEMA, executors.pool) | documents(GRAPHQL_SCHEMA, executors.pool, wrong=False))
    def hold(drawn: Drawn) -> None:
        runner.run(executors.agree(drawn))

    hold()
    # Each document was sent often enough to be planned. Plans do not respond to those that end in an error.
    assert len(executors.runs) > 20


def test_a_person_is_answered_alike(executors: Executors, runner: asyncio.Runner) -> None:
    person = executors.acting_as(executors.people[0].token)

    @settings(each, max_examples=25)
    @given(documents(GRAPHQL_SCHEMA, executors.pool))
    def hold(drawn: Drawn) -> None:
        runner.run(person.agree(drawn))

    hold()


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "Query", "Scan"])
def test_failures_of_the_table_are_told_alike(
    operation: str,
    table_settings: TableSettings,
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    runner: asyncio.Runner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executors = make_executors(proxied_settings, table_settings, runner, monkeypatch)
    proxy.fail_next(operation, "ValidationException", times=100_000)

    @settings(each, max_examples=12)
    @given(documents(GRAPHQL_SCHEMA, executors.pool, wrong=False))
    def hold(drawn: Drawn) -> None:
        runner.run(executors.agree(drawn))

    hold()


def test_conditions_with_variables_get_a_plan_each(executors: Executors, runner: asyncio.Runner) -> None:
    fields = "userId name @include(if: $name) email @skip(if: $name)"
    query = f'query($name: Boolean!) {{ user(by: {{userId: "ada"}}) {{ {fields} }} }}'
    for name in (True, False):
        runner.run(executors.agree(Drawn(query, {"name": name})))
    assert len(set(map(id, executors.runs))) == 2


def test_a_query_that_comes_once_is_not_compiled(executors: Executors, runner: asyncio.Runner) -> None:
    runner.run(executors.planned.data("{ users { nodes { id } } }"))
    assert executors.runs == []


def test_a_failed_plan_costs_what_the_operation_costs(executors: Executors, runner: asyncio.Runner) -> None:
    query = '{ user(by: {userId: "ada"}) { name } users(first: 0) { nodes { id } } }'
    runner.run(executors.agree(Drawn(query, {})))


def test_fields_that_fail_beside_others_leave_no_cancellation_behind(
    executors: Executors, runner: asyncio.Runner
) -> None:
    """A task that counts as cancelled would not be told that the end of its time has cancelled it."""
    query = '{ users(first: 1, after: "nonsense") { nodes { id } } user(by: {userId: "ada"}) { name } }'

    async def cancellations() -> int:
        for _ in range(3):
            await executors.planned.send(query)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert runner.run(cancellations()) == 0
