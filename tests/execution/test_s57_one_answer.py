"""Plan and executor respond alike wherever a variable is, whether it has a value, is null or is omitted."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)

from dynamo import directory
from dynamo.errors import DynamoError
from execution.document import RULES
from execution.plans.plan import Plan
from execution.request import Outcome
from resolvers.errors import InvalidCursor
from schema.build import GRAPHQL_SCHEMA
from tests.documents import Drawn
from tests.execution.conftest import Executors, comparable
from tests.metrics import metric_value

Given = GraphQLArgument | GraphQLInputField


class Word(str):
    """A value of an enum, which a literal has without quotes."""


SAMPLES: Mapping[str, Any] = {
    "Int": 2,
    "Boolean": True,
    "String": "text",
    "ID": "ada",
    "BigInt": 1,
    "DateTime": "2030-01-31T12:00:00.000Z",
    "UserOrderField": Word("EMAIL"),
    "OrderDirection": Word("DESC"),
}
LEFT_OUT = object()


PATHS = {
    "Query": ("{ FIELD }",),
    "User": ('{ user(by: {userId: "ada"}) { FIELD } }', "{ users(first: 2) { nodes { userId FIELD } } }"),
}
"""How to select the types whose fields have arguments."""
DIRECTIVES = {
    "at the root": "{ caller @NAME(if: %s) { kind } }",
    "on a leaf": "{ caller { kind @NAME(if: %s) scopes } }",
    "on a page": "{ users(first: 2) { nodes { userId sessions(first: 2) @NAME(if: %s) { nodes { id } } } } }",
    "on a leaf of a page": "{ users(first: 2) { nodes { userId name @NAME(if: %s) } } }",
    "on a fragment without a name": "{ caller { kind } ... @NAME(if: %s) { viewer { user { id } } } }",
    "on a fragment": "{ caller { kind ...F @NAME(if: %s) } } fragment F on Caller { scopes }",
}


def positions() -> Iterator[tuple[str, Any, str]]:
    """Every place of a query where a variable may be: its name, its type, and a document with `%s` there."""
    for parent, paths in PATHS.items():
        for field, definition in GRAPHQL_SCHEMA.type_map[parent].fields.items():  # type: ignore[attr-defined]
            leaf = " { __typename }" if is_composite_type(get_named_type(definition.type)) else ""
            for argument, place in definition.args.items():
                others = [f"{name}: {literal(one.type)}" for name, one in required(definition.args, argument)]
                for within, type_, value in _within(place, argument):
                    given = ", ".join([*others, f"{argument}: {value}"])
                    for number, path in enumerate(paths):
                        text = path.replace("FIELD", f"{field}({given}){leaf}")
                        yield f"{parent}.{field}({within}) {number}", type_, text
    for name in ("include", "skip"):
        for where, document in DIRECTIVES.items():
            boolean = GraphQLNonNull(GRAPHQL_SCHEMA.type_map["Boolean"])  # type: ignore[type-var]
            yield f"@{name} {where}", boolean, document.replace("NAME", name)


def required(places: Mapping[str, Given], but: str) -> list[tuple[str, Given]]:
    """The required places, except one."""
    return [
        (name, one)
        for name, one in places.items()
        if name != but and isinstance(one.type, GraphQLNonNull) and one.default_value is Undefined
    ]


def _within(place: Given, name: str) -> Iterator[tuple[str, Any, str]]:
    """A place itself, and the places in its list or input object."""
    yield name, place.type, "%s"
    inner: Any = place.type.of_type if isinstance(place.type, GraphQLNonNull) else place.type
    if isinstance(inner, GraphQLList):
        yield f"[{name}]", inner.of_type, "[%s]"
    if isinstance(inner, GraphQLInputObjectType):
        for member, field in inner.fields.items():
            others = [] if inner.is_one_of else required(inner.fields, member)
            for within, type_, value in _within(field, member):
                given = [*(f"{other}: {literal(one.type)}" for other, one in others), f"{member}: {value}"]
                yield f"{name}.{within}", type_, "{" + ", ".join(given) + "}"


def json_of(type_: Any) -> Any:
    """A JSON value for a place."""
    match type_:
        case GraphQLNonNull(of_type=inner):
            return json_of(inner)
        case GraphQLList(of_type=inner):
            return [json_of(inner)]
        case GraphQLInputObjectType(fields=fields, is_one_of=True):
            member = next(iter(fields))
            return {member: json_of(fields[member].type)}
        case GraphQLInputObjectType(fields=fields):
            return {member: json_of(field.type) for member, field in required(fields, "")}
    return SAMPLES[type_.name]


def literal(type_: Any) -> str:
    """The same value as a literal of a document."""
    return _written(json_of(type_))


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_written(one)}" for name, one in value.items()) + "}"
    return value if isinstance(value, Word) else orjson.dumps(value).decode()


POSITIONS = {name: place for name, *place in positions()}


def cases(type_: Any) -> Iterator[tuple[str, Any]]:
    """Declarations of a variable for a place, each with everything that may be sent. `LEFT_OUT` stands for nothing."""
    nullable = str(type_).removesuffix("!")
    value = json_of(type_)
    for declared in (f"{nullable}!", nullable):
        for default in ("", f" = {_written(value)}", " = null"):
            for sent in (value, None, LEFT_OUT):
                yield declared + default, sent


def is_valid(text: str) -> bool:
    return not validate(GRAPHQL_SCHEMA, parse(text), RULES)


def told(outcome: Outcome) -> Any:
    """Everything that must be equal: status, kind of error, codes, data, errors, cost."""
    return outcome.status, outcome.request_error, sorted(outcome.codes), comparable(outcome.body)


async def agree(executors: Executors, drawn: Drawn) -> Outcome:
    """Send the operation once to graphql-core and three times to the planning executor."""
    expected = await executors.plain.send(drawn.text, drawn.variables)
    for turn in range(3):
        assert told(await executors.planned.send(drawn.text, drawn.variables)) == told(expected), (turn, drawn)
    return expected


def test_s57_every_type_whose_fields_take_arguments_is_tried() -> None:
    types = [type_ for type_ in GRAPHQL_SCHEMA.type_map.values() if not type_.name.startswith("__")]
    with_arguments = {
        type_.name
        for type_ in types
        if isinstance(type_, GraphQLObjectType) and any(field.args for field in type_.fields.values())
    }
    assert with_arguments - {"Mutation"} == PATHS.keys()


@pytest.mark.parametrize("name", POSITIONS)
def test_s57_a_variable_is_taken_alike_in_every_position(
    name: str, executors: Executors, runner: asyncio.Runner
) -> None:
    type_, document = POSITIONS[name]
    tried = 0
    for declared, sent in cases(type_):
        text = f"query($x: {declared}) {document.replace('%s', '$x')}"
        if is_valid(text):
            tried += 1
            runner.run(agree(executors, Drawn(text, {} if sent is LEFT_OUT else {"x": sent})))
    assert tried >= 3


def test_s57_a_person_who_may_not_is_refused_alike_every_time(executors: Executors, runner: asyncio.Runner) -> None:
    person = executors.acting_as(executors.people[0].token)
    text = "query($x: Boolean = true) { viewer { user { name } } ... @include(if: $x) { users { nodes { id } } } }"
    for variables in ({}, {"x": True}, {"x": None}):
        assert "FORBIDDEN" in runner.run(agree(person, Drawn(text, variables))).codes
    assert runner.run(agree(person, Drawn(text, {"x": False}))).codes == ()


def test_s57_arguments_that_do_not_fit_are_found_before_the_plan_does_anything(
    executors: Executors, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "query($x: Boolean = true) { users(first: 2) { nodes { sessions(includeExpired: $x) { nodes { id } } } } }"
    for _ in range(3):
        assert runner.run(executors.planned.send(text, {})).codes == ()
    runs = len(executors.runs)
    monkeypatch.setattr(Plan, "run", None)
    assert runner.run(executors.planned.send(text, {"x": None})).codes
    assert len(executors.runs) == runs


@pytest.mark.parametrize(
    ("error", "reason", "logged"),
    [
        (RuntimeError("hunter2"), "fault", True),
        (DynamoError("hunter2"), "table", True),
        (InvalidCursor("hunter2"), "refused", False),
        (ExceptionGroup("several", [TypeError("hunter2")]), "fault", True),
    ],
    ids=lambda one: type(one).__name__,
)
def test_s57_a_plan_that_fails_is_counted_and_logged_and_the_answer_is_the_same(
    error: Exception,
    reason: str,
    logged: bool,
    executors: Executors,
    runner: asyncio.Runner,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def failed() -> float:
        return metric_value("authgraph_failed_plans_total", reason=reason)

    async def fail(*_: Any) -> Any:
        raise error

    drawn = Drawn('query Secret { user(by: {userId: "ada"}) { name } }', {})
    monkeypatch.setattr(Plan, "run", fail)
    before = failed()
    with caplog.at_level(logging.WARNING, "authgraph"):
        assert runner.run(agree(executors, drawn)).codes == ()
    assert failed() == before + 2
    assert ("The plan of an operation (Secret) failed" in caplog.text) is logged
    assert "hunter2" not in caplog.text


def test_s57_a_list_gets_as_far_after_a_plan_that_failed(
    executors: Executors, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan's reads are not missing in the budget when the query is executed again."""
    monkeypatch.setattr(directory, "LARGEST_SCAN", 1)
    text = """{ users(first: 9, filter: {contains: "example"}) { nodes { userId
      accounts(after: "x") { nodes { id } } } pageInfo { endCursor } } }"""
    reads: list[bool] = []
    take = directory.ScanBudget.take

    def noted(budget: directory.ScanBudget) -> bool:
        reads.append(take(budget))
        return reads[-1]

    monkeypatch.setattr(directory.ScanBudget, "take", noted)
    runner.run(executors.plain.send(text))
    plain = len(reads)
    reads.clear()
    runner.run(executors.planned.send(text))
    assert plain > 2
    assert reads == reads[:plain] * 2
