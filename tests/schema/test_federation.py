"""The schema of the subgraph is the usual one, with what Apollo Federation asks of a subgraph."""

import re

import pytest
from graphql import (
    DirectiveDefinitionNode,
    GraphQLObjectType,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    get_named_type,
    parse,
)

from resolvers.representations import LOOKUPS
from schema import federation
from schema.build import GRAPHQL_SCHEMA
from schema.fields import declared
from schema.node import TYPE_NAMES

DEFINITIONS = """
directive @link(url: String!, import: [String!]) repeatable on SCHEMA
directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
directive @shareable on OBJECT
directive @cost(weight: Int!) on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],
  requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
"""
"""What the gateway adds: the definitions of the directives that `@link` imports."""
TEXT = federation.sdl()
TYPES = {one.name.value: one for one in parse(TEXT).definitions if isinstance(one, ObjectTypeDefinitionNode)}
KEY = re.compile(r'@key\(fields: "([A-Za-z ]+)"(, resolvable: false)?\)')


def test_the_text_with_the_definitions_that_are_imported_is_a_schema() -> None:
    """It has exactly the types, fields and arguments of the usual schema."""
    assert re.findall(r"import: \[(.*?)\]", TEXT) == [", ".join(f'"{name}"' for name in federation.IMPORTS)]
    built = build_schema(DEFINITIONS + TEXT)
    changes = [*find_breaking_changes(GRAPHQL_SCHEMA, built), *find_breaking_changes(built, GRAPHQL_SCHEMA)]
    assert [
        change for change in changes if "irective" not in change.description and "@" not in change.description
    ] == []
    assert find_dangerous_changes(GRAPHQL_SCHEMA, built) == []


def test_what_is_imported_is_not_defined_again() -> None:
    """A gateway knows it, and would find another definition."""
    defined = {one.name.value for one in parse(TEXT).definitions if isinstance(one, DirectiveDefinitionNode)}
    assert defined == {"oneOf", "requiresScopes"}


def keys_of(name: str) -> dict[str, bool]:
    """The keys of a type, and whether objects are found by them."""
    header = next(line for line in TEXT.splitlines() if line.startswith(f"type {name} "))
    return {fields: not unresolvable for fields, unresolvable in KEY.findall(header)}


def test_every_node_is_an_entity_with_the_keys_that_find_it() -> None:
    assert LOOKUPS.keys() == set(TYPE_NAMES.values())
    for name, lookups in LOOKUPS.items():
        assert [key for key, resolvable in keys_of(name).items() if resolvable] == list(lookups)
    assert [name for name in TYPES if keys_of_or_none(name)] == sorted(LOOKUPS)


def keys_of_or_none(name: str) -> dict[str, bool]:
    """The keys of a type that may have none."""
    return keys_of(name) if re.search(rf"^type {name} .*@key", TEXT, re.MULTILINE) else {}


def test_a_key_is_made_of_fields_that_are_never_null() -> None:
    for name in LOOKUPS:
        type_ = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        for key in keys_of(name):
            assert all(str(type_.fields[field].type).endswith("!") for field in key.split()), (name, key)


def test_the_union_has_every_entity() -> None:
    union = federation.schema().type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert {type_.name for type_ in union.types} == set(LOOKUPS)


def test_the_two_fields_have_the_types_of_the_specification() -> None:
    query = federation.schema().query_type
    assert query is not None
    added = {name: field for name, field in query.fields.items() if name.startswith("_")}
    assert {name: str(field.type) for name, field in added.items()} == {
        "_service": "_Service!",
        "_entities": "[_Entity]!",
    }
    assert str(added["_entities"].args["representations"].type) == "[_Any!]!"
    service = get_named_type(added["_service"].type)
    assert isinstance(service, GraphQLObjectType)
    assert {name: str(field.type) for name, field in service.fields.items()} == {"sdl": "String!"}


def test_the_two_fields_declare_and_describe_themselves() -> None:
    """As `nodes` does; the first one shows the schema."""
    query, usual = federation.schema().query_type, GRAPHQL_SCHEMA.query_type
    assert query is not None
    assert usual is not None
    entities, service = declared(query.fields["_entities"]), declared(query.fields["_service"])
    nodes = declared(usual.fields["nodes"])
    assert (entities.requires, entities.cost.weight) == (nodes.requires, nodes.cost.weight)
    assert service.shows_schema
    for name in ("_entities", "_service"):
        assert "Costs 1" in (query.fields[name].description or "")


def test_the_usual_schema_has_neither() -> None:
    """Clients of a server that is no subgraph see no trace of federation."""
    assert not [name for name in GRAPHQL_SCHEMA.type_map if name.startswith("_") and not name.startswith("__")]
    assert GRAPHQL_SCHEMA.query_type is not None
    assert not [name for name in GRAPHQL_SCHEMA.query_type.fields if name.startswith("_")]


@pytest.mark.parametrize("name", sorted(federation.SHAREABLE))
def test_a_type_that_others_have_too_is_shareable(name: str) -> None:
    assert f"type {name} @shareable {{" in TEXT


def test_weights_are_numbers() -> None:
    """Apollo Federation declares `weight: Int!`."""
    weights = re.findall(r"@cost\(weight: (.*?)\)", TEXT)
    assert set(weights) >= {"0", "1", "10"}
    assert all(weight.isdigit() for weight in weights)
