"""Update and condition expressions, written with generated placeholders only.

An expression is kept as tokens and turned into text once, when every expression of a request is known: so an update and
a condition share one set of names and values without a clash, whatever the attributes are called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from dynamo import format


class Removal(Enum):
    """The type of `REMOVE`."""

    REMOVE = "remove"


REMOVE: Final = Removal.REMOVE
"""Given as a value in an update, takes the attribute off the item."""


@dataclass(frozen=True, slots=True)
class Name:
    """An attribute's name, taken whole: a dot in it is no path."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value as Python has it."""

    value: object


Token = str | Name | Value


@dataclass(frozen=True, slots=True)
class Expression:
    """Tokens that become text together; alone, they read as below."""

    tokens: tuple[Token, ...]

    @property
    def expression(self) -> str:
        """The text, with placeholders."""
        return Writer().write(self)

    @property
    def names(self) -> dict[str, str]:
        """What the `#n…` placeholders of `expression` stand for."""
        return self._written().names

    @property
    def values(self) -> dict[str, object]:
        """What the `:v…` placeholders of `expression` stand for."""
        return self._written().values

    def _written(self) -> "Writer":
        writer = Writer()
        writer.write(self)
        return writer


class Condition(Expression):
    """A condition; joined with `&` and `|`."""

    __slots__ = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition((*self.tokens, " AND ", *other.tokens))

    def __or__(self, other: "Condition") -> "Condition":
        # Bracketed here, so that AND needs none: DynamoDB refuses redundant brackets.
        return Condition(("(", *self.tokens, " OR ", *other.tokens, ")"))


class Update(Expression):
    """Attributes to set and to remove, at least one of them."""

    __slots__ = ()


def exists(name: str) -> Condition:
    """Holds if the item has the attribute, be it NULL."""
    return Condition(("attribute_exists(", Name(name), ")"))


def not_exists(name: str) -> Condition:
    """Holds if the item lacks the attribute; asked of a key attribute, if there is no item."""
    return Condition(("attribute_not_exists(", Name(name), ")"))


def unset(name: str) -> Condition:
    """Holds if the attribute is absent or NULL, as which the adapter stores null: what is read as None."""
    return not_exists(name) | equals(name, None)


def not_nested(name: str) -> Condition:
    """Holds unless the attribute is there and is a map or a list."""
    return _is_not(name, "M") & _is_not(name, "L")


def _is_not(name: str, attribute_type: str) -> Condition:
    return Condition(("NOT attribute_type(", Name(name), ", ", Value(attribute_type), ")"))


def equals(name: str, value: object) -> Condition:
    """Holds if the attribute is there and equals the value; NULL equals NULL."""
    return Condition((Name(name), " = ", Value(value)))


def less_or_equal(name: str, value: object) -> Condition:
    """Holds if the attribute is there, of the value's type, and no greater."""
    return Condition((Name(name), " <= ", Value(value)))


def unchanged(name: str, value: object) -> Condition:
    """Holds if the attribute is still what was read: for compare-and-swap, where `None` is NULL or absent alike."""
    return unset(name) if value is None else equals(name, value)


def generate_update_expression(object: Mapping[str, object]) -> Update | None:
    """Write an update that sets the attributes given, dates as `format.to` has them, and removes the `REMOVE` ones.

    `None` for an empty object: there is nothing to send. Every attribute is taken as it comes, `id` included, as in the
    JavaScript function of that name: the caller leaves out the table's key, which DynamoDB refuses to update.
    """
    attributes = format.to(object)
    assignments = [(Name(name), " = ", Value(value)) for name, value in attributes.items() if value is not REMOVE]
    removals = [(Name(name),) for name, value in attributes.items() if value is REMOVE]
    clauses = [(verb, *_joined(parts, ", ")) for verb, parts in (("SET ", assignments), ("REMOVE ", removals)) if parts]
    return Update(_joined(clauses, " ")) if clauses else None


def update_of(attributes: Mapping[str, object]) -> Update:
    """The same for attributes of which there is at least one; raises `ValueError` otherwise."""
    update = generate_update_expression(attributes)
    if update is None:
        raise ValueError("there is nothing to update")
    return update


class Writer:
    """Hands out placeholders: `#n0` for the first attribute name met, `:v0` for the first value."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self.values: dict[str, object] = {}

    @property
    def names(self) -> dict[str, str]:
        return {placeholder: name for name, placeholder in self._placeholders.items()}

    def write(self, expression: Expression) -> str:
        return "".join(self._text(token) for token in expression.tokens)

    def _text(self, token: Token) -> str:
        match token:
            case Name(attribute):
                return self._placeholders.setdefault(attribute, f"#n{len(self._placeholders)}")
            case Value(value):
                placeholder = f":v{len(self.values)}"
                self.values[placeholder] = value
                return placeholder
            case text:
                return text


def _joined(parts: Sequence[tuple[Token, ...]], separator: str) -> tuple[Token, ...]:
    """The parts in order, with the separator between them."""
    return tuple(token for i, part in enumerate(parts) for token in ((separator, *part) if i else part))
