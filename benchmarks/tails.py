"""How long requests wait at half the load that saturates the server. Requests are sent on time, whether or not earlier
ones have their responses: otherwise a slow server would be asked less often, and its slowest answers would not count.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, cast
from urllib.parse import urlsplit

import uvloop

from benchmarks import client, wrk
from benchmarks.comparison import Plan
from benchmarks.operations import CONNECTIONS, Operation
from benchmarks.population import create_populated_table, person
from benchmarks.servers import Server, authgraph, local_engine, replaying, serving
from benchmarks.tables import markdown, number

PEOPLE: Final = 300
MOST_TIMES: Final = 4.0
"""How many times the median the 99th percentile may be."""
PAUSE_SECONDS: Final = 0.001
LAST_SECONDS: Final = 10.0
"""How long the last responses may take."""


def table(operations: Sequence[Operation], plan: Plan) -> str:
    """The median and the 99th percentile of each operation, in milliseconds, and their ratio. *Alone* is the ratio with
    DynamoDB's responses from memory. Medians of the rounds."""
    people = [person(number) for number in range(PEOPLE)]
    rows = []
    with ExitStack() as stack:
        engine = stack.enter_context(local_engine())
        settings = create_populated_table(engine.endpoint_url, PEOPLE)
        memory = stack.enter_context(replaying(engine.endpoint_url))
        servers = [stack.enter_context(serving(authgraph(), settings, url)) for url in (engine.endpoint_url, memory)]
        folder = Path(stack.enter_context(TemporaryDirectory()))
        for operation in (one for one in operations if not one.adds):
            row, alone = (
                measured(server, operation, client.requests_of(operation, server, people), folder, plan)
                for server in servers
            )
            rows.append([operation.title, *row, alone[-1], f"{MOST_TIMES:g}"])
            print(" | ".join(rows[-1]), flush=True)
    return markdown(["operation", "requests/s", "p50 ms", "p99 ms", "p99 / p50", "alone", "at most"], rows)


def measured(
    server: Server, operation: Operation, requests: Sequence[tuple[str, bytes]], folder: Path, plan: Plan
) -> tuple[str, ...]:
    """Half the rate that saturates a server, the two percentiles at this rate, and their ratio."""
    file = client.write_requests(folder / operation.name, requests)
    # As in the comparison: the engine compiles what it executes often.
    wrk.run(server.url, file, connections=CONNECTIONS, seconds=plan.warm_up_seconds * operation.patience)
    load = wrk.run(server.url, file, connections=CONNECTIONS, seconds=plan.seconds * operation.patience)
    rate = load.per_second / 2
    found = [percentiles(paced(server, requests, rate, plan.seconds)) for _ in range(plan.rounds)]
    p50, p99 = (median(column) * 1000 for column in zip(*found, strict=True))
    return number(rate), f"{p50:.2f}", f"{p99:.2f}", f"{median(last / middle for middle, last in found):.1f}"


def percentiles(waits: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile."""
    ordered = sorted(waits)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]


def complete(data: bytes | bytearray) -> bool:
    """Whether the data is one whole response. Its length is in its head."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) >= int(length or 0)


class _Connection(asyncio.Protocol):
    """Sends one request at a time. `idle` gets the connection when the response is there."""

    def __init__(self, idle: "deque[_Connection]", waits: list[float]) -> None:
        self._idle = idle
        self._waits = waits
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._idle.append(self)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at a time: what it waited for a connection counts."""
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        if complete(self._data):
            self._data.clear()
            self._waits.append(time.perf_counter() - self._due)
            self._idle.append(self)

    def close(self) -> None:
        self._transport.close()


def paced(server: Server, requests: Sequence[tuple[str, bytes]], rate: float, seconds: float) -> list[float]:
    """Send so many requests per second, in turn. Returns the seconds that each took from when it was due."""
    address = urlsplit(server.url)
    written = cycle([_written(address.netloc, *request) for request in requests])

    async def run() -> list[float]:
        idle: deque[_Connection] = deque()
        waits: list[float] = []
        loop = asyncio.get_running_loop()
        connections = [
            (
                await loop.create_connection(
                    lambda: _Connection(idle, waits), address.hostname or "", address.port or 80
                )
            )[1]
            for _ in range(CONNECTIONS * 4)
        ]
        begun, sent, wanted = time.perf_counter(), 0, int(rate * seconds)
        while sent < wanted:
            due = begun + sent / rate
            if idle and time.perf_counter() >= due:
                idle.popleft().send(next(written), due)
                sent += 1
            else:
                await asyncio.sleep(max(min(due - time.perf_counter(), PAUSE_SECONDS), 0))
        for _ in range(int(LAST_SECONDS / PAUSE_SECONDS)):
            if len(waits) == wanted:
                break
            await asyncio.sleep(PAUSE_SECONDS)
        for connection in connections:
            connection.close()
        return waits

    return uvloop.run(run())


def _written(host: str, authorization: str, payload: bytes) -> bytes:
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload
