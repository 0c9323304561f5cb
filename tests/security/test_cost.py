"""The maximum cost of an operation is known before it runs, and is never less than its actual cost."""

import asyncio
from typing import Any

import orjson
import pytest
from graphql import GraphQLField, get_named_type, is_composite_type
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dynamo.settings import TableSettings
from execution.executor import Policy
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA
from schema.fields import FREE, declared
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.documents import Drawn, documents
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import Person, passkey, sign_up

WIDE = Limits(
    _env_file=None,
    max_aliases=10**6,
    max_root_fields=10**6,
    max_directives=10**6,
    max_depth=100,
    max_cost=10**12,
    max_tokens=10**5,
)
SMALL_BUDGET = 150
REFUSED = {"cost": {"requested": 0, "actual": 0}}
"""What an operation costs that is rejected before it runs, as one is whose variables do not fit."""
PASSKEY = "cGFzc2tleQ=="
NULL_FOR_PROGRAMS = [GRAPHQL_SCHEMA.query_type.fields["viewer"]]  # type: ignore[union-attr]

each = settings(
    max_examples=60,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow,),
)


def policy(**limits: Any) -> Policy:
    """Wide limits, except for these."""
    return Policy(WIDE.model_copy(update=limits))


@pytest.fixture
def pool(table_settings: TableSettings, raw: RawTable, runner: asyncio.Runner) -> dict[str, list[Any]]:
    """What the table contains, by the arguments that select it. Lists are long enough to cost something."""
    for number in range(40):
        odd_rows.user(raw, f"user-{number}", f"{number}@example.com")
    return runner.run(_fill(make_api(table_settings)))


async def _fill(api: Api) -> dict[str, list[Any]]:
    people = [await sign_up(api, name) for name in ("ada", "bob", "cyd")]
    ids = [one for person in people for one in (person.id, person.account_id, person.session_id)]
    ids.append(await passkey(api, people[0], PASSKEY))
    for _ in range(6):
        await api.changed("createSession", "session { id }", user={"userId": "ada"})
    return {
        "id": ids,
        "ids": ids,
        "userId": ["ada", "bob"],
        "email": [person.email for person in people],
        "provider": ["github"],
        "providerAccountId": [person.provider_account_id for person in people],
        "sessionToken": [person.token for person in people],
        "credentialId": [PASSKEY],
        "first": [1, 2, 3, 50, 100],
        "user": ["ada", "bob", people[0].id],
    }


def is_list_or_leads_to_one(field: GraphQLField) -> bool:
    """Whether a field does not hide the cost of others: such fields cost a hundred, or are null here."""
    return declared(field).cost.size == 1 and field not in NULL_FOR_PROGRAMS


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
def test_s13_no_operation_costs_more_than_was_requested(
    table_settings: TableSettings, runner: asyncio.Runner, pool: dict[str, list[Any]], plans: bool
) -> None:
    api = make_api(table_settings, policy(plans=plans))
    paid = 0

    anything = documents(GRAPHQL_SCHEMA, pool, wrong=False)
    lists = documents(GRAPHQL_SCHEMA, pool, wrong=False, allows=is_list_or_leads_to_one)

    @settings(each, max_examples=120)
    @given(st.one_of(anything, lists, lists))
    def hold(drawn: Drawn) -> None:
        nonlocal paid
        for _ in range(3 if plans else 1):
            answer = runner.run(api.answer(drawn.text, drawn.variables))
            cost = answer.get("extensions", REFUSED)["cost"]
            assert cost["requested"] >= cost["actual"], drawn
            paid += cost["actual"] > 5

    hold()
    assert paid > 5


DECLARATIONS = ("Int", "Int!", "Int = 1", "Int! = 1", "Int = null")
LEFT_OUT = object()


