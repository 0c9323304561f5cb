"""Walks over the schema that is served, so that additions to it are tested without a change to the tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)

from schema.build import GRAPHQL_SCHEMA

LATER = "2037-01-01T00:00:00.000Z"

VALUES: dict[str, Any] = {
    "String": "a text",
    "ID": "ada",
    "Int": 1,
    "Boolean": False,
    "DateTime": LATER,
    "BigInt": 1,
    "JSON": {"custom": "a text"},
    "Scope": "USERS_READ",
    "DeviceType": "SINGLE_DEVICE",
    "UserOrderField": "EMAIL",
    "OrderDirection": "DESC",
}
"""A value of each scalar and enum that inputs use."""
PARTICULAR: dict[str, Any] = {"email": "ada@example.com", "image": "https://example.com/ada.png"}
"""Values of fields about a user that do not take just any text."""


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field, and the type that it belongs to."""

    parent: GraphQLObjectType | GraphQLInterfaceType
    name: str
    field: GraphQLField

    def __str__(self) -> str:
        return f"{self.parent.name}.{self.name}"


def types() -> list[GraphQLObjectType | GraphQLInterfaceType]:
    """Object types and interfaces, without those of introspection."""
    return [
        type
        for name, type in sorted(GRAPHQL_SCHEMA.type_map.items())
        if isinstance(type, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    ]


def inputs() -> list[GraphQLInputObjectType]:
    """All input types, sorted by name."""
    return [type for _, type in sorted(GRAPHQL_SCHEMA.type_map.items()) if isinstance(type, GraphQLInputObjectType)]


def enums() -> list[GraphQLEnumType]:
    """Enums, without those of introspection."""
    found = [type for type in GRAPHQL_SCHEMA.type_map.values() if isinstance(type, GraphQLEnumType)]
    return [type for type in found if not type.name.startswith("__")]


def fields() -> list[FieldOf]:
    """Every field of every type."""
    return [FieldOf(type, name, field) for type in types() for name, field in type.fields.items()]


def roots(operation: str) -> dict[str, GraphQLField]:
    """The fields of `Query` or `Mutation`."""
    root = GRAPHQL_SCHEMA.type_map[operation]
    assert isinstance(root, GraphQLObjectType)
    found: dict[str, GraphQLField] = root.fields
    return found


def bulk() -> dict[str, GraphQLField]:
    """The mutations whose input is a list of rows, and whose payload has a result for each."""
    return {name: field for name, field in roots("Mutation").items() if "results" in output_fields(field.type)}


def refused(mutation: str) -> str:
    """A selection of a mutation's payload, beside its `userErrors`: those of its rows, if it has rows."""
    return "results { userErrors { code message path } }" if mutation in bulk() else "__typename"


def output_fields(type: GraphQLOutputType) -> dict[str, GraphQLField]:
    """The fields of an object type or an interface."""
    named = get_named_type(type)
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
    found: dict[str, GraphQLField] = named.fields
    return found


def fields_of(type: GraphQLInputType) -> dict[str, GraphQLInputField]:
    """The fields of an input object."""
    named = get_named_type(type)
    assert isinstance(named, GraphQLInputObjectType)
    found: dict[str, GraphQLInputField] = named.fields
    return found


def selection(type: GraphQLOutputType) -> str:
    """A selection set for a type: its leaf fields without arguments."""
    named = get_named_type(type)
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    leaves = [name for name, field in named.fields.items() if is_leaf_type(get_named_type(field.type))]
    return f"{{ {' '.join(['__typename', *leaves])} }}"


def sample(type: GraphQLInputType) -> Any:
    """A value of an input type with every field; of a `@oneOf` input, with the first."""
    match type:
        case GraphQLNonNull():
            return sample(type.of_type)
        case GraphQLList():
            return [sample(type.of_type)]
        case GraphQLInputObjectType():
            given = list(type.fields.items())[: 1 if type.is_one_of else None]
            return {name: sample(field.type) for name, field in given}
        case _:
            return VALUES[get_named_type(type).name]


def facts_of_a_user(name: str) -> dict[str, Any]:
    """The fields of an input that are facts about a user, with a value of each."""
    found = GRAPHQL_SCHEMA.type_map[name]
    assert isinstance(found, GraphQLInputObjectType)
    values = {field: PARTICULAR.get(field, sample(declared.type)) for field, declared in found.fields.items()}
    no_facts = ("by", "userId", "attributes", "removeAttributes", "idempotencyKey")
    return {field: value for field, value in values.items() if field not in no_facts}


def replaced(type: GraphQLInputType, names: tuple[str, ...], values: list[Any]) -> Iterator[Any]:
    """Samples of a type in which each scalar with one of these names is replaced by each value, one at a time."""
    match type:
        case GraphQLNonNull():
            yield from replaced(type.of_type, names, values)
        case GraphQLList():
            yield from ([value] for value in replaced(type.of_type, names, values))
        case GraphQLInputObjectType():
            for name, field in type.fields.items():
                whole = {} if type.is_one_of else sample(type)
                yield from (whole | {name: value} for value in replaced(field.type, names, values))
        case _:
            if get_named_type(type).name in names:
                yield from values


def arguments(field: GraphQLField) -> str:
    """The arguments of a field as variables of their own names: `(by: $by)`."""
    return f"({', '.join(f'{name}: ${name}' for name in field.args)})" if field.args else ""


def document(operation: str, name: str) -> str:
    """An operation that selects one root field and its leaf fields."""
    field = roots(operation)[name]
    variables = ", ".join(f"${argument}: {definition.type}" for argument, definition in field.args.items())
    declared = f"({variables})" if variables else ""
    return f"{operation.lower()}{declared} {{ {name}{arguments(field)} {selection(field.type)} }}"


def given(field: GraphQLField | None) -> dict[str, Any]:
    """A sample value for every argument of a field."""
    return {name: sample(argument.type) for name, argument in (field.args if field else {}).items()}
