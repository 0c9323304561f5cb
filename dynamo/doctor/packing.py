"""Accounts with more attributes than one condition can compare: those that nobody needs meanwhile become one.

DynamoDB takes some 150 comparisons in a condition. So before an item with more is moved, its surplus is put into one
attribute, a part at a time, by updates that demand what was read. The item stays where it is and signs in as before.
What somebody writes meanwhile stands beside the packed value, and is the newer one.
"""

from typing import Any, Final

from dynamo import expressions
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.client import Table, TransactWriteItem
from dynamo.doctor.items import EXAMINED
from dynamo.doctor.removal import is_same
from dynamo.expressions import REMOVE
from dynamo.item import Item

PACKED: Final = "mergingAttributes"
MOST: Final = 100
"""Attributes that one condition compares, and that are packed at once."""
_NEEDED: Final = frozenset((*EXAMINED, *TOKEN_ATTRIBUTES))


def pack_operation(table: Table, item: Item) -> TransactWriteItem | None:
    """An update that packs some of the attributes of an item; None if they are not too many."""
    if len(item) <= MOST:
        return None
    surplus = sorted(item.keys() - _NEEDED - table.key_attributes - {PACKED})[:MOST]
    packed = _packed(table, item) | {name: item[name] for name in surplus}
    update = expressions.update_of({PACKED: packed} | dict.fromkeys(surplus, REMOVE))
    return table.update_operation(table.key_of(item), update, is_same((*surplus, PACKED), item))


def unpacked(table: Table, item: Item) -> Item:
    """The item as it was before, with what was written meanwhile."""
    return _packed(table, item) | {name: value for name, value in item.items() if name != PACKED}


def _packed(table: Table, item: Item) -> dict[str, Any]:
    packed = item.get(PACKED)
    unneeded = packed.items() if isinstance(packed, dict) else ()
    return {name: value for name, value in unneeded if name not in _NEEDED | table.key_attributes}
