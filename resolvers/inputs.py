"""Checks of what a mutation's input wants to store. Which object it is about is in `targets`.

A resolver gets an input as keyword arguments, without those that were omitted: `ABSENT` keeps the value, None clears
it.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final

from dynamo import devices, format, models, unicode_text
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, graphql_name
from resolvers.global_ids import has_form_of_id


class Absent(Enum):
    """The type of `ABSENT`, so that mypy can tell it from a value."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""The value of an argument that was omitted."""

MOST_ATTRIBUTES: Final = 200
"""The most custom attributes in one input: an update names each in an expression, and DynamoDB takes expressions of
up to 4 KB."""
MOST_ERRORS: Final = 20
"""The most custom attributes of one input that are reported as rejected: an error repeats their names."""
_IGNORED_BY_BROWSERS = "".join(map(chr, range(0x21)))
_PICTURE = re.compile("https?:|data:image/", re.IGNORECASE)


def check_new_id(user_id: str | None) -> None:
    """Reject a global id as the raw id of a new user: later changes of that user would reach the user whom the id
    names."""
    if user_id is not None and has_form_of_id(user_id):
        reason = "userId is a global id; give the raw id for the new user."
        raise InputError(ErrorCode.INVALID, reason, "userId")


def text(value: str | None, field: str) -> str | None:
    """A text to store; an empty one becomes None. Raises `InputError` for a lone surrogate. Its length was checked
    before."""
    if not value:
        return None
    if not unicode_text.is_text(value):
        raise InputError(ErrorCode.INVALID, f"{field} {unicode_text.NOT_TEXT}.", field)
    return value


def required_text(value: str, field: str) -> str:
    """A text to store that is not empty. Raises `InputError`."""
    checked = text(value, field)
    if checked is None:
        raise InputError(ErrorCode.INVALID, f"{field} is empty.", field)
    return checked


def plain(record: type[models.User], values: Mapping[str, object]) -> dict[str, Any]:
    """Fields that need no check but that of a text, under the names they are stored by; raises `InputErrors`."""
    check = Checks()
    stored = {models.stored_name(record, name): check(_plain, value, name) for name, value in values.items()}
    check.done()
    return stored


def _plain(value: object, name: str) -> object:
    match value:
        case None | str():
            return text(value, graphql_name(name))
        case bool() | int() | datetime():
            return value
        case _:
            raise TypeError(f"{name} is a {type(value).__name__}: give it a check of its own in its resolver.")


def image(value: str | None, field: str = "image") -> str | None:
    """The URL of a picture to store, without the blanks and control characters at its ends that browsers ignore.

    Raises `InputError` unless it begins with `https:`, `http:` or `data:image/`. Browsers accept a scheme with a line
    break in it; this check does not.
    """
    address = text((value or "").strip(_IGNORED_BY_BROWSERS), field)
    if address is not None and not _PICTURE.match(address):
        raise InputError(ErrorCode.INVALID, f"{field} must begin with https:, http: or data:image/.", field)
    return address


def token(value: str | None, field: str) -> str | None:
    """A token or another text from a provider, to be stored; an empty one becomes None. Raises `InputError`."""
    if not value:
        return None
    # Nearly all are ASCII, which can be stored.
    return value if value.isascii() else str(storable(value, field))


def ip_address(value: str | None, field: str = "ipAddress") -> str | None:
    """An IP address to store, in its usual form; an empty text becomes None. Raises `InputError`."""
    if not value:
        return None
    address = devices.ip_address(value)
    if address is None:
        raise InputError(ErrorCode.INVALID, f"{field} is no IP address, such as 203.0.113.7 or 2001:db8::7.", field)
    return address


def attributes(context: Context, values: object, shown: frozenset[str]) -> dict[str, Any]:
    """Custom attributes to store. Raises `InputErrors` for reserved names, and for values that could not be read
    back: at most `MOST_ERRORS` of them."""
    if values is None or values is ABSENT:
        return {}
    if not isinstance(values, Mapping):
        raise InputError(ErrorCode.INVALID, "attributes must be an object.", "attributes")
    if len(values) > MOST_ATTRIBUTES:
        reason = f"attributes has {len(values)} names; at most {MOST_ATTRIBUTES} are allowed at once."
        raise InputError(ErrorCode.INVALID, reason, "attributes")
    reserved = reserved_names(context, shown)
    check = Checks(most=MOST_ERRORS)
    stored = {name: check(_attribute, name, value, reserved) for name, value in values.items()}
    check.done()
    return stored


def _attribute(name: str, value: object, reserved: Collection[str]) -> Any:
    storable({name: None}, "attributes")
    if name in reserved:
        raise reserved_name(name, "attributes", name)
    return storable(value, "attributes", name)


def reserved_names(context: Context, shown: frozenset[str]) -> frozenset[str]:
    """The names that no custom attribute can have: `shown` by fields, keys of the table, and those of other items."""
    return shown | context.table.key_attributes | {"userId", "expires", "sessionToken"}


def reserved_name(name: str, *path: str) -> InputError:
    """The error for such a name."""
    reason = f"{name} is not a custom attribute; it has its own field or is reserved."
    return InputError(ErrorCode.INVALID, reason, *path)


def storable(value: object, *path: str) -> Any:
    """A JSON value in its stored form. Raises `InputError`."""
    try:
        return format.to_storable(value)
    except ValueError as error:
        raise InputError(ErrorCode.INVALID, f"{path[-1]}: {error}", *path) from None


def future(value: datetime, field: str = "expires") -> datetime:
    """When something ends: whole seconds, after now; raises `InputError`."""
    end = value.replace(microsecond=0)
    if end <= datetime.now(UTC):
        raise InputError(ErrorCode.INVALID, f"{field} is {format.iso(value)}, which is not in the future.", field)
    return end


def default_expiry() -> datetime:
    """30 days from now, the default of Auth.js."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
