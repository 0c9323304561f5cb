"""A server with the real listener options and an application that remembers each request, and a client that counts
bytes."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.web.conftest import settings_of
from web.body import ClientDisconnected, Incoming, read_body
from web.connection_limits import LOOPBACK, Connections
from web.endpoint import Respond
from web.headers import RequestHeaders
from web.http_response import Response
from web.protocol import Connection
from web.proxies import Network
from web.uvicorn_options import listener_options

PATIENCE = 60
"""Seconds after which a test gives up. Nothing here takes a second, unless the machine is busy."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the application received it."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str] = field(compare=False, default_factory=dict)


@dataclass(slots=True)
class Echo:
    """An application that responds to each request with its method, path and body, after reading the whole body."""

    seen: list[Seen] = field(default_factory=list)
    hold: asyncio.Event | None = None
    """If set, requests to `/held` wait for it."""
    answer: bytes | None = None
    early: bool = False
    """Whether it responds before it has read the body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while not self.early:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        answer = await self.answer_to(scope, body)
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": answer})

    async def answer_to(self, scope: Scope, body: bytes) -> bytes:
        """The body of the response."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.seen.append(Seen(scope["method"], scope["path"], body, headers))
        if self.hold is not None and scope["path"] == "/held":
            await self.hold.wait()
        return self.answer or json.dumps([scope["method"], scope["path"], body.decode("latin-1")]).encode()


class DirectEcho(Echo):
    """The same without ASGI, for every path that has no query string and nothing to decode."""

    @property
    def direct(self) -> "DirectEcho":
        """What responds to a path."""
        return self

    def get(self, path: bytes) -> Respond | None:
        """What responds to this path; None if that is for ASGI."""
        return None if b"?" in path or b"%" in path or not path.isascii() else self.respond

    async def respond(self, scope: Scope, _: RequestHeaders, incoming: Incoming) -> Response | None:
        """Respond with what `Echo` sends in ASGI messages."""
        body = b""
        if not self.early:
            try:
                whole = incoming.whole()
                body = await read_body(incoming, 2**40) if whole is None else whole
            except ClientDisconnected:
                return None
        answer = await self.answer_to(scope, body)
        return Response(200, (), ((b"content-length", b"%d" % len(answer)),), answer)


ECHOES = (Echo, DirectEcho)
"""What responds in ASGI, and without."""


class Watched(Connection):
    """The real protocol, with which a test can wait until it has received what was sent."""

    received = 0
    """Bytes that have arrived on all connections."""
    event = asyncio.Event()
    """Set when bytes arrive, a response is complete or a connection ends."""
    connections_made = 0
    ends = 0
    """The number of clients that have closed their side of the connection."""

    def eof_received(self) -> bool:  # type: ignore[override]
        type(self).ends += 1
        self.event.set()
        return super().eof_received()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        type(self).connections_made += 1

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.event.set()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.event.set()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        type(self).received += len(data)
        self.event.set()


@dataclass(slots=True)
class Front:
    """A running server, with access to its connections."""

    port: int
    app: ASGIApp
    server: uvicorn.Server
    protocol: type[Watched]
    connections: Connections

    @property
    def open_connections(self) -> int:
        """Connections that the server has open."""
        return len(self.server.server_state.connections)

    async def connect(self, **options: Any) -> "Client":
        """Connect a new client. The options are those of `asyncio.open_connection`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, **options)
        return Client(self, reader, writer)

    async def until_received(self, total: int) -> None:
        """Return when the server has received so many bytes since its start."""
        await self.until(lambda: self.protocol.received >= total)

    async def until_closed(self) -> None:
        """Return when the server has no connection left."""
        await self.until(lambda: not self.open_connections)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when the condition holds, which is checked after each event."""
        while not condition():
            self.protocol.event.clear()
            await asyncio.wait_for(self.protocol.event.wait(), PATIENCE)

    def pass_time(self, seconds: float) -> None:
        """Let it be so much longer ago that the open connections began to wait for their clients. The next check of
        all connections, within a second, finds that."""
        for connection in self.server.server_state.connections:
            assert isinstance(connection, Connection)
            connection.waiting_since -= seconds

    async def exchange(self, *pieces: bytes) -> list["Answer"]:
        """Send these pieces on a new connection, one after the other, close the sending side, and return all
        responses."""
        async with await self.connect() as client:
            await client.send(*pieces)
            return await client.rest()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `json` is its body."""

    status: int
    head: str
    json: Any

    @property
    def code(self) -> str:
        """The code of the one error."""
        (error,) = self.json["errors"]
        code: str = error["extensions"]["code"]
        return code


@dataclass(slots=True)
class Client:
    """A raw connection, which can send any bytes."""

    front: Front
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def send(self, *pieces: bytes) -> None:
        """Send each piece after the server has received the one before."""
        for piece in pieces:
            total = self.front.protocol.received + len(piece)
            self.writer.write(piece)
            await self.front.until_received(total)

    async def answer(self) -> Answer:
        """Read the next response, with its body."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None, head
        body = await asyncio.wait_for(self.reader.readexactly(int(length[1])), PATIENCE)
        return Answer(int(head.split()[1]), head.decode("latin-1"), json.loads(body) if body else None)

    async def answers(self, count: int) -> list[Answer]:
        """Read as many responses as `count`."""
        return [await self.answer() for _ in range(count)]

    async def rest(self) -> list[Answer]:
        """All responses until the server closes the connection."""
        answers = []
        while not await self.is_at_end():
            answers.append(await self.answer())
        return answers

    async def is_at_end(self) -> bool:
        """Wait for another byte or the end of the connection. Returns whether it is the end."""
        try:
            byte = await asyncio.wait_for(self.reader.read(1), PATIENCE)
        except ConnectionError:
            return True
        if byte:
            # Put the byte back in front of what has arrived since.
            self.reader._buffer[:0] = byte  # type: ignore[attr-defined]
        return not byte


@asynccontextmanager
async def serving_front(app: ASGIApp, own: Sequence[Network] = LOOPBACK, **settings: Any) -> AsyncIterator[Front]:
    """A server in this event loop. `own` are networks whose connections are not counted by address."""

    class Here(Watched):
        received = 0
        event = asyncio.Event()
        connections_made = ends = 0

    options = listener_options(settings_of(**settings))
    connections = Connections(settings_of(**settings), own)
    options["http"] = partial(Here, connections=connections)
    options["lifespan"] = "off"
    server = uvicorn.Server(uvicorn.Config(app, **options, log_config=None))
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    # Connections inherit the option. Unlike uvloop, asyncio does not set it for connections of a given listener.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port = listener.getsockname()[1]
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield Front(port, app, server, Here, connections)
    finally:
        for connection in tuple(server.server_state.connections):
            connection.transport.abort()
        server.should_exit = server.force_exit = True
        await task
