"""Plans coerce variables as graphql-core does, and make inputs as Strawberry does, for every type."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    VariableValues,
    get_variable_values,
    is_input_type,
    parse,
)
from strawberry.types.arguments import convert_argument

from execution.plans.variables import Coercion
from schema.build import GRAPHQL_SCHEMA, SCHEMA
from schema.internals import Arguments, declaring_class

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    7,
    -1,
    2**31,
    2**53,
    1.0,
    1.5,
    float("nan"),
    "",
    "ada",
    "7",
    "true",
    "2030-01-01T00:00:00Z",
    "USERS_READ",
    [],
    ["ada"],
    ["ada", None],
    [["ada"]],
    [7],
    {},
    {"id": "x"},
    {"no": 1},
    {"id": "x", "userId": "y"},
)
"""Unusual values that a client may send for any type."""
TYPES = [name for name, type_ in GRAPHQL_SCHEMA.type_map.items() if is_input_type(type_) and not name.startswith("__")]
INPUTS = [type_ for type_ in GRAPHQL_SCHEMA.type_map.values() if isinstance(type_, GraphQLInputObjectType)]
OF_SCHEMA = Arguments(SCHEMA)


def values_of(type_: Any) -> Iterator[Any]:
    """Null if allowed and, for an input object: without optional fields, with all fields, and with each field in
    turn."""
    if isinstance(type_, GraphQLNonNull):
        yield from (value for value in values_of(type_.of_type) if value is not None)
        return
    yield None
    if isinstance(type_, GraphQLList):
        yield from ([], [value for value in values_of(type_.of_type) if value is not None])
    elif isinstance(type_, GraphQLInputObjectType):
        members = {name: list(values_of(field.type)) for name, field in type_.fields.items()}
        least = {
            name: members[name][0] for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)
        }
        yield least
        yield {name: values[-1] for name, values in members.items()}
        for name, values in members.items():
            yield from (least | {name: value} for value in values)
    else:
        yield "2030-01-01T00:00:00Z"


@pytest.mark.parametrize("type_", INPUTS, ids=str)
def test_an_input_is_what_strawberry_makes_of_it(type_: GraphQLInputObjectType) -> None:
    declared = declaring_class(type_)
    convert = OF_SCHEMA.converter(declared)
    assert convert is not None
    for value in values_of(GraphQLNonNull(type_)):
        expected = convert_argument(value, declared, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)
        assert convert(value) == expected
        assert type(convert(value)) is declared


def test_a_default_list_is_not_shared() -> None:
    """graphql-core gives the same list to every request that omits it."""
    field = GRAPHQL_SCHEMA.type_map["CreateApiKeyInput"].fields["scopes"]  # type: ignore[attr-defined]
    convert = OF_SCHEMA.converter(field.extensions["strawberry-definition"].type)
    assert convert is not None
    default = ["users:read"]
    assert convert(default) == default
    assert convert(default) is not default


def _variables(text: str, inputs: dict[str, Any]) -> tuple[Any, Any]:
    """The variables as coerced here, and by graphql-core; None if they are not valid."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    ours = Coercion(GRAPHQL_SCHEMA, definitions)(inputs)
    theirs = get_variable_values(GRAPHQL_SCHEMA, definitions, inputs)
    return (
        ours.coerced if ours is not None else None,
        theirs.coerced if isinstance(theirs, VariableValues) else None,
    )


@pytest.mark.parametrize("form", ["{}", "{}!", "[{}]", "[{}!]!", "[[{}]]"])
def test_a_variable_is_what_graphql_core_makes_of_it(form: str) -> None:
    for name in TYPES:
        text = f"query ($value: {form.format(name)}) {{ __typename }}"
        type_ = GRAPHQL_SCHEMA.type_map[name]
        members = list(values_of(type_)) if isinstance(type_, GraphQLInputObjectType) else []
        for value in (*ODD, *members, *([member] for member in members)):
            ours, theirs = _variables(text, {"value": value})
            assert repr(_sorted(ours)) == repr(_sorted(theirs)), (name, value)
        ours, theirs = _variables(text, {})
        assert ours == theirs, name


@pytest.mark.parametrize("inputs", [{}, {"a": None}, {"a": 1}, {"b": 1}, {"c": 1}, {"a": 3, "b": None, "c": 5, "d": 6}])
def test_a_variable_that_is_absent_has_its_default_or_none(inputs: dict[str, Any]) -> None:
    ours, theirs = _variables("query ($a: Int = 7, $b: Int, $c: Int! = 5) { __typename }", inputs)
    assert ours == theirs


def test_each_member_of_each_input_is_coerced_alike() -> None:
    """Every field with every unusual value, beside the required fields."""
    for type_ in INPUTS:
        text = f"query ($value: {type_}) {{ __typename }}"
        least = next(value for value in values_of(GraphQLNonNull(type_)))
        for name in (*type_.fields, "unknown"):
            for value in ODD:
                ours, theirs = _variables(text, {"value": least | {name: value}})
                assert repr(_sorted(ours)) == repr(_sorted(theirs)), (type_, name, value)


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted(member) for member in value]
    return {name: _sorted(member) for name, member in sorted(value.items())} if isinstance(value, dict) else value
