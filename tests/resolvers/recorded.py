"""The entries of the audit log as they are stored, and what tests of every mutation need around them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.faults.changes import KEY_ID, Change
from tests.interop.raw import Item, RawTable

ENDS = ("expires", "expires_at", "expiresAt", "disabledUntil")
"""The stored attributes that say when something ends."""


def with_key(change: Change, key_id: str) -> dict[str, Any]:
    """The input of a change, with the id of the API key that was made for it."""
    return {name: {"id": key_id} if value == {"id": KEY_ID} else value for name, value in change.given.items()}


def entries(raw: RawTable) -> list[Item]:
    """The entries of the log, as they are stored."""
    return [item for item in raw.everything() if item.get("type") == {"S": "AUDIT"}]


def positions(raw: RawTable) -> set[str]:
    """The places of all entries."""
    return {item["sk"]["S"] for item in entries(raw)}


def restore(raw: RawTable, stored: Sequence[Item]) -> None:
    """Put the table back to what was stored."""
    kept = {(item["pk"]["S"], item["sk"]["S"]) for item in stored}
    for item in raw.everything():
        if (item["pk"]["S"], item["sk"]["S"]) not in kept:
            raw.delete({"pk": item["pk"], "sk": item["sk"]})
    with raw.together():
        for item in stored:
            raw.put(item)


def ends_something(before: Sequence[Item], after: Sequence[Item]) -> bool:
    """Whether an item is gone, or ends earlier than before."""
    left = {(item["pk"]["S"], item["sk"]["S"]): item for item in after}
    for item in before:
        now = left.get((item["pk"]["S"], item["sk"]["S"]))
        if now is None or any(name in item and name in now and sooner(now[name], item[name]) for name in ENDS):
            return True
    return False


def sooner(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one stored time is before another of the same type."""
    if "N" in one and "N" in other:
        return float(one["N"]) < float(other["N"])
    return "S" in one and "S" in other and str(one["S"]) < str(other["S"])
