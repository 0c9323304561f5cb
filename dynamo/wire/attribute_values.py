"""Conversion of attribute values between DynamoDB's JSON, `{"S": "text"}`, and Python.

| DynamoDB | Python |
|---|---|
| S | str; `CutText` if it contains half of a surrogate pair |
| N | int, or Decimal if it has a fraction: exact, whatever its size |
| BOOL, NULL | bool, None |
| L, M | list, dict |
| SS, NS, BS | set |
| B | bytes |

Source: the AttributeValue type of the DynamoDB API reference.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from dynamo.item import Item
from dynamo.wire import surrogates


class AttributeValue(msgspec.Struct, gc=False):
    """A value as it was decoded; exactly one member is set. It takes half the memory of the same dict."""

    S: str | None = None
    N: str | None = None
    NULL: bool | None = None
    BOOL: bool | None = None
    M: "dict[str, AttributeValue] | None" = None
    L: "list[AttributeValue] | None" = None
    SS: list[str] | None = None
    NS: list[str] | None = None
    B: str | None = None
    BS: list[str] | None = None


WireItem = dict[str, AttributeValue]
"""An item, or a key, as it was decoded."""


def item_of(read: WireItem) -> Item:
    """Convert an item to Python values."""
    # Nearly all attributes are strings, so strings are converted without a call. A comprehension is a call too.
    item: Item = {}
    for name, value in read.items():
        text = value.S
        if text is not None:
            item[name] = text
        else:
            item[name] = _number(value.N) if value.N is not None else python_value(value)
    return item


def python_value(value: AttributeValue) -> Any:
    """Convert one value to Python."""
    if value.S is not None:
        return value.S
    if value.N is not None:
        return _number(value.N)
    if value.BOOL is not None:
        return value.BOOL
    if value.M is not None:
        return item_of(value.M)
    if value.L is not None:
        return [python_value(member) for member in value.L]
    if value.SS is not None:
        return set(value.SS)
    if value.NS is not None:
        return set(map(_number, value.NS))
    if value.B is not None:
        return base64.b64decode(value.B)
    if value.BS is not None:
        return set(map(base64.b64decode, value.BS))
    return None


def wire_item(item: Mapping[str, object]) -> dict[str, Any]:
    """Convert an item to DynamoDB's JSON."""
    # Without a comprehension, as in `item_of`.
    written: dict[str, Any] = {}
    for name, value in item.items():
        written[name] = {"S": value} if type(value) is str else wire_value(value)
    return written


def wire_value(value: object) -> dict[str, Any]:
    """Convert one value to DynamoDB's JSON. Raises `TypeError` if DynamoDB has no type for it."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": surrogates.stored(value)}
        case int() | float() | Decimal():
            return {"N": str(value)}
        case bytes():
            return {"B": _base64(value)}
        case list() | tuple():
            return {"L": [{"S": member} if type(member) is str else wire_value(member) for member in value]}
        case Mapping():
            return {"M": wire_item(value)}
        case set() | frozenset():
            return _wire_set(value)
        case _:
            raise TypeError(f"DynamoDB has no type for {type(value).__name__}.")


def _wire_set(members: set[Any] | frozenset[Any]) -> dict[str, Any]:
    if all(isinstance(member, str) for member in members):
        return {"SS": sorted(map(surrogates.stored, members))}
    if all(isinstance(member, bytes) for member in members):
        return {"BS": sorted(map(_base64, members))}
    return {"NS": sorted(map(str, members))}


def _number(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
