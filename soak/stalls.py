"""Clients that stop in the middle of a request, or never read, beside others that must not notice."""

import asyncio
import socket
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from soak.callers import callers
from soak.chaos import look_at_all
from soak.client import Client
from soak.plan import Plan
from soak.stage import Stage
from soak.tally import Tally, percentile
from tests.processes import ADMIN_KEY

CALLERS: Final = 10
STALLED: Final = 200
"""The number of connections that hang at the same time."""
IMPATIENCE: Final = {
    "AUTHGRAPH_HEADER_TIMEOUT_SECONDS": "3",
    "AUTHGRAPH_TIMEOUT_SECONDS": "8",
    "AUTHGRAPH_IDLE_TIMEOUT_SECONDS": "5",
}
"""Settings of the server with shorter limits, so that a short experiment reaches them."""
UNREAD_SECONDS: Final = 10.0
"""How long nothing is read: longer than any of these limits."""
ENDED_SECONDS: Final = 30.0
"""The time within which the server must end such a connection: much more than its limits, for a busy machine."""
SLOWEST_SECONDS: Final = 5.0
"""How long an ordinary request may take beside hanging clients. Three times the slowest without them is allowed too."""

HEAD: Final = f"POST /graphql HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer {ADMIN_KEY}\r\n"
QUERY: Final = '{"query": "{ users(first: 100) { nodes { id userId name email attributes } } }"}'
LENGTH: Final = f"content-type: application/json\r\ncontent-length: {len(QUERY)}\r\n\r\n"
NEVER_READS: Final = "never reads"
KINDS: Final[dict[str, str]] = {
    "half a head": HEAD,
    "half a body": f"{HEAD}{LENGTH}{QUERY[:20]}",
    "half a chunk": f"{HEAD}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n40\r\nx",
    # A megabyte that takes the server almost no time, because silence is tested and not load.
    NEVER_READS: f"GET /schema.graphql HTTP/1.1\r\nhost: soak\r\nauthorization: Bearer {ADMIN_KEY}\r\n\r\n" * 16,
}


async def run(stage: Stage, plan: Plan) -> Tally:
    """Ordinary callers alone, then beside clients that hang."""
    tally = Tally("stalls")
    with stage.server("stalls", IMPATIENCE) as server:
        async with Client(server.url, tally, excused=frozenset()) as client:
            everybody = callers(client, tally, plan.seed, CALLERS)
            alone_until = time.monotonic() + plan.stall_seconds / 4
            await asyncio.gather(*(one.run(lambda: time.monotonic() > alone_until) for one in everybody))
            alone, tally.latencies = tally.latencies, []
            over = time.monotonic() + plan.stall_seconds * 3 / 4
            hanging = [Hanging(server.url, list(KINDS)[number % len(KINDS)], tally) for number in range(STALLED)]
            hangs = asyncio.gather(*(one.run(over) for one in hanging))
            await asyncio.gather(*(one.run(lambda: time.monotonic() > over) for one in everybody))
            beside = list(tally.latencies)
            await hangs
            await look_at_all(everybody)
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    if beside and max(beside) > max(SLOWEST_SECONDS, 3 * max(alone)):
        tally.violate(f"a request took {max(beside):.1f} s beside clients that hang")
    tally.latencies = alone + beside
    ended: Counter[str] = Counter()
    for one in hanging:
        ended[one.kind] += one.ended
    tally.notes.append(
        f"p99 {percentile(alone, 99) * 1000:.0f} ms alone, {percentile(beside, 99) * 1000:.0f} ms beside {STALLED} "
        f"connections that hang; ended by the server: {', '.join(f'{count} {kind}' for kind, count in ended.items())}"
    )
    await stage.examine(tally)
    return tally


@dataclass(slots=True)
class Hanging:
    """A client that sends something, and then neither sends nor reads. When its connection is ended, it connects
    again."""

    url: str
    kind: str
    tally: Tally
    ended: int = 0
    """How often the server has ended its connection."""

    async def run(self, over: float) -> None:
        """Hang until `over`, and until the server has ended the last connection."""
        while time.monotonic() < over:
            try:
                async with asyncio.timeout(UNREAD_SECONDS + ENDED_SECONDS):
                    await self._hang()
                self.ended += 1
            except TimeoutError:
                self.tally.violate(f"the server did not end a connection of the kind {self.kind!r}")

    async def _hang(self) -> None:
        loop = asyncio.get_running_loop()
        address = urlsplit(self.url)
        with socket.socket() as connection:
            connection.setblocking(False)
            # A small buffer, so that unread bytes stay with the server.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(connection, (address.hostname, address.port))
            try:
                await loop.sock_sendall(connection, KINDS[self.kind].encode())
                if self.kind == NEVER_READS:
                    await asyncio.sleep(UNREAD_SECONDS)
                while await loop.sock_recv(connection, 65536):
                    pass
            except ConnectionError:
                # The server has reset the connection.
                return
