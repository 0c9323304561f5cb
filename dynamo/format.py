"""Conversion of values for the table and back, as `format` of the JavaScript adapter does it.

There are three differences. The key attributes that are dropped are the configured ones. A date that Python's
`datetime` cannot represent stays as it is stored: JavaScript's dates run from year -271821 to 275760. The whole string
must be a date: V8 ignores text in brackets and after a NUL, so that it takes `Jan 1 2020 (2020-01-01T00:00Z)` for one.
Source: `format` in @auth/dynamodb-adapter 2.11.3, `isDate` in @auth/core 0.41.3.
"""

import base64
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Final

import orjson

from dynamo import unicode_text

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]

LARGEST_SAFE_INTEGER: Final = 2**53 - 1
"""The largest integer that JavaScript represents exactly. A larger one becomes a BigInt in the adapter, which its
JSON rejects."""

DEEPEST_NESTING: Final = 31
"""The most lists and maps within one another in one attribute. DynamoDB's 32nd level is for what the innermost
contains."""

MAX_NAME_BYTES: Final = 255
"""The longest name at any depth. DynamoDB accepts longer ones, but not every engine can read an item with one."""

_SMALLEST_MAGNITUDE = 1e-130
"""The smallest magnitude of a DynamoDB number other than zero."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_SHORTEST_DATE = len("2020-01-01T00:00Z")
_DATE = re.compile(
    r"(?!-000000)([0-9]{4}|[+-][0-9]{6})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]+))?)?|24:00(?::00(?:\.0+)?)?)"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
# The form in which `iso` writes dates, which nearly all of them have.
_LENGTH_AS_WRITTEN = len("2020-01-01T00:00:00.000Z")
_PUNCTUATION = itemgetter(4, 7, 10, 13, 16, 19, 23)
_AS_WRITTEN = tuple("--T::.Z")


def to(object: Mapping[str, object]) -> dict[str, object]:
    """The attributes to store: a date in `expires` as seconds since the Unix epoch, any other date as an ISO string.

    Seconds are an `int`, or a `Decimal` with up to three decimals if there are milliseconds. Nested values are not
    converted.
    """
    return {name: _stored(name, value) if isinstance(value, datetime) else value for name, value in object.items()}


def parse_date(string: str) -> datetime | None:
    """The date that an ISO 8601 string names, in UTC and cut to milliseconds; `None` if it is not a date of the years 1
    to 9999.

    Shape: `(YYYY | ±YYYYYY)-MM-DDTHH:MM[:SS[.f…]](Z | ±HH:MM)`. As in JavaScript, 31 February is 2 or 3 March.
    """
    # Nearly all strings are names or tokens, so exclude them before the slower regular expression.
    if len(string) < _SHORTEST_DATE or (string[10] != "T" and string[13] != "T"):
        return None
    if len(string) == _LENGTH_AS_WRITTEN and _PUNCTUATION(string) == _AS_WRITTEN:
        try:
            return datetime.fromisoformat(string)
        except ValueError:
            pass  # 30 February, which rolls over below, or no date at all.
    match = _DATE.fullmatch(string)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    since_midnight = timedelta(
        hours=int(hour or 24), minutes=int(minute or 0), seconds=int(second or 0), milliseconds=_milliseconds(fraction)
    )
    days = timedelta(days=_days_since_epoch(int(year), int(month), int(day)))
    try:
        return _EPOCH + (days + since_midnight + (offset if sign == "-" else -offset))
    except OverflowError:
        return None


def iso(date: datetime) -> str:
    """The date as JavaScript's `toISOString` writes it: in UTC, with milliseconds (cut, not rounded) and `Z`."""
    # Lists contain hundreds of dates. orjson takes half the time of `isoformat`, but cannot write milliseconds.
    in_utc = date if date.tzinfo is UTC else date.astimezone(UTC)
    seconds = orjson.dumps(in_utc, option=orjson.OPT_OMIT_MICROSECONDS)[1:20].decode()
    microseconds = in_utc.microsecond
    return f"{seconds}.{microseconds // 1000:03}Z" if microseconds else seconds + ".000Z"


