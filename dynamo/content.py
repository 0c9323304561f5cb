"""The content of items, to tell whether a create asks for what is stored already."""

import base64
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

import orjson

from dynamo import format
from dynamo.expressions import REMOVE
from dynamo.item import Item

FINGERPRINT_BYTES: Final = 16


def is_equal(stored: Item, wanted: Item, ignored: Collection[str] = ()) -> bool:
    """Whether a stored item has the content of one that was to be stored, but for the ignored attributes.

    An attribute that only one of them has makes a difference, even if it is NULL.
    """
    return _written(stored, ignored) == _written(wanted, ignored)


def has(stored: Item, changes: Mapping[str, object]) -> bool:
    """Whether every attribute of an item has the value that an update gives it, so that the update changes nothing."""
    return all(
        name not in stored if value is REMOVE else name in stored and is_equal({name: stored[name]}, {name: value})
        for name, value in format.to(changes).items()
    )


def fingerprint(items: Iterable[Item], ignored: Collection[str]) -> str:
    """A hash of the content of items, but for the ignored attributes."""
    digest = blake2b(digest_size=FINGERPRINT_BYTES)
    for item in items:
        digest.update(_written(item, ignored))
    return digest.hexdigest()


def _written(item: Item, ignored: Collection[str]) -> bytes:
    told = {name: _plain(value) for name, value in item.items() if name not in ignored}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _plain(value: object) -> Any:
    """A value as JSON, the same for all that DynamoDB stores alike: 1, 1.0 and Decimal("1"), but not True."""
    match value:
        case None | bool() | str():
            return value
        case int() | float() | Decimal():
            return {"N": str(Decimal(str(value)).normalize())}
        case bytes():
            return {"B": base64.b64encode(value).decode()}
        case Mapping():
            return {"M": {str(name): _plain(member) for name, member in value.items()}}
        case set() | frozenset():
            return {"S": sorted(orjson.dumps(_plain(member)).decode() for member in value)}
        case list() | tuple():
            return [_plain(member) for member in value]
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")
