"""Update and condition expressions with generated placeholders.

An expression is kept as tokens and turned into text once all expressions of a request are known. So an update and a
condition share one set of names and values without conflicts, whatever the attributes are called.
"""

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from dynamo import format
from dynamo.item import Item


class Removal(Enum):
    """The type of `REMOVE`, so that mypy can tell it from a value."""

    REMOVE = "remove"


REMOVE: Final = Removal.REMOVE
"""As a value in an update, removes the attribute from the item."""
KEPT: Final = 256
"""How many expressions are kept without their values: nearly all are about our own attributes."""
LONGEST_KEPT: Final = 64
"""The most tokens of an expression that is kept. Longer ones are about attributes whose names clients choose."""
MOST_COMPARED: Final = 100
"""The most attributes that a condition compares: DynamoDB allows 4 KB and 300 operators, and each takes two."""


class Name(NamedTuple):
    """The name of an attribute. A dot in it is part of the name, not a path."""

    attribute: str


VALUE: Final = None
"""Stands for a value among tokens."""

Token = str | Name | None
Tokens = tuple[Token, ...]


class Expression(msgspec.Struct, frozen=True):
    """Tokens that become text together with those of other expressions. The properties show one expression alone."""

    tokens: Tokens
    given: tuple[object, ...] = ()
    """The values, as Python objects, for each `VALUE` among the tokens. What expressions with equal tokens are written
    as is kept."""

    @property
    def expression(self) -> str:
        """The text of this expression alone, with placeholders."""
        return write(self.tokens).texts[0]

    @property
    def names(self) -> Mapping[str, str]:
        """The attribute names of the `#n…` placeholders in `expression`."""
        return write(self.tokens).names

    @property
    def values(self) -> dict[str, object]:
        """The values of the `:v…` placeholders in `expression`."""
        return dict(zip(write(self.tokens).values, self.given, strict=True))


class Condition(Expression, frozen=True):
    """A condition. `&` and `|` join conditions."""

    def __and__(self, other: "Condition") -> "Condition":
        return Condition((*self.tokens, " AND ", *other.tokens), self.given + other.given)

    def __or__(self, other: "Condition") -> "Condition":
        # Put in brackets here, so that AND needs none: DynamoDB rejects redundant brackets.
        return Condition(("(", *self.tokens, " OR ", *other.tokens, ")"), self.given + other.given)


class Update(Expression, frozen=True):
    """Attributes to set and to remove, at least one of them."""


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
    return Condition(("NOT attribute_type(", Name(name), ", ", VALUE, ")"), (attribute_type,))


def equals(name: str, value: object) -> Condition:
    """Holds if the attribute exists and equals the value. NULL equals NULL."""
    return Condition(_compared(name, " = "), (value,))


def less_or_equal(name: str, value: object) -> Condition:
    """Holds if the attribute exists, has the value's type, and is not greater than it."""
    return Condition(_compared(name, " <= "), (value,))


def greater_or_equal(name: str, value: object) -> Condition:
    """Holds if the attribute exists, has the value's type, and is not less than it."""
    return Condition(_compared(name, " >= "), (value,))


@functools.lru_cache(KEPT)
def _compared(name: str, comparator: str) -> Tokens:
    return Name(name), comparator, VALUE


def unchanged(name: str, value: object) -> Condition:
    """Holds if the attribute is still what was read, for compare-and-swap. For `None`, it may be NULL or absent."""
    return unset(name) if value is None else equals(name, value)


def is_news(changes: Mapping[str, object]) -> Condition:
    """Holds unless every attribute has the value that an update gives it, so that the update changes nothing. At most
    `MOST_COMPARED` attributes."""
    same = [not_exists(name) if value is REMOVE else equals(name, value) for name, value in format.to(changes).items()]
    together = functools.reduce(operator.and_, same)
    return Condition(("NOT (", *together.tokens, ")"), together.given)


def generate_update_expression(object: Mapping[str, object]) -> Update | None:
    """Make an update that sets attributes, dates in the form of `format.to`, and removes those whose value is `REMOVE`.

    `None` for an empty mapping. Every attribute is taken, `id` included, as in the adapter's JavaScript function of the
    same name. The caller leaves out the table's key attributes, which DynamoDB does not update.
    """
    attributes = format.to(object)
    if not attributes:
        return None
    removed = tuple([name for name, value in attributes.items() if value is REMOVE])
    for name in removed:
        del attributes[name]
    return Update(_changed(tuple(attributes), removed), tuple(attributes.values()))


def _changed(assigned: tuple[str, ...], removed: tuple[str, ...]) -> Tokens:
    """The tokens of an update that sets some attributes and removes others."""
    if 4 * len(assigned) + 2 * len(removed) <= LONGEST_KEPT:
        return _changed_kept(assigned, removed)
    return _changed_anew(assigned, removed)


def _changed_anew(assigned: tuple[str, ...], removed: tuple[str, ...]) -> Tokens:
    tokens: list[Token] = []
    for place, name in enumerate(assigned):
        tokens += (", " if place else "SET ", Name(name), " = ", VALUE)
    for place, name in enumerate(removed):
        tokens += (", " if place else " REMOVE " if assigned else "REMOVE ", Name(name))
    return tuple(tokens)


_changed_kept = functools.lru_cache(KEPT)(_changed_anew)


def update_of(attributes: Mapping[str, object]) -> Update:
    """Make an update of at least one attribute. Raises `ValueError` for an empty mapping."""
    update = generate_update_expression(attributes)
    if update is None:
        raise ValueError("there is nothing to update")
    return update


class Written(NamedTuple):
    """Expressions as text. It is kept, so nothing of it may be changed."""

    texts: tuple[str, ...]
    """The text of each expression."""
    names: Mapping[str, str]
    """The attribute names of the `#n…` placeholders: `#n0` stands for the first."""
    values: tuple[str, ...]
    """The `:v…` placeholders in the order of the values: `:v0` stands for the first."""


def write(*expressions: Tokens) -> Written:
    """The tokens of the expressions of one request as text, with one shared set of placeholders."""
    if sum(map(len, expressions)) <= LONGEST_KEPT:
        return _written(*expressions)
    return _written_anew(*expressions)


def _written_anew(*expressions: Tokens) -> Written:
    placeholders: dict[str, str] = {}
    values: list[str] = []
    texts: list[str] = []
    for tokens in expressions:
        parts: list[str] = []
        for token in tokens:
            if token is VALUE:
                values.append(f":v{len(values)}")
                parts.append(values[-1])
            elif isinstance(token, Name):
                parts.append(placeholders.setdefault(token.attribute, f"#n{len(placeholders)}"))
            else:
                parts.append(token)
        texts.append("".join(parts))
    return Written(tuple(texts), {placeholder: name for name, placeholder in placeholders.items()}, tuple(values))


_written = functools.lru_cache(KEPT)(_written_anew)


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
