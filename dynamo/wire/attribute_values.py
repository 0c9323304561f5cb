"""Attribute values as DynamoDB's JSON has them, `{"S": "text"}`, and as Python has them.

| DynamoDB | Python |
|---|---|
| S | str; `CutText` where it holds half a character |
| N | int, or Decimal where there is a fraction: exact, whatever the size |
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
    """One value that was read; exactly one member is set. Half as large as the dict it stands for."""

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
"""An item, or a key, as it was read."""


def item_of(read: WireItem) -> Item:
    """An item as Python has it."""
    # Nearly every attribute is a string: those are not worth a call.
    return {name: text if (text := value.S) is not None else python_value(value) for name, value in read.items()}


def python_value(value: AttributeValue) -> Any:
    """A value as Python has it."""
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
    """An item as DynamoDB's JSON has it."""
    return {name: {"S": value} if type(value) is str else wire_value(value) for name, value in item.items()}


def wire_value(value: object) -> dict[str, Any]:
    """A value as DynamoDB's JSON has it; raises `TypeError` for what DynamoDB has no type for."""
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
        case Mapping():
            return {"M": wire_item(value)}
        case list() | tuple():
            return {"L": [wire_value(member) for member in value]}
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
