"""What is noted of the turns of an event loop, and what the benchmark says of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import turns, watched_server
from benchmarks.watched_server import Turn, Watch


def _noted(*looks: tuple[float, float]) -> Iterator[Turn]:
    """The turns between looks at these times, of the clock and of the CPU."""
    clock, cpu = ([look[index] for look in looks] for index in (0, 1))
    watch = Watch(iter(clock).__next__, iter(cpu).__next__)
    for _ in looks:
        watch.look()
        watch.count(1)
        watch.count(watched_server.LIST_COST - 1)
        watch.count(watched_server.LIST_COST)
    yield from watch.turns


def test_a_turn_has_its_time_and_its_cpu_time() -> None:
    """And what has ended in it: three operations, one of them a list. Short turns are not noted."""
    short, long, used = 1 / 512, 1 / 32, 1 / 64
    looks = [(0.0, 0.0), (short, 0.0), (short + long, used), (2 * short + long, used)]
    assert [*_noted(*looks)] == [Turn(at=short + long, wall=long, cpu=used, operations=3, lists=1)]


def test_a_turn_has_no_more_cpu_time_than_it_took() -> None:
    """Several threads can use more."""
    assert [turn.cpu for turn in _noted((0.0, 0.0), (0.25, 0.5))] == [0.25]


def test_counts_begin_anew_with_each_turn() -> None:
    """So that no operation is counted twice."""
    looks = [(float(number), 0.0) for number in range(4)]
    assert [(turn.operations, turn.lists) for turn in _noted(*looks)] == [(3, 1)] * 3


async def test_the_turns_of_an_application_are_written_when_it_ends(tmp_path: Path) -> None:
    """Among them one that an application has held."""
    file, seen = tmp_path / "turns", []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        if scope["type"] == "lifespan":
            for _ in range(20):
                await asyncio.sleep(watched_server.EACH_SECONDS)
            watch.count(watched_server.LIST_COST)
            held = watch.clock()
            while watch.clock() < held + 3 * watched_server.LONG_SECONDS:
                pass
            await asyncio.sleep(2 * watched_server.EACH_SECONDS)

    watch = Watch()
    watched = watched_server.watched(application, file, watch)
    await watched({"type": "http"}, None, None)
    assert not file.exists()
    await watched({"type": "lifespan"}, None, None)

    assert seen == ["http", "lifespan"]
    (turn,) = [turn for turn in watched_server.read(file) if turn.lists]
    assert turn.wall >= 3 * watched_server.LONG_SECONDS


def test_the_requests_of_all_operations_alternate() -> None:
    """An operation with fewer requests repeats them."""
    first, second = ([(name, str(number).encode()) for number in range(3)] for name in ("a", "b"))
    assert turns.mixed([first, second[:1]]) == [first[0], second[0], first[1], second[0], first[2], second[0]]


def test_the_longest_turn_is_told_from_the_one_with_most_cpu_time() -> None:
    """The first one is the machine's doing, the second one ours."""
    machines = Turn(at=1.0, wall=0.04, cpu=0.002, operations=1, lists=0)
    ours = Turn(at=2.0, wall=0.018, cpu=0.017, operations=5, lists=4)
    short = Turn(at=3.0, wall=0.012, cpu=0.012, operations=9, lists=5)
    said = turns.described([machines, ours, short], rate=200.0, seconds=300.0)
    assert "| the longest | 40.0 | 2.0 | 0 | 1 |" in said
    assert "| the one with most CPU time of the server | 18.0 | 17.0 | 4 | 5 |" in said
    assert "| the one in which most lists ended | 12.0 | 12.0 | 5 | 9 |" in said
    assert "300 s at 200 requests/s" in said
    assert "2 turns took more than 15 ms; in 1 of them the server used as much CPU time" in said


def test_without_a_long_turn_it_says_so() -> None:
    """There is nothing to put into a table."""
    assert turns.described([], rate=200.0, seconds=60.0).endswith("No turn took 4 ms.\n")