def epoch_seconds(date: datetime) -> int:
    """Whole seconds since the Unix epoch, rounded down as by `Math.floor`, so that nothing lives longer than stated."""
    return (date - _EPOCH) // _SECOND


def date_of_expires(value: object) -> datetime | None:
    """The date that a stored `expires` means: seconds since the Unix epoch, or an ISO string in rows from before 2022.

    A number with up to three decimals becomes the same millisecond as in JavaScript, including binary rounding. `None`
    for anything else and for dates outside the years 1 to 9999.
    """
    try:
        if type(value) is int:
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            return parse_date(value)
        if isinstance(value, float | Decimal):
            return _EPOCH + math.trunc(float(value) * 1000) * _MILLISECOND
    except (OverflowError, ValueError, OSError):
        pass  # no date of years 1 to 9999
    return None


def to_storable(value: object) -> JSON:
    """What a JSON value from a client is stored as: `""` becomes NULL, as in Auth.js, and everything else stays.

    Raises `ValueError` for what DynamoDB rejects or Auth.js could not read back: a number beyond ±(2^53 - 1) or too
    close to zero, a lone surrogate, a member name that is empty or longer than 255 bytes, and lists and objects more
    than 31 levels deep.
    """
    return _storable(value, DEEPEST_NESTING)


def to_json(value: object) -> JSON:
    """A stored attribute as JSON: sets as sorted lists, bytes as base64, integers beyond ±(2^53 - 1) as strings."""
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if abs(value) <= LARGEST_SAFE_INTEGER else str(value)
        case Decimal():
            return to_json(int(value)) if value == value.to_integral_value() else float(value)
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return iso(value)
        case Mapping():
            return {str(name): to_json(member) for name, member in value.items()}
        case set() | frozenset():
            return [to_json(member) for member in sorted(value)]
        case list() | tuple():
            return [to_json(member) for member in value]
        case _:
            raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def _stored(name: str, date: datetime) -> int | Decimal | str:
    if name != "expires":
        return iso(date)
    milliseconds = (date - _EPOCH) // _MILLISECOND
    return Decimal(milliseconds) / 1000 if milliseconds % 1000 else milliseconds // 1000


def _milliseconds(fraction: str | None) -> int:
    return int(fraction[:3].ljust(3, "0")) if fraction else 0


def _days_since_epoch(year: int, month: int, day: int) -> int:
    """The days from the Unix epoch to a date of any year. A day past the end of its month runs on into the next
    month."""
    # Python's calendar ends at year 9999, but the Gregorian one repeats every 400 years, which are 146,097 days.
    cycles, year_of_cycle = divmod(year - 2000, 400)
    return (
        cycles * 146_097
        + datetime(2000 + year_of_cycle, month, 1, tzinfo=UTC).toordinal()
        + day
        - 1
        - _EPOCH.toordinal()
    )


def _storable(value: object, levels_left: int) -> JSON:
    match value:
        case None | bool():
            return value
        case str():
            return _storable_text(value) or None
        case int() | float():
            return _storable_number(value)
        case list() | dict() if levels_left == 0:
            raise ValueError(f"lists and objects are nested more than {DEEPEST_NESTING} deep")
        case list():
            return [_storable(member, levels_left - 1) for member in value]
        case dict():
            return {_storable_name(name): _storable(member, levels_left - 1) for name, member in value.items()}
        case _:
            raise ValueError(f"{type(value).__name__} is not a JSON type")


def _storable_number(number: int | float) -> int | float:
    if not abs(number) <= LARGEST_SAFE_INTEGER:  # written so that NaN fails too
        raise ValueError("a number is not between -(2^53 - 1) and 2^53 - 1")
    if 0 < abs(number) < _SMALLEST_MAGNITUDE:
        raise ValueError("a number other than zero is closer to zero than 1e-130")
    return number


def _storable_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError("the name of an object's member is not a string of one character or more")
    _storable_text(name)
    if not unicode_text.fits(name, MAX_NAME_BYTES):
        raise ValueError(f"the name of an object's member has more than {MAX_NAME_BYTES} bytes")
    return name


def _storable_text(text: str) -> str:
    if not unicode_text.is_text(text):
        raise ValueError(f"a string {unicode_text.NOT_TEXT}")
    return text
