"""How long a turn of the event loop takes at half the load that saturates the server with all operations in turn, lists
among them. While a turn lasts, everybody waits.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks import client, tails, watched_server, wrk
from benchmarks.operations import CONNECTIONS, LIST, Operation
from benchmarks.population import create_populated_table, person
from benchmarks.servers import Server, authgraph, local_engine, serving
from benchmarks.tables import markdown, number
from benchmarks.watched_server import Turn

PEOPLE: Final = 300
MOST_SECONDS: Final = 0.015
"""How long a turn may take by our own doing."""
SATURATING_SECONDS: Final = 5
Request = tuple[str, bytes]


def table(operations: Sequence[Operation], minutes: float) -> str:
    """The longest turns during some minutes of load."""
    people = [person(number) for number in range(PEOPLE)]
    seconds = minutes * 60
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engine = stack.enter_context(local_engine())
        settings = create_populated_table(engine.endpoint_url, PEOPLE)
        notes = folder / "turns.json"
        kind = authgraph()
        python, *_ = kind.command
        kind = replace(kind, command=(python, "-m", watched_server.__name__, str(notes)))
        with serving(kind, settings, engine.endpoint_url) as server:
            asked = mixed([client.requests_of(one, server, people) for one in (*operations, LIST) if not one.adds])
            rate = _saturating(server, asked, folder / "requests") / 2
            begun = perf_counter()
            tails.paced(server, asked, rate, seconds)
            ended = perf_counter()
        turns = [turn for turn in watched_server.read(notes) if begun <= turn.at <= ended]
    return described(turns, rate, ended - begun)


def mixed(requests: Sequence[Sequence[Request]]) -> list[Request]:
    """The requests of several operations, one of each in turn. Those of which there are fewer are repeated."""
    longest = max(map(len, requests))
    columns = [[each[number % len(each)] for number in range(longest)] for each in requests]
    return [*chain.from_iterable(zip(*columns, strict=True))]


def described(turns: Sequence[Turn], rate: float, seconds: float) -> str:
    """The longest turn, the one with most CPU time, and the one in which most lists ended."""
    load = f"{seconds:.0f} s at {number(rate)} requests/s, half of what saturates, all operations in turn."
    if not turns:
        return f"{load} No turn took {watched_server.LONG_SECONDS * 1000:g} ms.\n"
    longest = {
        "the longest": max(turns, key=lambda turn: turn.wall),
        "the one with most CPU time of the server": max(turns, key=lambda turn: turn.cpu),
        "the one in which most lists ended": max(turns, key=lambda turn: (turn.lists, turn.cpu)),
    }
    rows = [
        [name, f"{turn.wall * 1000:.1f}", f"{turn.cpu * 1000:.1f}", str(turn.lists), str(turn.operations)]
        for name, turn in longest.items()
    ]
    header = ["turn of the event loop", "ms", "CPU ms, server", "lists ended", "operations ended"]
    slow = [turn for turn in turns if turn.wall > MOST_SECONDS]
    own = sum(turn.cpu > MOST_SECONDS for turn in slow)
    return (
        f"{markdown(header, rows)}\n{load} {len(slow):,} turns took more than {MOST_SECONDS * 1000:g} ms; in {own:,} "
        "of them the server used as much CPU time (target: in none).\n"
    )


def _saturating(server: Server, requests: Sequence[Request], file: Path) -> float:
    """The requests per second of a server that has no pause."""
    written = client.write_requests(file, requests)
    wrk.run(server.url, written, connections=CONNECTIONS, seconds=1)
    return wrk.run(server.url, written, connections=CONNECTIONS, seconds=SATURATING_SECONDS).per_second
