"""A response that takes long lets other requests run, in iterations that are counted here instead of timed."""

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any

import pytest
from graphql import GraphQLList, execute, get_introspection_query, get_named_type, get_nullable_type

from dynamo.settings import TableSettings
from execution.executor import MOST_REFUSED, Policy
from execution.plans import planner
from execution.plans.plan import Plan
from execution.settings import Limits
from execution.writing import write
from resolvers import loop_turns
from tests.api import Api, make_api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.schema import walk

LIMITS = Limits(_env_file=None)
USERS = 40
DEEP = """{ users(first: 40) { nodes { userId accounts(first: 100) { nodes {
  provider user { userId name authenticators { nodes { id } } } } } } } }"""
FLAT = "{ users(first: 40) { nodes { userId sessions(first: 1) { nodes { id } } } } }"


@pytest.fixture
def crowd(table_settings: TableSettings, raw: RawTable) -> TableSettings:
    """A table of users with two accounts each."""
    for number in range(USERS):
        user_id = f"user-{number:02}"
        odd_rows.user(raw, user_id, f"{number}@example.com")
        for provider in ("github", "google"):
            odd_rows.account(raw, user_id, provider, f"{provider}-{number}")
    return table_settings


def api_with(settings: TableSettings, *, plans: bool) -> Api:
    return make_api(settings, Policy(LIMITS.model_copy(update={"plans": plans, "max_cost": 10**6})))


async def rounds_during(work: Awaitable[Any]) -> int:
    """How many iterations of the event loop other requests had in the meantime."""
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    try:
        await work
    finally:
        counting.cancel()
    return rounds


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s48_others_have_their_turn_whenever_a_slice_is_over(
    crowd: TableSettings, plans: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = api_with(crowd, plans=plans)
    await api.data(DEEP)
    shared = 0
    share = loop_turns.Turn.share

    async def noted(self: loop_turns.Turn) -> None:
        nonlocal shared
        shared += self.over()
        await share(self)

    monkeypatch.setattr(loop_turns.Turn, "share", noted)
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", -1)
    rounds = await rounds_during(api.data(DEEP))
    # A time slice without length ends at once: at every list and, with a plan, at every object.
    assert shared >= 3 * USERS
    assert rounds >= shared


async def test_s48_a_slice_that_is_not_over_costs_no_round(
    crowd: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", 3600)
    taking = loop_turns.Turn(loop_turns.Turns())
    assert await rounds_during(taking.share()) == 0
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", -1)
    assert await rounds_during(loop_turns.Turn(loop_turns.Turns()).share()) > 0


async def test_s48_whoever_has_waited_begins_a_new_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise every response of DynamoDB would cost another turn, and waiting lookups would not be read together."""
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", -1)
    taking = loop_turns.Turn(loop_turns.Turns())
    assert taking.over()
    await asyncio.sleep(0)
    assert not taking.over()
    assert taking.over()


async def test_s48_answers_that_take_long_go_on_one_in_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of them at the same time block the event loop no longer than one."""
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", -1)
    turns = loop_turns.Turns()
    begun: list[int] = []
    now = 0

    async def clock() -> None:
        nonlocal now
        while True:
            now += 1
            await asyncio.sleep(0)

    async def answer() -> None:
        mine = loop_turns.Turn(turns)
        for _ in range(3):
            await mine.share()
            begun.append(now)

    ticking = asyncio.ensure_future(clock())
    await asyncio.gather(*(answer() for _ in range(10)))
    ticking.cancel()
    assert len(begun) == len(set(begun)) == 30


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s48_errors_take_turns_too(crowd: TableSettings, plans: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    api = api_with(crowd, plans=plans)
    users = (await api.data(f"{{ users(first: {USERS}) {{ nodes {{ id }} }} }}"))["users"]["nodes"]
    monkeypatch.setattr(loop_turns, "SLICE_SECONDS", -1)
    page = 'accounts(first: 100, after: "x") { nodes { id } }'
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on User {{ {page} }} }} }}"

    async def refused() -> None:
        assert await api.codes(document, {"ids": [user["id"] for user in users]}) == ["INVALID_CURSOR"] * USERS

    assert await rounds_during(refused()) >= USERS


async def test_s48_what_may_be_large_is_planned_at_once(crowd: TableSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Plan] = []
    run = Plan.run

    async def noted(plan: Plan, *arguments: Any) -> Any:
        ran.append(plan)
        return await run(plan, *arguments)

    monkeypatch.setattr(Plan, "run", noted)
    api = api_with(crowd, plans=True)
    await api.data(f"{{ users(first: {planner.LARGE - 1}) {{ nodes {{ id }} }} }}")
    assert len(ran) == 0
    await api.data(f"{{ users(first: {planner.LARGE}) {{ nodes {{ id }} }} }}")
    assert len(ran) == 1
    many = " ".join(f"name @include(if: $c{number})" for number in range(9))
    declared = ", ".join(f"$c{number}: Boolean!" for number in range(9))
    document = f"query({declared}) {{ users(first: {planner.LARGE}) {{ nodes {{ id {many} }} }} }}"
    for number in range(12):
        await api.answer(document, {f"c{place}": place == number for place in range(9)})
    assert len(ran) == 13, "however many conditions there are"
    await api.data(f"{{ users(first: {planner.LARGE}) {{ nodes {{ id }} }} }} #{'x' * 20_000}")
    assert len(ran) == 14, "however long the document is"


async def test_s48_the_schema_alone_is_shown_from_another_thread(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def noted(*arguments: Any, **named: Any) -> Any:
        threads.append(threading.get_ident())
        return execute(*arguments, **named)

    monkeypatch.setattr("execution.executor.execute", noted)
    await api.data(get_introspection_query())
    await api.data("{ caller { kind } }")
    assert threads[0] != threading.get_ident() == threads[1]


async def test_s48_a_long_answer_without_a_plan_is_written_in_another_thread(
    crowd: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(*arguments: Any) -> bytes:
        threads.append(threading.get_ident())
        return write(*arguments)

    monkeypatch.setattr("execution.executor.write", noted)
    api = api_with(crowd, plans=False)
    await api.data(DEEP)
    await api.data(FLAT)
    assert threads[0] != threading.get_ident() == threads[1]


LISTS_OF_TEXTS = [
    (mutation, name)
    for mutation, field in walk.roots("Mutation").items()
    for name, given in walk.fields_of(field.args["input"].type).items()
    if isinstance(get_nullable_type(given.type), GraphQLList) and get_named_type(given.type).name == "String"
]


@pytest.mark.parametrize(("mutation", "name"), LISTS_OF_TEXTS)
async def test_s48_a_thousand_texts_that_are_too_long_are_not_told_one_by_one(
    api: Api, mutation: str, name: str
) -> None:
    """Each would be an object of the response, which graphql-core makes without a pause, for each of many mutations."""
    input_ = walk.sample(walk.roots("Mutation")[mutation].args["input"].type) | {name: ["x" * 9000] * 1000}
    payload = await api.change(mutation, "__typename", **input_)
    assert len(payload["userErrors"]) == MOST_REFUSED
    assert {tuple(error["path"][:1]) for error in payload["userErrors"]} == {(name,)}
