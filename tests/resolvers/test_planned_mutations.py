"""A planned mutation responds as graphql-core does, is called once whatever happens afterwards, and stores the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    VariableValues,
    get_named_type,
    is_leaf_type,
    print_ast,
    value_to_literal,
)

from dynamo.settings import TableSettings
from execution.executor import Policy
from execution.plans import planner
from execution.plans.plan import Plan
from execution.settings import Limits
from resolvers.scopes import Scope
from resolvers.settings import SelfService
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.faults.changes import ADA, CHANGES, KEY_ID, LATER, Change, make, populate
from tests.interop.raw import Item, RawTable
from tests.plans import noted_plans
from tests.resolvers.people import key_with, sign_up
from tests.resolvers.recorded import restore, with_key
from tests.resolvers.test_what_is_recorded import NOTHING
from tests.schema import walk

WIDE = Limits(_env_file=None, max_cost=10**9, max_depth=100)
TOO_LONG = "x" * 5000
SESSION = (
    "mutation($user: UserBy!) "
    "{ createSession(input: {user: $user}) { session { user { accounts { nodes { id } } } } } }"
)
BRIEF = "{ __typename userErrors { code message path } }"
REFUSED: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("updateUser", {"by": {"userId": "nobody"}, "name": "Nobody"}),
    ("updateUser", {"by": {"userId": "ada"}, "name": TOO_LONG}),
    ("updateUser", {"by": {"userId": TOO_LONG}, "name": "Ada"}),
    ("updateUser", {"by": {"userId": "ada"}, "attributes": {"pk": 1}}),
    ("updateUser", {"by": {"userId": "ada"}, "email": 7}),
    ("updateUser", {"by": {"userId": "ada", "email": "ada@example.com"}}),
    ("updateUser", {"name": "Ada"}),
    ("updateSession", {"by": {"sessionToken": "s1"}, "expires": "2001-01-01T00:00:00Z"}),
    ("updateSession", {"by": {"sessionToken": "s1"}, "expires": "tomorrow"}),
    ("registerUser", ADA),
    ("createUsers", {"users": [{"userId": "bob"}, {"userId": "ada"}, {"userId": TOO_LONG}]}),
)
"""Inputs that are not accepted, each in a way of its own."""


def whole(type_: GraphQLOutputType, depth: int = 5) -> str:
    """Every field below a type that needs no argument."""
    named = get_named_type(type_)
    assert isinstance(named, GraphQLObjectType)
    below = []
    for name, field in named.fields.items():
        if is_leaf_type(get_named_type(field.type)):
            below.append(name)
        elif isinstance(get_named_type(field.type), GraphQLObjectType) and depth:
            below.append(f"{name} {whole(field.type, depth - 1)}")
    return f"{{ __typename {' '.join(below)} }}"


def document(mutation: str, selection: str = "") -> str:
    """A mutation with everything that can be selected from its payload, or with this."""
    name = mutation[0].upper() + mutation[1:]
    selection = selection or whole(walk.roots("Mutation")[mutation].type, 2)
    return f"mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {selection} }}"


def cases() -> Iterator[tuple[str, Mapping[str, Any], Sequence[Any]]]:
    """Every mutation of the schema: what changes something, what changes nothing, what is not accepted."""
    yield from ((change.mutation, change.given, change.before) for change in CHANGES)
    yield from ((mutation, given, ()) for mutation, inputs in NOTHING.items() for given in inputs[:2])
    yield from ((mutation, given, ()) for mutation, given in REFUSED)


def alike(one: Any, other: Any) -> Any:
    """What two values have in common: in place of what differs, its type."""
    if type(one) is not type(other):
        return f"{type(one).__name__} or {type(other).__name__}"
    if isinstance(one, dict) and one.keys() == other.keys():
        return {name: alike(value, other[name]) for name, value in one.items()}
    if isinstance(one, list) and len(one) == len(other):
        return [alike(*both) for both in zip(one, other, strict=True)]
    return one if one == other else f"a {type(one).__name__}"


@pytest.fixture
def plans_at_once(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Compile plans when an operation comes for the first time. The plans that responded."""
    monkeypatch.setattr(planner, "LARGE", 0)
    return noted_plans(monkeypatch)


def both(settings: TableSettings) -> tuple[Api, Api]:
    """An API with plans, and one without."""
    return make_api(settings, Policy(WIDE)), make_api(settings, Policy(WIDE.model_copy(update={"plans": False})))


