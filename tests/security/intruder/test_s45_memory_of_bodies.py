"""S45: the memory that bodies take is bounded, whoever sends them and however they end."""

import asyncio
import socket
import struct

import pytest

from tests.security.intruder.front import PATIENCE, Echo, Front, serving_front
from web.bodies_in_flight import SMALL
from web.protocol import Connection

MEBIBYTE = 1024 * 1024
MOST = 4 * MEBIBYTE
HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


async def test_s45_bodies_beyond_the_budget_are_refused_and_small_ones_pass(echo: Echo) -> None:
    """Whether they are still arriving or complete. All of the budget is released afterwards."""
    echo.hold = asyncio.Event()
    async with serving_front(echo, max_body_bytes_in_flight=MOST) as front:
        whole = [await front.connect() for _ in range(2)]
        for client in whole:
            await client.send(HEAD % (b"/held", MEBIBYTE) + b"a" * MEBIBYTE)
        slow = [await front.connect() for _ in range(2)]
        for client in slow:
            await client.send(HEAD % (b"/slow", MEBIBYTE) + b"a" * (MEBIBYTE - 1))
        assert front.connections.bodies.total == MOST - 2
        refused = 0
        for _ in range(20):
            async with await front.connect() as late:
                await late.send(HEAD % (b"/late", MEBIBYTE) + b"a" * (SMALL + 3))
                answer = await late.answer()
                assert (answer.status, answer.code) == (503, "OVERLOADED")
                assert "AUTHGRAPH_MAX_BODY_BYTES_IN_FLIGHT" in answer.json["errors"][0]["message"]
                refused += 1
            async with await front.connect() as small:
                await small.send(HEAD % (b"/small", SMALL) + b"a" * SMALL)
                assert (await small.answer()).status == 200
            assert front.connections.bodies.total <= MOST
        echo.hold.set()
        for client in whole:
            assert (await client.answer()).status == 200
        for client in slow:
            await client.send(b"a")
            assert (await client.answer()).status == 200
        async with await front.connect() as late:
            await late.send(HEAD % (b"/late", MEBIBYTE) + b"a" * MEBIBYTE)
            assert (await late.answer()).status == 200
        for client in (*whole, *slow):
            client.writer.close()
        await front.until_closed()
        assert front.connections.bodies.total == 0
    assert refused == 20
    assert "/late" in {seen.path for seen in echo.seen}


ENDS = {
    "half a body": HEAD % (b"/a", 30_000) + b"a" * 20_000,
    "half a body behind others": (HEAD % (b"/held", 10) + b"a" * 10) * 3 + HEAD % (b"/a", 30_000) + b"a" * 20_000,
    "garbage in chunks": b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n"
    + b"a" * 1024
    + b"zz",
    "garbage behind others": HEAD % (b"/held", 3)
    + b"aaa"
    + b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"400\r\n" + b"a" * 1024 + b"zz",
    "pipelined and whole": (HEAD % (b"/held", 1000) + b"a" * 1000) * 5,
}


async def _until_held(front: Front, size: int = 1) -> None:
    """Wait until the server holds so many bytes of bodies."""
    async with asyncio.timeout(PATIENCE):
        while front.connections.bodies.total < size:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("kind", ENDS)
async def test_s45_what_an_ended_connection_held_is_given_back(echo: Echo, kind: str) -> None:
    """However it ends. A request that is still being executed keeps its body until then."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front:
        client = await front.connect()
        await client.send(ENDS[kind])
        if kind != "garbage in chunks":
            await _until_held(front)
        (connection,) = front.server.server_state.connections
        assert isinstance(connection, Connection)
        client.writer.transport.abort()
        echo.hold.set()
        await front.until_closed()
        await asyncio.gather(*connection.tasks)
        # Then the callbacks at the end of a task.
        await asyncio.sleep(0)
        assert front.connections.bodies.total == 0


async def test_s45_a_body_is_held_while_its_request_is_worked_on(echo: Echo) -> None:
    """Even if its client has disconnected, so that reconnecting gives no additional room."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front:
        client = await front.connect()
        await client.send(HEAD % (b"/held", MEBIBYTE) + b"a" * MEBIBYTE)
        await _until_held(front, MEBIBYTE)
        (connection,) = front.server.server_state.connections
        assert isinstance(connection, Connection)
        # Reset, because a closed connection could mean that the client only sends no more.
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.writer.transport.abort()
        await front.until_closed()
        assert front.connections.bodies.total == MEBIBYTE
        echo.hold.set()
        await asyncio.gather(*connection.tasks)
        await asyncio.sleep(0)
        assert front.connections.bodies.total == 0
