"""How inputs are declared, and how they are passed on to resolvers."""

import dataclasses
from functools import cache
from typing import Any, Final

import strawberry
from graphql import GraphQLArgument, GraphQLInputObjectType, get_named_type

from schema.guesses import marked_as, noted
from schema.internals import metadata_of
from schema.maxima import declared_as, said

UNSET: Final = strawberry.UNSET
SEARCH: Final = "search"
"""Where a declaration's metadata holds the cost of what is read to find matches."""
CONTINUED: Final = "continued"
"""Where a declaration's metadata says that a list costs more unless it is read from its beginning."""


def required(description: str, most: int | None = None, *, guess: bool | None = None) -> Any:
    """Declare an input field that must be given. A text, an id or JSON says how many bytes it has at `most`.

    `guess` says whether the answer tells if somebody or something has this value.
    """
    return strawberry.field(
        description=noted(said(description, most), guess=guess),
        metadata={**declared_as(most), **marked_as(guess=guess)},
    )


def optional(
    description: str,
    most: int | None = None,
    *,
    guess: bool | None = None,
    each: bool = False,
    name: str | None = None,
    search: int = 0,
    continued: bool = False,
) -> Any:
    """Declare an input field that may be omitted, which differs from null. `most` and `guess` are as for `required`.

    With `each`, the field is a list, and `most` is the maximum of each of its texts. `name` is the field's name if it
    cannot be the attribute's. `search` is the cost of what is read to find matches. With `continued`, more is read for
    each object of a list that is not read from its beginning.
    """
    if search:
        description = f"{description} Costs {search} more."
    if continued:
        description = (
            f"{description} Costs 1 more for each of `first` or `last`, if `after`, `last` or `before` is given."
        )
    return strawberry.field(
        name=name,
        description=noted(said(description, most, each=each), guess=guess),
        metadata={
            **declared_as(most),
            **marked_as(guess=guess),
            **({SEARCH: search} if search else {}),
            **({CONTINUED: True} if continued else {}),
        },
        default=UNSET,
    )


def searching(argument: GraphQLArgument, mark: str = SEARCH) -> frozenset[str]:
    """The fields of an input, by their names in GraphQL, that are declared with `search`, or with `continued`."""
    type_ = get_named_type(argument.type)
    fields = type_.fields if isinstance(type_, GraphQLInputObjectType) else {}
    return frozenset(name for name, field in fields.items() if mark in (metadata_of(field) or {}))


def given(source: object) -> dict[str, Any]:
    """The fields of an input that were given, by Python name, and those of the inputs in it: a resolver's keyword
    arguments."""
    kind: Any = type(source)
    if not _is_input(kind):
        raise TypeError(f"{kind.__name__} is not an input.")
    found: dict[str, Any] = {}
    for name, value in vars(source).items():
        if value is not UNSET:
            # Most are texts.
            found[name] = value if type(value) is str else _plain(value)
    return found


@cache
def _is_input(type_: type[Any]) -> bool:
    return dataclasses.is_dataclass(type_)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(member) for member in value]
    kind: Any = type(value)
    return given(value) if _is_input(kind) else value
