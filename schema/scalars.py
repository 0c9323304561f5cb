"""Custom scalars: dates, integers of more than 32 bits, and JSON."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NewType

import strawberry
from graphql import ListValueNode, ObjectValueNode, Undefined, ValueNode, VariableNode, value_from_ast_untyped

from dynamo import format
from resolvers.inputs import MOST_ATTRIBUTES
from schema.internals import ScalarDefinition
from schema.maxima import JSON_VALUES

BigInt = NewType("BigInt", int)
JSON = NewType("JSON", object)

LARGEST: Final = 2**63 - 1
MAX_DATE_LENGTH: Final = 64
MAX_DIGITS: Final = 19
_DIGITS = re.compile(f"-?[0-9]{{1,{MAX_DIGITS}}}")


def _write_date(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"DateTime cannot represent a value of type {type(value).__name__}.")
    return format.iso(value)


def _read_date(value: object) -> datetime:
    date = format.parse_date(value) if isinstance(value, str) and len(value) <= MAX_DATE_LENGTH else None
    if date is None:
        raise ValueError("DateTime cannot represent what is given; write it as 2030-01-31T12:00:00.000Z.")
    return date


def _write_integer(value: object) -> int | str:
    if type(value) is not int:
        raise TypeError(f"BigInt cannot represent a value of type {type(value).__name__}.")
    # JavaScript would round a JSON number beyond 2^53.
    return value if abs(value) <= format.LARGEST_SAFE_INTEGER else str(value)


def _read_integer(value: object) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) <= format.LARGEST_SAFE_INTEGER:
        # JSON does not tell 5.0 from 5, and neither do some clients.
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("BigInt cannot represent what is given; write a whole number of up to 64 bits.")
    if isinstance(value, str) and not (len(value) <= MAX_DIGITS + 1 and _DIGITS.fullmatch(value)):
        raise ValueError("BigInt cannot represent what is given; write a whole number of up to 64 bits.")
    number = int(value)
    if abs(number) > LARGEST:
        raise ValueError("BigInt cannot represent a number of more than 64 bits.")
    return number


def _as_it_is(value: Any) -> Any:
    return value


def _read_literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> Any:
    """The value of a literal: members whose variable is absent are left out, as in an input object.

    Values of variables are not copied, because one literal can contain a large variable hundreds of times.
    """
    match node:
        case VariableNode(name=name):
            return (variables or {}).get(name.value, Undefined)
        case ObjectValueNode(fields=fields):
            members = {field.name.value: _read_literal(field.value, variables) for field in fields}
            return {name: value for name, value in members.items() if value is not Undefined}
        case ListValueNode(values=values):
            read = [_read_literal(value, variables) for value in values]
            return [None if value is Undefined else value for value in read]
    return value_from_ast_untyped(node)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in RFC 3339 format, such as `2030-01-31T12:00:00.000Z`. Output is in UTC with "
        f"milliseconds. Input may have another UTC offset and is at most {MAX_DATE_LENGTH} characters long.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=_write_date,
        parse_value=_read_date,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="An integer of up to 64 bits. Output is a JSON number from -(2^53 - 1) to 2^53 - 1, and a string "
        f"of digits outside that range. Input may be either, with at most {MAX_DIGITS} digits. A number such as "
        "`5.0` is taken for `5`.",
        serialize=_write_integer,
        parse_value=_read_integer,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value. Limits for input: numbers are between -(2^53 - 1) and 2^53 - 1; at most "
        f"{JSON_VALUES:,} values in all, counting lists and objects; at most {format.DEEPEST_NESTING} levels of "
        f"nesting; at most {MOST_ATTRIBUTES} names at the top level; each name has 1 to {format.MAX_NAME_BYTES} bytes.",
        specified_by_url="https://ecma-international.org/publications-and-standards/standards/ecma-404/",
        serialize=_as_it_is,
        parse_value=_as_it_is,
        parse_literal=_read_literal,
    ),
}
