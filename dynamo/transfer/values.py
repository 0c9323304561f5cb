"""Stored values as JSON that can be read back without loss.

JSON has fewer types than DynamoDB. What JSON cannot hold is written as an object with one member: `{"$bytes": "…"}` in
base64, `{"$number": "…"}` for a number that JavaScript would round, `{"$set": […]}`, and `{"$map": {…}}` for an object
that would otherwise be taken for one of these. Half of a surrogate pair is written as U+FFFD.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from dynamo import unicode_text
from dynamo.format import DEEPEST_NESTING, JSON, LARGEST_SAFE_INTEGER, MAX_NAME_BYTES

BYTES: Final = "$bytes"
NUMBER: Final = "$number"
SET: Final = "$set"
MAP: Final = "$map"
MARKS: Final = frozenset((BYTES, NUMBER, SET, MAP))
MOST_DIGITS: Final = 38
"""The most significant digits of a number in DynamoDB."""
LONGEST_NUMBER: Final = 200
"""The most characters of a number as text: 130 zeros may stand before or after the digits."""
_NUMBER = re.compile(r"-?[0-9]{1,170}(?:\.[0-9]{1,170})?(?:[eE][+-]?[0-9]{1,3})?")
_MAGNITUDES: Final = range(-130, 126)
"""The powers of ten between which DynamoDB's numbers are."""


def to_json(value: object) -> JSON:
    """A stored value as JSON from which `from_json` makes it again."""
    match value:
        case None | bool():
            return value
        case str():
            # Texts with a replaced half are a class of their own, which not every writer of JSON takes.
            return str(value)
        case int() | float() | Decimal():
            return _number_to_json(value)
        case bytes():
            return {BYTES: base64.b64encode(value).decode()}
        case set() | frozenset():
            return {SET: [to_json(member) for member in sorted(value)]}
        case Mapping():
            members = {str(name): to_json(member) for name, member in value.items()}
            return {MAP: members} if len(members) == 1 and members.keys() <= MARKS else members
        case list() | tuple():
            return [to_json(member) for member in value]
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def from_json(value: object, levels_left: int = DEEPEST_NESTING) -> Any:
    """The value to store for what `to_json` has written, or for any other JSON.

    Raises `ValueError` for what DynamoDB does not take.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() | float():
            if not abs(value) <= LARGEST_SAFE_INTEGER:  # written so that NaN fails too
                raise ValueError(f'a number is not between -(2^53 - 1) and 2^53 - 1: write it as {{"{NUMBER}": "…"}}')
            if value and abs(value) < 1e-130:
                raise ValueError("a number other than zero is closer to zero than 1e-130")
            return value
        case dict() if len(value) == 1 and value.keys() <= MARKS:
            ((mark, held),) = value.items()
            return _READERS[mark](held, levels_left)
        case dict():
            return _members(value, levels_left)
        case list():
            return [from_json(member, _deeper(levels_left)) for member in value]
    raise ValueError(f"{type(value).__name__} is not a JSON type")


def _number_to_json(value: int | float | Decimal) -> JSON:
    if isinstance(value, Decimal):
        exact = value == value.to_integral_value() and abs(value) <= LARGEST_SAFE_INTEGER
        short: int | float = int(value) if exact else float(value)
        return short if Decimal(repr(short)) == value and abs(value) <= LARGEST_SAFE_INTEGER else {NUMBER: str(value)}
    return value if abs(value) <= LARGEST_SAFE_INTEGER else {NUMBER: str(value)}


def _text(value: str) -> str:
    if not unicode_text.is_text(value):
        raise ValueError(f"a string {unicode_text.NOT_TEXT}")
    return value


def _members(value: Mapping[str, Any], levels_left: int) -> dict[str, Any]:
    left = _deeper(levels_left)
    return {_name(name): from_json(member, left) for name, member in value.items()}


def _name(name: str) -> str:
    if not name or not unicode_text.fits(_text(name), MAX_NAME_BYTES):
        raise ValueError(f"the name of an object's member is empty or has more than {MAX_NAME_BYTES} bytes")
    return name


def _deeper(levels_left: int) -> int:
    if levels_left == 0:
        raise ValueError(f"lists and objects are nested more than {DEEPEST_NESTING} deep")
    return levels_left - 1


def _bytes(value: object, _: int) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"{BYTES} is not a string")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{BYTES} is not base64") from error


def _number(value: object, _: int) -> int | Decimal:
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER or not _NUMBER.fullmatch(value):
        raise ValueError(f"{NUMBER} is not a number in a string")
    number = Decimal(value)
    # Not `normalize`, which would round to the digits of the current context.
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        raise ValueError(f"{NUMBER} has more than {MOST_DIGITS} digits")
    if number and number.adjusted() not in _MAGNITUDES:
        raise ValueError(f"{NUMBER} is too large, or too close to zero")
    return number


def _set(value: object, _: int) -> set[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{SET} is not a list of one member or more")
    members = [from_json(member, 0) if isinstance(member, dict) else from_json(member) for member in value]
    kinds = {_kind(member) for member in members}
    if len(kinds) > 1 or None in kinds:
        raise ValueError(f"{SET} does not hold texts only, or numbers only, or bytes only")
    if len(found := set(members)) < len(members):
        raise ValueError(f"{SET} holds a member twice")
    return found


def _kind(value: object) -> str | None:
    match value:
        case bool():
            return None
        case str():
            return "S"
        case int() | float() | Decimal():
            return "N"
        case bytes():
            return "B"
    return None


def _map(value: object, levels_left: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{MAP} is not an object")
    return _members(value, levels_left)


_READERS: Final[Mapping[str, Callable[[object, int], Any]]] = {BYTES: _bytes, NUMBER: _number, SET: _set, MAP: _map}