def test_the_cases_are_about_every_mutation() -> None:
    assert {mutation for mutation, _, _ in cases()} == walk.roots("Mutation").keys()


async def test_every_mutation_is_answered_and_stored_alike(
    table_settings: TableSettings, raw: RawTable, plans_at_once: list[Plan]
) -> None:
    planned, plain = both(table_settings)
    key_id = await populate(plain)
    stored = raw.everything()

    async def outcome(api: Api, mutation: str, given: Mapping[str, Any], before: Sequence[Any]) -> tuple[Any, Any]:
        restore(raw, stored)
        await make(plain, before)
        answer = await api.answer(document(mutation), {"input": given})
        # Who reads at the same time changes how many requests and units it takes.
        answer.get("extensions", {}).get("cost", {}).pop("dynamodb", None)
        return answer, sorted(raw.everything(), key=orjson.dumps)

    for mutation, given, before in cases():
        given = with_key(Change(mutation, given, ""), key_id)
        first, second = [await outcome(plain, mutation, given, before) for _ in range(2)]
        # New ids, tokens and times differ each time.
        expected = alike(first, second)
        assert alike(alike(await outcome(planned, mutation, given, before), first), expected) == expected, (
            mutation,
            given,
        )
    assert len(plans_at_once) > len(CHANGES)


@pytest.mark.parametrize("caller", ["a person", "a person for whom others act", "a program", "nobody"])
async def test_every_mutation_is_answered_and_stored_alike_for_every_caller(
    caller: str, table_settings: TableSettings, raw: RawTable, plans_at_once: list[Plan]
) -> None:
    """Also with little selected: few callers may see all of a payload, and others are refused before anything runs."""
    planned, plain = (
        make_api(table_settings, Policy(WIDE.model_copy(update={"plans": plans})), self_service=[*SelfService])
        for plans in (True, False)
    )
    await populate(plain)
    acted_for = {"user": {"userId": "ada"}, "impersonator": "support"}
    bearers = {
        "a person": ["s1"],
        "a person for whom others act": [
            (await plain.changed("createSession", "session { token }", **acted_for))["session"]["token"]
        ],
        "a program": [await key_with(plain, *(scope for scope in Scope.__members__ if scope.endswith("_WRITE")))],
        "nobody": [None],
    }[caller]
    stored = raw.everything()
    plans_at_once.clear()

    async def outcome(api: Api, text: str, given: Mapping[str, Any]) -> tuple[Any, Any]:
        restore(raw, stored)
        answer = await api.answer(text, {"input": given})
        answer.get("extensions", {}).get("cost", {}).pop("dynamodb", None)
        return answer, sorted(raw.everything(), key=orjson.dumps)

    for bearer in bearers:
        for mutation, given, before in cases():
            if KEY_ID in str(given) or before:
                continue
            for text in (document(mutation), document(mutation, BRIEF)):
                first = await outcome(plain.acting_as(bearer), text, given)
                if "data" not in first[0]:
                    # Refused before a plan is looked for.
                    continue
                expected = alike(first, await outcome(plain.acting_as(bearer), text, given))
                got = alike(await outcome(planned.acting_as(bearer), text, given), first)
                assert alike(got, expected) == expected, (mutation, given)
    assert bool(plans_at_once) is (caller != "nobody")


