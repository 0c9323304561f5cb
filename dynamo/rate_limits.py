"""Counts that several processes share: one item per caller and window. The table's time to live deletes them."""

from hashlib import sha256
from typing import Final

from dynamo import expressions
from dynamo.client import Key, Table
from dynamo.errors import ConditionFailed
from dynamo.expressions import VALUE, Name, Update

PREFIX: Final = "RATE#"
USED: Final = "used"
KEPT_SECONDS: Final = 3600
"""How long a count is kept after its window, because clocks differ."""


async def take(table: Table, caller: str, window: int, ends: int, cost: int, limit: int) -> int | None:
    """Add a cost to a caller's count in a window, in one atomic write.

    `ends` is when the window ends, in seconds since the Unix epoch. Returns the new count, None if it would exceed the
    limit.
    """
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
    """Add a cost to a caller's count in a window, even beyond the limit."""
    await table.update(_key(table, caller, window), _addition(ends, cost))


def _key(table: Table, caller: str, window: int) -> Key:
    # A hash, because the name of a caller contains an id of any length.
    key = f"{PREFIX}{sha256(caller.encode('utf-8', 'surrogatepass')).hexdigest()}#{window}"
    return table.key(key, key)


def _addition(ends: int, cost: int) -> Update:
    tokens = ("SET ", Name("expires"), " = ", VALUE, " ADD ", Name(USED), " ", VALUE)
    return Update(tokens, (ends + KEPT_SECONDS, cost))
