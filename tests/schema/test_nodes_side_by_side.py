"""Any two types of `Node` can be selected side by side, without an alias: fields of one name are of one type."""

from itertools import combinations

import pytest
from graphql import GraphQLField, GraphQLObjectType, parse, validate

from schema.build import GRAPHQL_SCHEMA
from tests.schema import walk

NODES = [type for type in walk.types() if "Node" in [interface.name for interface in getattr(type, "interfaces", ())]]
PAIRS = list(combinations(NODES, 2))
every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: " and ".join(map(str, pair)))

Pair = tuple[GraphQLObjectType, GraphQLObjectType]


def selected(type: GraphQLObjectType, names: list[str]) -> str:
    """Fields of a type, each with all its arguments and with what can be selected below it."""
    fields = (f"{name}{walk.arguments(type.fields[name])} {walk.selection(type.fields[name].type)}" for name in names)
    return f"... on {type} {{ {' '.join(fields)} }}"


def document(pair: Pair) -> str:
    """A query for one object that selects all fields of both types."""
    arguments = {
        name: str(argument.type)
        for type in pair
        for field in type.fields.values()
        for name, argument in field.args.items()
    }
    declared = ", ".join(["$id: ID!", *(f"${name}: {type}" for name, type in arguments.items())])
    return f"query({declared}) {{ node(id: $id) {{ {' '.join(selected(type, list(type.fields)) for type in pair)} }} }}"


def shape(field: GraphQLField) -> tuple[str, dict[str, tuple[str, object]]]:
    """The type of a field, and the types and defaults of its arguments."""
    return str(field.type), {name: (str(given.type), given.default_value) for name, given in field.args.items()}


def test_every_type_of_node_is_tried() -> None:
    assert len(NODES) == 5
    assert len(PAIRS) == 10


@every_pair
def test_two_types_of_nodes_are_selected_side_by_side(pair: Pair) -> None:
    assert validate(GRAPHQL_SCHEMA, parse(document(pair))) == []


@every_pair
def test_fields_of_one_name_have_one_type_and_the_same_arguments(pair: Pair) -> None:
    one, other = pair
    for name in one.fields.keys() & other.fields.keys():
        assert shape(one.fields[name]) == shape(other.fields[name]), name


def test_a_time_is_named_like_any_other() -> None:
    """`Account.expiresAt` is OAuth's own `expires_at`, in seconds."""
    times = {
        str(found)
        for found in walk.fields()
        if str(found.field.type).startswith("DateTime") and found.name.lower().startswith("expire")
    }
    assert {name.split(".")[1] for name in times} == {"expires"}
    assert not [
        f"{type}.{name}"
        for type in walk.inputs()
        for name, field in type.fields.items()
        if str(field.type).startswith("DateTime") and name == "expiresAt"
    ]
