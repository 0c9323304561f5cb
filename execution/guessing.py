"""Guessable inputs: secrets, and keys that find strangers. Only one field of an operation may have them, except for
administrators.

`schema` declares which arguments and input fields are guessable. Their values can be in variables, at any depth. So
each field is analysed once per operation, and its variables are checked with each request.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from schema.guesses import GUESS
from schema.internals import metadata_of

Variables = Mapping[str, Any]
Guess = Callable[[Variables], bool]
"""Whether a field gets a guessable input with these variables."""
Place = GraphQLArgument | GraphQLInputField


def count(guesses: Sequence[Guess], variables: Variables) -> int:
    """How many fields get a guessable input."""
    return sum(guess(variables) for guess in guesses)


def guess_of(definition: GraphQLField, node: FieldNode) -> Guess | None:
    """Make the check whether a field gets a guessable input; None if it cannot, whatever the variables are."""
    found: list[Guess] = []
    for argument in node.arguments or ():
        found += _in_literal(argument.value, definition.args[argument.name.value])
    if not found:
        return None
    return found[0] if len(found) == 1 else lambda variables: any(guess(variables) for guess in found)


def _in_literal(node: ValueNode, place: Place) -> Iterator[Guess]:
    """The guessable inputs in the literal value of an argument or input field."""
    match node:
        case NullValueNode():
            return
        case VariableNode(name=name):
            if _may_hold_guess(place, set()):
                yield lambda variables: _is_in(variables.get(name.value), place)
        case _ if is_guess(place):
            yield lambda _: True
        case ListValueNode(values=values):
            for value in values:
                yield from _in_literal(value, place)
        case ObjectValueNode(fields=fields):
            type_ = get_named_type(place.type)
            if isinstance(type_, GraphQLInputObjectType):
                for field in fields:
                    yield from _in_literal(field.value, type_.fields[field.name.value])


def _is_in(value: Any, place: Place) -> bool:
    """Whether a JSON value is or contains a guessable input."""
    if value is None:
        return False
    if is_guess(place):
        return True
    type_ = get_named_type(place.type)
    if not isinstance(type_, GraphQLInputObjectType):
        return False
    members: Iterable[Any] = value if isinstance(value, list) else (value,)
    given = [member for member in members if isinstance(member, Mapping)]
    return any(
        _is_in(inner, type_.fields[name]) for member in given for name, inner in member.items() if name in type_.fields
    )


def _may_hold_guess(place: Place, seen: set[str]) -> bool:
    type_ = get_named_type(place.type)
    if is_guess(place):
        return True
    if not isinstance(type_, GraphQLInputObjectType) or type_.name in seen:
        return False
    seen.add(type_.name)
    return any(_may_hold_guess(field, seen) for field in type_.fields.values())


def is_guess(place: Place) -> bool:
    """Whether an argument or input field is declared as guessable. Arguments of introspection declare nothing."""
    return bool((metadata_of(place) or {}).get(GUESS))
