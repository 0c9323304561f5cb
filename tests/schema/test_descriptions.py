"""Everything in the schema has a description, and every field says what it requires."""

import pytest
from graphql import GraphQLScalarType

from schema.build import GRAPHQL_SCHEMA
from schema.enums import enum
from schema.fields import declared
from tests.schema import walk

FIELDS = walk.fields()


def is_sentence(description: str | None) -> bool:
    """Whether a description is a sentence."""
    return bool(description) and str(description).endswith(".") and str(description)[0] == str(description)[0].upper()


@pytest.mark.parametrize("type", [*walk.types(), *walk.inputs(), *walk.enums()], ids=str)
def test_a_type_is_described(type: object) -> None:
    assert is_sentence(getattr(type, "description", None))


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_field_and_its_arguments_are_described(field: walk.FieldOf) -> None:
    assert is_sentence(field.field.description)
    for argument in field.field.args.values():
        assert is_sentence(argument.description)


@pytest.mark.parametrize("type", walk.inputs(), ids=str)
def test_the_fields_of_an_input_are_described(type: object) -> None:
    for field in getattr(type, "fields").values():  # noqa: B009
        assert is_sentence(field.description)


@pytest.mark.parametrize("type", walk.enums(), ids=str)
def test_the_values_of_an_enum_are_described(type: object) -> None:
    for value in getattr(type, "values").values():  # noqa: B009
        assert value.description.endswith(".")


def test_our_scalars_are_described() -> None:
    for name in ("DateTime", "BigInt", "JSON"):
        scalar = GRAPHQL_SCHEMA.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        assert is_sentence(scalar.description)


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_a_field_behind_a_scope_says_so(field: walk.FieldOf) -> None:
    requires, description = declared(field.field).requires, field.field.description or ""
    for scope in requires.scopes:
        assert f"`{scope.value}`" in description
    assert ("Requires" in description) is bool(requires.scopes)
    assert ("or being signed in as the user it belongs to" in description) is (requires.owner and bool(requires.scopes))


def test_an_enum_value_without_a_description_cannot_be_declared() -> None:
    from enum import Enum

    class Colour(Enum):
        RED = "RED"

    with pytest.raises(AttributeError):
        enum(Colour, "A colour.")
