"""Counts that several processes share: one item for each caller and window, which the table's TTL removes."""

from hashlib import sha256
from typing import Final

from dynamo import expressions
from dynamo.client import Key, Table
from dynamo.errors import ConditionFailed
from dynamo.expressions import Name, Update, Value

PREFIX: Final = "RATE#"
USED: Final = "used"
KEPT_SECONDS: Final = 3600
"""How long a count outlives its window, for clocks that differ."""


async def take(table: Table, caller: str, window: int, ends: int, cost: int, limit: int) -> int | None:
    """Add a cost to a caller's count of a window in one atomic write; returns the new count, None if it would
    exceed."""
    room = expressions.not_exists(USED) | expressions.less_or_equal(USED, limit - cost)
    if cost > limit:
        return None
    try:
        item = await table.update(_key(table, caller, window), _addition(ends, cost), room)
    except ConditionFailed:
        return None
    used: int = item[USED]
    return used


async def add(table: Table, caller: str, window: int, ends: int, cost: int) -> None:
    """Add a cost to a caller's count of a window, however high that is."""
    await table.update(_key(table, caller, window), _addition(ends, cost))


def _key(table: Table, caller: str, window: int) -> Key:
    # A hash, because a caller may be an address or an id of any length.
    key = f"{PREFIX}{sha256(caller.encode('utf-8', 'surrogatepass')).hexdigest()}#{window}"
    return table.key(key, key)


def _addition(ends: int, cost: int) -> Update:
    return Update(("SET ", Name("expires"), " = ", Value(ends + KEPT_SECONDS), " ADD ", Name(USED), " ", Value(cost)))
