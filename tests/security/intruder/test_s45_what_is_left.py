"""S45: nothing of a request stays in memory after it, whichever way it was responded to and however it ended."""

import asyncio
import gc
import socket
import struct
from collections.abc import Iterator
from typing import Any
from weakref import ref

import pytest

from tests.security.intruder.front import PATIENCE, Echo, Front, serving_front
from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app
from web.protocol import Connection

SIZE = 60_000
"""The bytes of a body that is read from the connection at once."""
POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
HELD = b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"


def _connection(front: Front) -> Connection:
    (connection,) = front.server.server_state.connections
    assert isinstance(connection, Connection)
    return connection


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain"], ids=["read", "not read"])
@pytest.mark.parametrize("path", [b"/graphql", b"/graphql?", b"/schema.graphql", b"/nothing"])
async def test_s45_an_idle_connection_holds_no_body(path: bytes, kind: bytes) -> None:
    """Its bytes are not counted any more. There may be thousands of such connections."""
    app = create_app(Greetings(), settings_of(), ready=always_ready, sdl="")
    async with serving_front(app) as front, await front.connect() as client:
        await client.send(POST % (path, kind, SIZE, b"a" * SIZE))
        assert (await client.answer()).status in (400, 404, 405, 415)
        connection = _connection(front)
        await asyncio.gather(*connection.tasks)
        assert len(connection.cycle.body) == front.connections.bodies.total == 0


async def test_s45_a_body_is_held_once_while_its_request_is_executed() -> None:
    """So that what is counted is what is held."""
    greetings = Greetings(hang=True)
    app = create_app(greetings, settings_of(), ready=always_ready)
    body = b'{"query":"{ hello }"%s}' % (b" " * SIZE)
    async with serving_front(app) as front, await front.connect() as client:
        await client.send(POST % (b"/graphql", b"application/json", len(body), body))
        async with asyncio.timeout(PATIENCE):
            while not greetings.calls:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.001)
        assert front.connections.bodies.total == len(body)
        assert not _connection(front).cycle.body


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Turn the garbage collector off for a test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


SENT = {
    "one": NEXT,
    "several": NEXT * 3,
    "one in progress": HELD,
    "some behind one in progress": HELD + NEXT * 2,
    "half of one": HALF,
    "half of one behind one in progress": HELD + HALF,
    "too many": HELD + NEXT * 30,
    "half a head": b"GET / HT",
    "garbage": b"\0\r\n\r\n",
    "garbage behind one in progress": HELD + NEXT + b"\0\r\n\r\n",
    "an offer to upgrade": b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
}


@pytest.mark.parametrize("end", ["no more", "reset", "closed by the server"])
@pytest.mark.parametrize("sent", SENT)
@pytest.mark.usefixtures("no_collection")
async def test_s45_a_connection_that_has_ended_is_freed_at_once(echo: Echo, sent: str, end: str) -> None:
    """Without the garbage collector, which would find it and its requests later, and stop everybody else for it."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front:
        client = await front.connect()
        await client.send(SENT[sent])
        connection = _connection(front)
        cycles: list[Any] = [connection.cycle, *(cycle for cycle, _ in connection.pipeline)]
        things: list[ref[Any]] = [ref(connection), *(ref(cycle) for cycle in cycles if cycle is not None)]
        transport, tasks = connection.transport, connection.tasks
        del connection, cycles
        if end == "no more":
            client.writer.write_eof()
            await front.until(lambda: front.protocol.ends == 1)
        elif end == "reset":
            client.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            client.writer.transport.abort()
            await front.until_closed()
        else:
            transport.abort()
        del transport
        echo.hold.set()
        await client.rest()
        await front.until_closed()
        client.writer.close()
        await asyncio.gather(*tasks)
        async with asyncio.timeout(PATIENCE):
            while any(thing() for thing in things):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.001)
        assert front.connections.bodies.total == 0