@st.composite
def pages_within_pages(draw: st.DrawFn) -> Drawn:
    """Lists in lists, three levels deep, whose sizes are variables: with a value, null, or omitted."""
    declared: list[str] = []
    variables: dict[str, Any] = {}

    def size() -> str:
        name, declaration = f"n{len(declared)}", draw(st.sampled_from(DECLARATIONS))
        sent = draw(st.sampled_from((1, 3, 100, None, LEFT_OUT)))
        if "!" in declaration and (sent is None or (sent is LEFT_OUT and "=" not in declaration)):
            sent = 2
        declared.append(f"${name}: {declaration}")
        if sent is not LEFT_OUT:
            variables[name] = sent
        return f"first: ${name}"

    def pages(depth: int) -> str:
        below = f"user {{ {pages(depth - 1)} }}" if depth else "id"
        return f"{draw(st.sampled_from(('accounts', 'sessions')))}({size()}) {{ nodes {{ id {below} }} }}"

    text = f"users({size()}) {{ nodes {{ id {pages(1)} }} }}"
    return Drawn(f"query({', '.join(declared)}) {{ {text} }}", variables)


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
def test_s13_pages_of_any_size_cost_no_more_than_was_requested(
    table_settings: TableSettings, runner: asyncio.Runner, pool: dict[str, list[Any]], plans: bool
) -> None:
    api = make_api(table_settings, policy(plans=plans))
    paid = 0

    @each
    @given(pages_within_pages())
    def hold(drawn: Drawn) -> None:
        nonlocal paid
        cost = runner.run(api.answer(drawn.text, drawn.variables))["extensions"]["cost"]
        assert cost["requested"] >= cost["actual"], drawn
        paid += cost["actual"] > 40

    hold()
    assert paid > 20


def test_s13_no_change_costs_more_than_was_requested(
    table_settings: TableSettings, runner: asyncio.Runner, pool: dict[str, list[Any]]
) -> None:
    api = make_api(table_settings, policy())

    @settings(each, max_examples=30)
    @given(documents(GRAPHQL_SCHEMA, pool, mutations=True))
    def hold(drawn: Drawn) -> None:
        answer = runner.run(api.answer(drawn.text, drawn.variables))
        cost = answer.get("extensions", REFUSED)["cost"]
        assert cost["requested"] >= cost["actual"], drawn

    hold()


def test_s13_over_budget_nothing_is_executed(
    proxied_settings: TableSettings, proxy: CountingProxy, runner: asyncio.Runner, pool: dict[str, list[Any]]
) -> None:
    api = make_api(proxied_settings, policy(max_cost=SMALL_BUDGET))
    refused = 0

    @each
    @given(documents(GRAPHQL_SCHEMA, pool))
    def hold(drawn: Drawn) -> None:
        nonlocal refused
        proxy.reset()
        answer = runner.run(api.answer(drawn.text, drawn.variables))
        if "COST_EXCEEDED" in [error["extensions"]["code"] for error in answer.get("errors", ())]:
            refused += 1
            assert "data" not in answer
            assert proxy.total == 0
        elif "extensions" in answer:
            assert answer["extensions"]["cost"]["requested"] <= SMALL_BUDGET

    hold()
    assert refused > 3


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ caller { kind rateLimit { limit } } }", {}, 1),
        ('{ user(by: {userId: "ada"}) { id name } }', {}, 1),
        ('{ user(by: {userId: "ada"}) { accounts { nodes { user { id } } } } }', {}, 1 + 50 * 2),
        ("{ users(first: 10) { nodes { id } edges { node { id } } } }", {}, 10),
        ("{ users(first: 10) { nodes { accounts(first: 5) { nodes { id } } } } }", {}, 10 + 10 * 5),
        ('{ user(by: {userId: "ada"}) { authenticators { nodes { id } } } }', {}, 1 + 50),
        ("query($n: Int!) { users(first: $n) { nodes { id } } }", {"n": 7}, 7),
        ("query($n: Int!) { users(first: $n) { nodes { id } } }", {"n": 7.0}, 7),
        ("query($n: Int! = 80) { users(first: $n) { nodes { id } } }", {}, 80),
        ("query($n: Int! = 80) { users(first: $n) { nodes { id } } }", {"n": 3}, 3),
        ("query($n: Int) { users(first: $n) { nodes { id } } }", {}, 50),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 3),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 9}, 9),
        ('query($ids: [ID!]! = ["a", "b"]) { nodes(ids: $ids) { id } }', {}, 2),
        ('query($a: ID!) { nodes(ids: [$a, $a, "b"]) { id } }', {"a": "a"}, 3),
        ("{ a: caller { kind } b: caller { kind } ...F } fragment F on Query { c: caller { kind } }", {}, 3),
    ],
)
async def test_s13_the_cost_is_what_the_fields_say(
    api: Api, document: str, variables: dict[str, Any], cost: int
) -> None:
    answer = await api.answer(document, variables)
    assert answer["extensions"]["cost"]["requested"] == cost


