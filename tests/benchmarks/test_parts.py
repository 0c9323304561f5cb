"""What the parts of the benchmark make of their measurements."""

from benchmarks import parts
from benchmarks.operations import LIST, OPERATIONS

NAMED = {operation.name: operation for operation in (*OPERATIONS, LIST)}


def test_two_workers_are_compared_with_one() -> None:
    """Lists come first, and only they have a target."""
    one = {NAMED["viewer"]: 200.0, NAMED["users-with-children"]: 100.0, LIST: 50.0}
    two = {NAMED["viewer"]: 210.0, NAMED["users-with-children"]: 190.0, LIST: 75.0}
    rows = [line for line in parts.two_workers(one, two).splitlines() if line.startswith("|")][2:]
    assert rows == [
        "| 100 users with accounts and sessions | 1.90 | ≥ 1.8 |",
        "| 100 users | 1.50 | ≥ 1.8 |",
        "| viewer with accounts and sessions | 1.05 | – |",
    ]


def test_every_list_of_growth_has_the_target() -> None:
    """And there are such operations."""
    measured = {*parts.GROWTH_OPERATIONS, LIST.name}
    assert {*parts.LIST_OPERATIONS} == {name for name in measured if "first: 100" in NAMED[name].document}
