"""Packs surplus attributes of an account into one attribute, because a condition cannot compare all of them.

DynamoDB allows about 150 comparisons in a condition. So before an item with more attributes is moved, its surplus is
packed into one attribute, part by part, by updates with the condition that what was read is unchanged. The item stays
where it is and signs in as before. If an app writes an attribute in the meantime, it is stored besides the packed value
and is the newer one.
"""

from typing import Any, Final

from dynamo import expressions
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.client import Table, TransactWriteItem
from dynamo.expressions import REMOVE, is_same
from dynamo.item import Item

PACKED: Final = "mergingAttributes"
MOST: Final = 100
"""The most attributes that one condition compares, and that are packed at once."""
_NEEDED: Final = frozenset(
    (
        "type",
        "id",
        "userId",
        "provider",
        "providerAccountId",
        "credentialID",
        "email",
        "expires",
        *TOKEN_ATTRIBUTES,
    )
)
"""Attributes that decide what an item is, whom it signs in and how long it lives. They stay where they are."""


def pack_operation(table: Table, item: Item) -> TransactWriteItem | None:
    """An update that packs some of an item's attributes; None if the item does not have too many."""
    if len(item) <= MOST:
        return None
    surplus = sorted(item.keys() - _NEEDED - table.key_attributes - {PACKED})[:MOST]
    packed = _packed(table, item) | {name: item[name] for name in surplus}
    update = expressions.update_of({PACKED: packed} | dict.fromkeys(surplus, REMOVE))
    return table.update_operation(table.key_of(item), update, is_same((*surplus, PACKED), item))


def unpacked(table: Table, item: Item) -> Item:
    """The item as it was before packing, with what was written in the meantime."""
    return _packed(table, item) | {name: value for name, value in item.items() if name != PACKED}


def _packed(table: Table, item: Item) -> dict[str, Any]:
    packed = item.get(PACKED)
    unneeded = packed.items() if isinstance(packed, dict) else ()
    return {name: value for name, value in unneeded if name not in _NEEDED | table.key_attributes}
