"""S25: an error says what is wrong with a value, but contains nothing of the value. The cases are generated from the
schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
)

from execution.quotations import without_tokens, without_values
from tests.api import Api
from tests.security.test_s46_texts_are_measured_first import POSITIONS, Position

CANARY = "canary-7f3a-token"
NAME = "canary_7f3a_token"
"""The canary as a name of GraphQL, for an enum's value."""


def filled(type: GraphQLInputType) -> Any:
    """A value with the canary in every place for a text."""
    nullable = get_nullable_type(type)
    if is_list_type(nullable):
        return [filled(nullable.of_type)]
    if isinstance(nullable, GraphQLInputObjectType):
        given = list(nullable.fields.items())[: 1 if nullable.is_one_of else None]
        return {name: filled(field.type) for name, field in given}
    return {"String": CANARY, "ID": CANARY, "JSON": {"custom": CANARY}}.get(
        get_named_type(type).name, _sample(get_named_type(type).name)
    )


def _sample(name: str) -> Any:
    return {"Int": 1, "Boolean": False, "DateTime": "2037-01-01T00:00:00.000Z", "BigInt": 1}.get(name, "USERS_READ")


def faulty(type: GraphQLInputType) -> Iterator[Any]:
    """Values with one fault each, and the canary beside it or in it."""
    nullable = get_nullable_type(type)
    if is_list_type(nullable):
        yield from ([value] for value in faulty(nullable.of_type))
    elif is_input_object_type(nullable):
        yield from _faulty_object(nullable)
    else:
        yield {"secret": CANARY}
        yield [CANARY]
        if get_named_type(type).name not in ("String", "ID", "JSON"):
            yield CANARY
            yield NAME
            yield f"found: '{CANARY}"
    if isinstance(type, GraphQLNonNull):
        yield None


def _faulty_object(type: GraphQLInputObjectType) -> Iterator[Any]:
    whole = filled(type)
    yield CANARY
    yield [[CANARY]]
    yield whole | {"unknown": CANARY}
    yield whole | {CANARY: 1}
    yield whole | {f"{CANARY}'. Found: {CANARY}": 1}
    for name, field in type.fields.items():
        yield whole | {f"{name}s": CANARY}
        if isinstance(field.type, GraphQLNonNull):
            yield {other: value for other, value in whole.items() if other != name}
        yield from (whole | {name: value} for value in faulty(field.type))


def faults(position: Position) -> list[Any]:
    """Each fault of an argument once."""
    return list({json.dumps(value): value for value in faulty(position.definition.type)}.values())


@pytest.mark.parametrize("position", POSITIONS, ids=str)
async def test_s25_no_error_tells_a_variable_back(api: Api, position: Position) -> None:
    refused = 0
    for value in faults(position):
        given = {name: filled(position.field.args[name].type) for name in position.asked()}
        body = (await api.send(position.document, given | {position.argument: value})).body
        assert b"canary" not in _without_data(body), (value, body)
        refused += b'"errors"' in body
    assert refused > 0


@pytest.mark.parametrize("position", POSITIONS, ids=str)
async def test_s25_no_error_tells_a_literal_back(api: Api, position: Position) -> None:
    refused = 0
    for value in faults(position):
        for document in (position.literal(value), position.literal(value).replace(f'"{NAME}"', NAME)):
            body = (await api.send(document)).body
            assert b"canary" not in _without_data(body), (document, body)
            refused += b'"errors"' in body
    assert refused > 0


def _without_data(body: bytes) -> bytes:
    """The errors only, because an object may be valid JSON that is stored and shown."""
    return json.dumps(json.loads(body).get("errors", [])).encode()


@pytest.mark.parametrize(
    "document",
    [
        f'"{CANARY}"',
        f'{{ user "{CANARY}" }}',
        f'{{ user(by: {{userId: "{CANARY}}} ) {{ id }} }}',
        f'{{ user(by: """{CANARY}""" """{CANARY}""") {{ id }} }}',
        f'{{ user(by: "a{CANARY}\\q{CANARY}") {{ id }} }}',
        f'query ($user: ID = "{CANARY}" "{CANARY}") {{ id }}',
        f"{{ user(by: ) {'canary' * 8} }} }} {'canary' * 8}",
        f'query ($count: Int = "{CANARY}") {{ users(first: $count) {{ nodes {{ id }} }} }}',
    ],
)
async def test_s25_no_error_of_a_document_tells_its_texts_back(api: Api, document: str) -> None:
    body = (await api.send(document)).body
    assert b'"errors"' in body
    assert b"canary" not in body


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            "Variable '$input' has invalid value: Expected value of type 'A' to include required field 'user',"
            f" found: {{'a': '{CANARY}', 'b': 'found: '}}.",
            "Variable '$input' has invalid value: Expected value of type 'A' to include required field 'user'.",
        ),
        (
            f"Expected value of type 'A' not to include unknown field 'naem'. Did you mean 'name'? Found: {CANARY}.",
            "Expected value of type 'A' not to include unknown field 'naem'. Did you mean 'name'?",
        ),
        (
            f"Expected value of type 'A' not to include unknown field '{CANARY}', found: {CANARY}.",
            "Expected value of type 'A' not to include unknown field.",
        ),
        (
            f"Variable '$n' has invalid value at '.a': Int cannot represent non-integer value: '{CANARY}'",
            "Variable '$n' has invalid value at '.a': Int cannot represent non-integer value.",
        ),
        (
            f"Enum 'Scope' cannot represent non-string value: {CANARY}.",
            "Enum 'Scope' cannot represent non-string value.",
        ),
        (
            f"Value '{CANARY}' does not exist in 'Scope' enum. Did you mean the enum value 'USERS_READ'?",
            "The value does not exist in 'Scope' enum. Did you mean the enum value 'USERS_READ'?",
        ),
        ("Cannot query field 'x' on type 'Query'.", "Cannot query field 'x' on type 'Query'."),
    ],
)
def test_s25_a_message_keeps_what_helps(message: str, kept: str) -> None:
    assert without_values(message) == kept


def test_s25_a_syntax_error_keeps_names_and_kinds() -> None:
    assert without_tokens("Syntax Error: Expected Name, found String 'a'.") == (
        "Syntax Error: Expected Name, found String."
    )
    assert without_tokens("Syntax Error: Unexpected Name 'usr'.") == "Syntax Error: Unexpected Name 'usr'."