async def test_what_a_plan_keeps_of_a_document_is_never_changed(
    table_settings: TableSettings, raw: RawTable, plans_at_once: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Literals are read once for all requests. Here they are in fragments, beside operations and fields left out."""
    planned, plain = both(table_settings)
    key_id = await populate(plain)
    stored = raw.everything()
    kept: list[tuple[str, Any]] = []
    bind = Plan.bind

    def noted(plan: Plan, variables: VariableValues) -> Any:
        given = bind(plan, variables)
        kept.append((repr(given), given))
        return given

    async def outcome(api: Api, text: str, before: Sequence[Any]) -> tuple[Any, Any]:
        restore(raw, stored)
        await make(plain, before)
        answer = orjson.loads((await api.send(text, {"yes": True}, operation_name="It")).body)
        answer["extensions"]["cost"].pop("dynamodb")
        return answer, sorted(raw.everything(), key=orjson.dumps)

    monkeypatch.setattr(Plan, "bind", noted)
    for change in CHANGES:
        literal = value_to_literal(with_key(change, key_id), walk.roots("Mutation")[change.mutation].args["input"].type)
        assert literal is not None
        field = f"it: {change.mutation}(input: {print_ast(literal)})"
        text = (
            "query Other { __typename } mutation It($yes: Boolean!, $no: Boolean = false) "
            '{ ...Fields left: deleteUser(input: {by: {userId: "ada"}}) @include(if: $no) { __typename } } '
            f"fragment Fields on Mutation {{ ... @skip(if: $no) {{ {field} @include(if: $yes) {BRIEF} }} "
            f"{field} {{ {change.selection or '__typename'} }} }}"
        )
        first, second = [await outcome(plain, text, change.before) for _ in range(2)]
        expected = alike(first, second)
        for _ in range(2):
            assert alike(alike(await outcome(planned, text, change.before), first), expected) == expected, change
    assert len(plans_at_once) >= 2 * len(CHANGES)
    assert [before for before, _ in kept] == [repr(given) for _, given in kept]


@pytest.mark.parametrize("operation", ["Query", "GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"])
async def test_a_mutation_is_called_once_whatever_fails(
    operation: str,
    table_settings: TableSettings,
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    raw: RawTable,
    plans_at_once: list[Plan],
) -> None:
    key_id = await populate(make_api(table_settings))
    stored = raw.everything()

    async def outcome(api: Api, change: Change) -> tuple[Any, Sequence[Item], int]:
        restore(raw, stored)
        await make(make_api(table_settings), change.before)
        proxy.reset()
        proxy.fail_next(operation, "ValidationException", times=100)
        answer = await api.answer(document(change.mutation), {"input": with_key(change, key_id)})
        answer.get("extensions", {}).get("cost", {}).pop("dynamodb", None)
        writes = sum(name in ("TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem") for name in proxy.operations)
        return answer, sorted(raw.everything(), key=orjson.dumps), writes

    planned, plain = both(proxied_settings)
    for change in CHANGES:
        first, second = [await outcome(plain, change) for _ in range(2)]
        expected = alike(first, second)
        assert alike(alike(await outcome(planned, change), first), expected) == expected, change


async def test_a_payload_that_cannot_be_read_does_not_repeat_its_mutation(
    table_settings: TableSettings,
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    raw: RawTable,
    plans_at_once: list[Plan],
) -> None:
    await populate(make_api(table_settings))
    sessions = len([item for item in raw.items() if item["sk"]["S"].startswith("SESSION#")])
    plans_at_once.clear()
    proxy.fail_next("Query", "ValidationException", times=100)
    answer = await both(proxied_settings)[0].answer(SESSION, {"user": {"userId": "ada"}})
    (error,) = answer["errors"]
    assert error["path"] == ["createSession", "session", "user", "accounts"]
    assert plans_at_once == []
    assert len([item for item in raw.items() if item["sk"]["S"].startswith("SESSION#")]) == sessions + 1
    # It is charged once too.
    proxy.fail_next("Query", "ValidationException", times=100)
    plain = await both(proxied_settings)[1].answer(SESSION, {"user": {"userId": "ada"}})
    assert answer["extensions"]["cost"]["actual"] == plain["extensions"]["cost"]["actual"]


async def test_several_mutations_are_left_to_graphql_core(api: Api, plans_at_once: list[Plan]) -> None:
    await sign_up(api, "ada")
    change = 'updateUser(input: {by: {userId: "ada"}, name: "Ada"}) { user { name } }'
    plans_at_once.clear()
    await api.data(f"mutation {{ a: {change} b: {change} }}")
    assert plans_at_once == []
    await api.data(f"mutation {{ __typename a: {change} }}")
    assert len(plans_at_once) == 1


async def test_the_error_of_a_mutation_is_no_failure_of_its_plan(
    table_settings: TableSettings,
    proxied_settings: TableSettings,
    proxy: CountingProxy,
    plans_at_once: list[Plan],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await populate(make_api(table_settings))
    proxy.fail_next("UpdateItem", "ValidationException", times=100)
    update = {"by": {"sessionToken": "s1"}, "expires": LATER}
    answer = await both(proxied_settings)[0].answer(document("updateSession"), {"input": update})
    assert answer["errors"][0]["path"] == ["it"]
    assert "plan" not in caplog.text
