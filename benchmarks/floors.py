"""What an operation cannot cost less than: a bare response of its size, and its requests to DynamoDB, signed and
decoded. All of it without waiting for the engine, whose responses come from memory."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import uvloop

from benchmarks import client, processes, wrk
from benchmarks.comparison import Plan
from benchmarks.operations import CONNECTIONS, named
from benchmarks.population import Person, create_populated_table, person
from benchmarks.servers import ROOT, Kind, Server, authgraph, local_engine, replaying, serving
from benchmarks.tables import markdown, number
from dynamo.client import Table
from dynamo.settings import TableSettings

PEOPLE: Final = 60
Read = Callable[[Table, Person], Awaitable[object]]


def _session(table: Table, who: Person) -> Awaitable[object]:
    key = f"SESSION#{who.session_tokens[0]}"
    return table.query_index(key, key)


def _partition(table: Table, who: Person) -> Awaitable[object]:
    return table.query_partition(f"USER#{who.id}")


def _user(table: Table, who: Person) -> Awaitable[object]:
    key = f"USER#{who.email}"
    return table.query_index(key, key)


@dataclass(frozen=True, slots=True)
class Floor:
    """An operation, the requests that it sends, and how many times its floors it may cost."""

    operation: str
    reads: tuple[Read, ...]
    target: float


FLOORS: Final = (Floor("user-by-id", (_user,), 2.5), Floor("viewer", (_session, _partition), 3.0))


def table(plan: Plan) -> str:
    """Microseconds of CPU for each floor and for the operation. Medians of interleaved rounds."""
    people = [person(number) for number in range(PEOPLE)]
    rows = []
    with ExitStack() as stack:
        engine = stack.enter_context(local_engine())
        settings = create_populated_table(engine.endpoint_url, PEOPLE)
        endpoint_url = stack.enter_context(replaying(engine.endpoint_url))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        ours = stack.enter_context(serving(authgraph(), settings, endpoint_url))
        for floor in FLOORS:
            (operation,) = named(floor.operation)
            requests = client.requests_of(operation, ours, people)
            size = sum(client.ask(ours, *request)[1] for request in requests) // len(requests)
            file = client.write_requests(folder / operation.name, requests)
            with serving(_bare(size), settings, endpoint_url) as bare:
                measured = [
                    (
                        _cpu(bare, file, plan.seconds),
                        _reading(settings, endpoint_url, floor.reads, people, plan.seconds),
                        _cpu(ours, file, plan.seconds),
                    )
                    for _ in range(plan.rounds)
                ]
            columns = [median(column) for column in zip(*measured, strict=True)]
            times = median(whole / (response + reads) for response, reads, whole in measured)
            rows.append([operation.title, *map(number, columns), f"{times:.2f}", f"{floor.target:g}"])
            print(" | ".join(rows[-1]), flush=True)
    header = ["operation", "bare response, µs", "its Queries, µs", "operation, µs", "times its floors", "at most"]
    return markdown(header, rows)


def _bare(size: int) -> Kind:
    command = (sys.executable, "-m", "benchmarks.bare_server")
    # As a peer, it is told its port by PORT.
    return Kind("bare response", True, command, ROOT, "/", {"SIZE": str(size)})


def _cpu(server: Server, requests: Path, seconds: int) -> float:
    before = processes.cpu_seconds(server.pid)
    load = wrk.run(server.url, requests, connections=CONNECTIONS, seconds=seconds)
    return (processes.cpu_seconds(server.pid) - before) * 1e6 / load.requests


def _reading(
    settings: TableSettings, endpoint_url: str, reads: Sequence[Read], people: Sequence[Person], seconds: int
) -> float:
    """Microseconds of CPU for one round of the reads, with as many at a time as there are connections."""
    at_replay = settings.model_copy(update={"dynamodb_endpoint_url": endpoint_url})

    async def run() -> float:
        found = Table.connect(at_replay)
        await found.open()
        turns, done = cycle(people), 0

        async def until(ends: float) -> None:
            nonlocal done
            while time.monotonic() < ends:
                who = next(turns)
                for read in reads:
                    await read(found, who)
                done += 1

        async def crowd(seconds: float) -> Any:
            return await asyncio.gather(*(until(time.monotonic() + seconds) for _ in range(CONNECTIONS)))

        await crowd(seconds / 4)
        done, begun = 0, time.process_time()
        await crowd(seconds)
        spent = time.process_time() - begun
        await found.close()
        return spent * 1e6 / done

    return uvloop.run(run())
