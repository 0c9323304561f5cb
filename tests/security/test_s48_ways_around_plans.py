"""S48: a caller who avoids the plans of large queries is charged for the time that this takes."""

from typing import Any

import orjson
import pytest

from dynamo.settings import TableSettings
from execution.executor import UNPLANNED
from execution.plans.plan import Plan
from execution.plans.planner import LARGE
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.plans import noted_plans
from tests.security.test_s47_what_was_used_is_paid_for import Paid, limited

USERS = 60
PAGE = "users(first: 100) { nodes { name accounts(first: 5) { nodes { id user { userId } } } } }"
USER = 'user(by: {userId: "user-00"})'
BELOW = USER + ' { sessions(first: 1, after: "x") { nodes { id } } }'
AROUND: dict[str, tuple[str, dict[str, Any]]] = {
    "a type beside it": (f'{{ __type(name: "Int") {{ name }} {PAGE} }}', {}),
    "the schema beside it": (f"{{ __schema {{ queryType {{ name }} }} {PAGE} }}", {}),
    "a cursor that fails below it": (f"{{ {PAGE} {BELOW} }}", {}),
    "a cursor in a variable": (
        f"query($c: String) {{ {PAGE} {BELOW.replace(chr(34) + 'x' + chr(34), '$c')} }}",
        {"c": "x"},
    ),
    "a condition that is null": (
        f"query($c: Boolean = true) {{ {PAGE} {USER} {{ name @include(if: $c) }} }}",
        {"c": None},
    ),
    "a fragment with a type": (f'query {{ ...F {PAGE} }} fragment F on Query {{ __type(name: "Int") {{ name }} }}', {}),
}


@pytest.fixture
def paid() -> Paid:
    """A rate limit that records what it charges."""
    return Paid()


@pytest.fixture
def crowd(raw: RawTable) -> None:
    """Users with two accounts each."""
    for number in range(USERS):
        name = f"user-{number:02}"
        odd_rows.user(raw, name, f"{number}@example.com")
        for at in range(2):
            odd_rows.account(raw, name, "github", f"{name}-{at}")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that ran to their end."""
    return noted_plans(monkeypatch)


@pytest.mark.parametrize("kind", AROUND)
async def test_s48_whoever_goes_around_a_plan_pays_for_every_object(
    table_settings: TableSettings, crowd: None, paid: Paid, ran: list[Plan], kind: str
) -> None:
    api = limited(table_settings, paid)
    for _ in range(3):
        paid.settled.clear()
        cost = orjson.loads((await api.send(*AROUND[kind])).body)["extensions"]["cost"]
        assert ran == []
        # Users, accounts and the users of these.
        assert cost["actual"] >= 5 * USERS
        assert sum(paid.settled) >= UNPLANNED * (5 * USERS - LARGE)
        assert cost["requested"] >= cost["actual"]


async def test_s48_a_planned_query_pays_its_price_and_no_more(
    table_settings: TableSettings, crowd: None, paid: Paid, ran: list[Plan]
) -> None:
    api = limited(table_settings, paid)
    for number in range(1, 4):
        await api.data(f"{{ {PAGE} }}")
        assert len(ran) == number
    assert paid.settled == []


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
async def test_s48_what_is_small_pays_nothing_more(
    table_settings: TableSettings, crowd: None, paid: Paid, plans: bool
) -> None:
    api = limited(table_settings, paid, plans=plans)
    await api.data("{ users(first: 40) { nodes { name } } }")
    await api.data('{ __type(name: "Scope") { enumValues { name } } users(first: 40) { nodes { name } } }')
    await api.data("{ __schema { types { name fields { name } } } }")
    await api.changed("updateUser", "user { accounts { nodes { id } } }", by={"userId": "user-00"}, name="x")
    assert paid.settled == []


async def test_s48_where_plans_are_switched_off_nobody_pays_for_that(
    table_settings: TableSettings, crowd: None, paid: Paid
) -> None:
    await limited(table_settings, paid, plans=False).data(f"{{ {PAGE} }}")
    assert paid.settled == []


async def test_s48_nor_where_there_is_no_limit(api: Api, crowd: None) -> None:
    assert await api.codes(*AROUND["a type beside it"]) == []
