"""S46: an object with more members than its type has fields is rejected unread, and few errors are reported for
variables."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull
from graphql.pyutils import inspect

from dynamo.settings import TableSettings
from execution.document import MOST_ERRORS
from execution.errors import LONGEST_MESSAGE
from execution.executor import Policy
from execution.settings import Limits
from tests.api import Api, make_api
from tests.schema import walk
from tests.security.test_s46_texts_are_measured_first import POSITIONS, Position

NOWHERE = TableSettings(dynamodb_endpoint_url="http://127.0.0.1:9", dynamodb_max_attempts=1)
MANY = 20_000
UNKNOWN = {f"unknown{number}": number for number in range(MANY)}


def crowded(type_: GraphQLInputType) -> Iterator[Any]:
    """Samples of a type, each with too many members in another of its objects, alone or a thousand times in a list."""
    match type_:
        case GraphQLNonNull():
            yield from crowded(type_.of_type)
        case GraphQLList():
            for value in crowded(type_.of_type):
                yield from (value, [value])
        case GraphQLInputObjectType():
            whole = {} if type_.is_one_of else walk.sample(type_)
            yield whole | UNKNOWN
            for name, field in type_.fields.items():
                yield from (whole | {name: value} for value in crowded(field.type))


CROWDED = [position for position in POSITIONS if any(crowded(position.definition.type))]


@pytest.fixture
def unread() -> Api:
    """An API whose table does not exist."""
    return make_api(NOWHERE)


@pytest.fixture
def quoted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The values that graphql-core has quoted."""
    found: list[Any] = []

    def noted(value: Any) -> str:
        found.append(value)
        return inspect(value)

    for name in ("graphql.utilities.validate_input_value", "graphql.type.scalars", "graphql.type.definition"):
        # Imported by its name, because the package has a function with the same name.
        monkeypatch.setattr(import_module(name), "inspect", noted)
    return found


def test_s46_every_input_type_is_met() -> None:
    met: set[str] = set()

    def meet(type_: Any) -> None:
        while isinstance(type_, GraphQLNonNull | GraphQLList):
            type_ = type_.of_type
        if isinstance(type_, GraphQLInputObjectType) and type_.name not in met:
            met.add(type_.name)
            for field in type_.fields.values():
                meet(field.type)

    for position in CROWDED:
        meet(position.definition.type)
    assert met == {type_.name for type_ in walk.inputs()}


@pytest.mark.parametrize("position", CROWDED, ids=str)
async def test_s46_an_object_with_more_members_than_fields_is_refused_unread(
    unread: Api, quoted: list[Any], position: Position
) -> None:
    for value in crowded(position.definition.type):
        answer = await unread.answer(position.document, position.asked() | {position.argument: value})
        assert "data" not in answer
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert " has more than " in error["message"]
        assert error["message"].endswith(" fields.")
    assert quoted == []


@pytest.mark.parametrize("position", CROWDED, ids=str)
async def test_s46_an_object_with_as_many_members_is_told_what_it_must_not_have(
    unread: Api, quoted: list[Any], position: Position
) -> None:
    type_ = position.definition.type
    while isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    assert isinstance(type_, GraphQLInputObjectType)
    value = {f"unknown{number}": number for number in range(len(type_.fields))}
    answer = await unread.answer(position.document, position.asked() | {position.argument: value})
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert any("unknown0" in error["message"] or "required" in error["message"] for error in answer["errors"])
    assert len(answer["errors"]) <= MOST_ERRORS + 1
    # One more may be found that is not reported.
    assert len(quoted) <= 2 * (MOST_ERRORS + 1)


LARGE = {f"name-{number}": number for number in range(700)}
WRONG: dict[str, tuple[str, Any]] = {
    "objects for ids": ("query($v: [ID!]!) { nodes(ids: $v) { id } }", [LARGE] * 100),
    "lists for ids": ("query($v: [ID!]!) { nodes(ids: $v) { id } }", [[[0]] * 700] * 100),
    "numbers for ids": ("query($v: [ID!]!) { nodes(ids: $v) { id } }", [1.5] * 1000),
    "an object for a text": ("query($v: String!) { user(by: {email: $v}) { id } }", LARGE),
    "an object for a condition": ("query($v: Boolean!) { caller @include(if: $v) { kind } }", LARGE),
    "a list for a condition": ("query($v: Boolean!) { caller @include(if: $v) { kind } }", [[]] * 300_000),
    "objects for scopes": (
        'mutation($v: [Scope!]!) { createApiKey(input: {name: "a", scopes: $v}) { secret } }',
        [LARGE] * 100,
    ),
    "an object for a date": (
        'mutation($v: DateTime!) { createSession(input: {user: {userId: "ada"}, expires: $v}) { __typename } }',
        LARGE,
    ),
    "a list for an object": ("query($v: UserBy!) { user(by: $v) { id } }", [LARGE] * 100),
}


@pytest.mark.parametrize("plans", [True, False], ids=["planned", "plain"])
@pytest.mark.parametrize("kind", WRONG)
async def test_s46_few_faults_of_variables_are_told_and_each_in_few_words(
    quoted: list[Any], kind: str, plans: bool
) -> None:
    api = make_api(NOWHERE, Policy(Limits(_env_file=None, plans=plans)))
    document, value = WRONG[kind]
    for _ in range(3):
        quoted.clear()
        answer = await api.answer(document, {"v": value})
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
        assert len(answer["errors"]) <= MOST_ERRORS + 1
        assert all(len(error["message"]) <= LONGEST_MESSAGE + 1 for error in answer["errors"])
        assert len(quoted) <= 2 * (MOST_ERRORS + 1)
        assert len(json.dumps(answer)) < 20_000


async def test_s46_of_a_thousand_texts_that_are_too_long_a_few_are_told(unread: Api) -> None:
    answer = await unread.answer("query($v: [ID!]!) { nodes(ids: $v) { id } }", {"v": ["x" * 33_000] * 1000})
    assert len(answer["errors"]) == MOST_ERRORS
