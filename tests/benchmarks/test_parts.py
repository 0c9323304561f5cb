"""What the parts of the benchmark make of their measurements."""

from collections.abc import Sequence

from benchmarks import parts
from benchmarks.comparison import Measured, Sample
from benchmarks.operations import LIST, OPERATIONS
from benchmarks.wrk import Load

NAMED = {operation.name: operation for operation in (*OPERATIONS, LIST)}


def measured(operation: str, one: Sequence[int], two: Sequence[int]) -> Measured:
    """So many requests per second in each round."""
    samples = {
        name: [Sample(Load(requests, 1_000_000, requests * 100, 0, 1000, 2000), 1.0, 1.0) for requests in rounds]
        for name, rounds in (("one", one), ("two", two))
    }
    return Measured(NAMED[operation], samples, {})


def test_two_workers_are_compared_with_one_round_by_round() -> None:
    """Only lists have a target."""
    found = parts.two_workers(
        [measured("users-with-children", [100, 50, 100], [190, 50, 200]), measured("viewer", [200], [210])]
    )
    assert [line for line in found.splitlines() if line.startswith("|")][2:] == [
        "| 100 users with accounts and sessions | 100 | 190 | **1.90** (1.00–2.00) | ≥ 1.8 |",
        "| viewer with accounts and sessions | 200 | 210 | **1.05** (1.05–1.05) | – |",
    ]


def test_every_list_that_workers_share_has_the_target() -> None:
    """And there are such operations."""
    shared = {*parts.SHARED_BY_WORKERS, LIST.name}
    assert {*parts.LIST_OPERATIONS} == {name for name in shared if "first: 100" in NAMED[name].document}