async def test_s13_the_answer_states_both_costs_and_what_dynamodb_really_did(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    answer = await counted_api.answer('{ user(by: {userId: "ada"}) { accounts(first: 20) { nodes { provider } } } }')
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (21, 2)
    assert cost["dynamodb"]["requests"] == proxy.total == 2
    assert cost["dynamodb"]["readUnits"] > 0
    assert cost["dynamodb"]["writeUnits"] == 0


async def test_s13_a_change_states_what_it_wrote(counted_api: Api, proxy: CountingProxy) -> None:
    answer = await counted_api.answer('mutation { createUser(input: {name: "Ada"}) { user { id } } }')
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["actual"]) == (10, 10)
    assert cost["dynamodb"]["requests"] == proxy.total
    assert cost["dynamodb"]["writeUnits"] > 0


def test_s13_every_field_that_reads_or_changes_has_a_cost_and_its_description_says_so() -> None:
    roots = [*GRAPHQL_SCHEMA.query_type.fields.values(), *GRAPHQL_SCHEMA.mutation_type.fields.values()]  # type: ignore[union-attr]
    assert [field for field in roots if declared(field).cost.weight == 0] == []
    user = GRAPHQL_SCHEMA.type_map["User"].fields  # type: ignore[attr-defined]
    children = [field for field in user.values() if field.args or is_composite_type(get_named_type(field.type))]
    for field in [*roots, *(field for field in children if declared(field).cost is not FREE)]:
        assert "Costs " in (field.description or "")


async def test_s13_the_default_budget_lets_an_administrator_ask_for_a_hundred_users_with_all_of_theirs(
    api: Api,
) -> None:
    document = """{ users(first: 100) { nodes {
      accounts(first: 50) { nodes { provider } } sessions(first: 50) { nodes { expires } } } } }"""
    assert (await api.answer(document))["extensions"]["cost"]["requested"] == 100 + 100 * (50 + 50)


async def test_s13_a_budget_is_for_the_whole_operation(counted_api: Api, proxy: CountingProxy) -> None:
    page = "users(first: 100) { nodes { accounts(first: 100) { nodes { id } } } }"
    assert await counted_api.codes(f"{{ a: {page} b: {page} }}") == ["COST_EXCEEDED"]
    assert proxy.total == 0


# S14


@pytest.mark.parametrize("first", [-1, 0, 101, 2**31 - 1])
@pytest.mark.parametrize(
    "document",
    [
        "query($n: Int!) { users(first: $n) { nodes { id } } }",
        "query($n: Int!) { apiKeys(first: $n) { nodes { id } } }",
        'query($n: Int!) { user(by: {userId: "ada"}) { accounts(first: $n) { nodes { id } } } }',
        'query($n: Int!) { user(by: {userId: "ada"}) { sessions(first: $n) { nodes { id } } } }',
    ],
)
async def test_s14_a_page_size_outside_1_to_100_is_an_error(
    table_settings: TableSettings, ada: Person, document: str, first: int
) -> None:
    api = make_api(table_settings, policy())
    assert await api.codes(document, {"n": first}) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", [1, 100])
async def test_s14_the_page_sizes_at_the_edges_are_taken(api: Api, first: int) -> None:
    await api.data("query($n: Int!) { users(first: $n) { nodes { id } } }", {"n": first})


async def test_s14_without_a_page_size_there_are_50(api: Api, raw: RawTable) -> None:
    for number in range(51):
        odd_rows.user(raw, f"user-{number:02}", f"{number}@example.com")
    data = await api.data("{ users { nodes { id } pageInfo { hasNextPage } } }")
    assert (len(data["users"]["nodes"]), data["users"]["pageInfo"]["hasNextPage"]) == (50, True)


async def test_s14_nodes_takes_a_hundred_ids_and_no_more(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await counted_api.answer(document, {"ids": [ada.id] * 100})
    assert len(answer["data"]["nodes"]) == 100
    assert answer["extensions"]["cost"]["requested"] == 100
    proxy.reset()
    outcome = await counted_api.send(document, {"ids": [ada.id] * 101})
    assert [error["extensions"]["code"] for error in orjson.loads(outcome.body)["errors"]] == ["BAD_USER_INPUT"]
    assert proxy.total == 0
