"""Inputs arrive at their resolvers: each field under its Python name, without omitted fields."""

from typing import Any

import pytest
import strawberry
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLNonNull

from schema.inputs import given, optional
from tests.api import Api
from tests.resolvers.people import Person
from tests.schema import walk

MUTATIONS = walk.roots("Mutation")


@pytest.mark.parametrize("name", MUTATIONS)
async def test_every_field_of_an_input_has_a_place_in_its_resolver(api: Api, ada: Person, name: str) -> None:
    document, type = walk.document("Mutation", name), MUTATIONS[name].args["input"].type
    for whole in alone(type):
        answer = await api.answer(document, {"input": whole})
        assert "errors" not in answer, (whole, answer)


def alone(type: GraphQLInputType) -> list[Any]:
    """A sample of an input with its required fields only, and one with each other field added, at any depth."""
    match type:
        case GraphQLNonNull():
            return alone(type.of_type)
        case GraphQLInputObjectType():
            required = {name: field for name, field in type.fields.items() if isinstance(field.type, GraphQLNonNull)}
            least = {name: alone(field.type)[0] for name, field in required.items()}
            found = [] if type.is_one_of else [least]
            for name, field in type.fields.items():
                found += [least | {name: value} for value in alone(field.type)]
            return found
        case _:
            return [walk.sample(type)]


@strawberry.input
class Inner:
    """An input within another one."""

    text: str | None = optional("A text.")


@strawberry.input
class Outer:
    """An input that contains another one."""

    inner: Inner | None = optional("A part.")
    number: int | None = optional("A number.")


def test_what_was_left_out_is_not_given_and_null_is() -> None:
    assert given(Outer(inner=Inner(), number=None)) == {"inner": {}, "number": None}
    assert given(Outer(inner=Inner(text=None))) == {"inner": {"text": None}}
    assert given(Outer()) == {}


def test_only_inputs_are_given() -> None:
    with pytest.raises(TypeError, match="str is not an input"):
        given("text")
