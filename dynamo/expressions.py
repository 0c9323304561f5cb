"""Update and condition expressions with generated placeholders.

An expression is kept as tokens and turned into text once all expressions of a request are known. So an update and a
condition share one set of names and values without conflicts, whatever the attributes are called.
"""

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from dynamo import format
from dynamo.item import Item


class Removal(Enum):
    """The type of `REMOVE`, so that mypy can tell it from a value."""

    REMOVE = "remove"


REMOVE: Final = Removal.REMOVE
"""As a value in an update, removes the attribute from the item."""
KEPT: Final = 256
"""How many conditions about names alone are kept: nearly all are about our own attributes."""
MOST_COMPARED: Final = 100
"""The most attributes that a condition compares: DynamoDB allows 4 KB and 300 operators, and each takes two."""


# Tuples, because a mutation makes dozens of them, and a frozen dataclass takes four times as long.


class Name(NamedTuple):
    """The name of an attribute. A dot in it is part of the name, not a path."""

    attribute: str


class Value(NamedTuple):
    """A value as a Python object."""

    value: object


Token = str | Name | Value


@dataclass(frozen=True, slots=True)
class Expression:
    """Tokens that become text together with those of other expressions. The properties show one expression alone."""

    tokens: tuple[Token, ...]

    @property
    def expression(self) -> str:
        """The text of this expression alone, with placeholders."""
        return Writer().write(self)

    @property
    def names(self) -> dict[str, str]:
        """The attribute names of the `#n…` placeholders in `expression`."""
        return self._written().names

    @property
    def values(self) -> dict[str, object]:
        """The values of the `:v…` placeholders in `expression`."""
        return self._written().values

    def _written(self) -> "Writer":
        writer = Writer()
        writer.write(self)
        return writer


class Condition(Expression):
    """A condition. `&` and `|` join conditions."""

    __slots__ = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition((*self.tokens, " AND ", *other.tokens))

    def __or__(self, other: "Condition") -> "Condition":
        # Put in brackets here, so that AND needs none: DynamoDB rejects redundant brackets.
        return Condition(("(", *self.tokens, " OR ", *other.tokens, ")"))


class Update(Expression):
    """Attributes to set and to remove, at least one of them."""

    __slots__ = ()


@functools.lru_cache(KEPT)
def exists(name: str) -> Condition:
    """Holds if the item has the attribute, even if its value is NULL."""
    return Condition(("attribute_exists(", Name(name), ")"))


@functools.lru_cache(KEPT)
def not_exists(name: str) -> Condition:
    """Holds if the item lacks the attribute. For a key attribute: if there is no item."""
    return Condition(("attribute_not_exists(", Name(name), ")"))


@functools.lru_cache(KEPT)
def unset(name: str) -> Condition:
    """Holds if the attribute is absent or NULL. The adapter stores null as NULL, and both are read as None."""
    return not_exists(name) | equals(name, None)


def is_not(name: str, attribute_type: str) -> Condition:
    """Holds unless the attribute exists and has this type of DynamoDB's, such as `M` or `SS`."""
    return Condition(("NOT attribute_type(", Name(name), ", ", Value(attribute_type), ")"))


def equals(name: str, value: object) -> Condition:
    """Holds if the attribute exists and equals the value. NULL equals NULL."""
    return Condition((Name(name), " = ", Value(value)))


def less_or_equal(name: str, value: object) -> Condition:
    """Holds if the attribute exists, has the value's type, and is not greater than it."""
    return Condition((Name(name), " <= ", Value(value)))


def greater_or_equal(name: str, value: object) -> Condition:
    """Holds if the attribute exists, has the value's type, and is not less than it."""
    return Condition((Name(name), " >= ", Value(value)))


def unchanged(name: str, value: object) -> Condition:
    """Holds if the attribute is still what was read, for compare-and-swap. For `None`, it may be NULL or absent."""
    return unset(name) if value is None else equals(name, value)


def is_news(changes: Mapping[str, object]) -> Condition:
    """Holds unless every attribute has the value that an update gives it, so that the update changes nothing. At most
    `MOST_COMPARED` attributes."""
    same = [not_exists(name) if value is REMOVE else equals(name, value) for name, value in format.to(changes).items()]
    return Condition(("NOT (", *functools.reduce(operator.and_, same).tokens, ")"))


def generate_update_expression(object: Mapping[str, object]) -> Update | None:
    """Make an update that sets attributes, dates in the form of `format.to`, and removes those whose value is `REMOVE`.

    `None` for an empty mapping. Every attribute is taken, `id` included, as in the adapter's JavaScript function of the
    same name. The caller leaves out the table's key attributes, which DynamoDB does not update.
    """
    assignments: list[Token] = []
    removals: list[Token] = []
    for name, value in format.to(object).items():
        if value is REMOVE:
            removals += (", " if removals else "REMOVE ", Name(name))
        else:
            assignments += (", " if assignments else "SET ", Name(name), " = ", Value(value))
    if assignments and removals:
        assignments.append(" ")
    tokens = (*assignments, *removals)
    return Update(tokens) if tokens else None


def update_of(attributes: Mapping[str, object]) -> Update:
    """Make an update of at least one attribute. Raises `ValueError` for an empty mapping."""
    update = generate_update_expression(attributes)
    if update is None:
        raise ValueError("there is nothing to update")
    return update


class Writer:
    """Writes expressions with placeholders: `#n0` for the first attribute name, `:v0` for the first value."""

    __slots__ = ("_placeholders", "names", "values")

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self.values: dict[str, object] = {}

    def write(self, expression: Expression) -> str:
        # Without a call for each token, because every write has dozens of them.
        placeholders = self._placeholders
        parts: list[str] = []
        for token in expression.tokens:
            if isinstance(token, str):
                parts.append(token)
            elif isinstance(token, Name):
                name = token.attribute
                placeholder = placeholders.get(name)
                if placeholder is None:
                    placeholder = placeholders[name] = f"#n{len(placeholders)}"
                    self.names[placeholder] = name
                parts.append(placeholder)
            else:
                placeholder = f":v{len(self.values)}"
                self.values[placeholder] = token.value
                parts.append(placeholder)
        return "".join(parts)


def as_read(item: Item, absent: Sequence[str] = ()) -> Condition:
    """Holds while every attribute that was read is the same, and those in `absent` still do not exist.

    DynamoDB limits the length of a condition, so an item that may have more attributes is packed first.
    """
    return is_same((*item, *absent), item)


def is_same(names: Iterable[str], item: Item) -> Condition:
    """Holds while these attributes have the same values as in an item, or are absent as in it."""
    return functools.reduce(operator.and_, [_same(name, item) for name in dict.fromkeys(names)])


def _same(name: str, item: Item) -> Condition:
    return equals(name, item[name]) if name in item else not_exists(name)
