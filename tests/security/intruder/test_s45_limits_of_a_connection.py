"""S45: how much one client, or many of them, can make the server hold, and for how long."""

import asyncio
import socket

import pytest

from tests.security.intruder.front import Echo, Front, serving_front
from tests.web.conftest import always_ready, greetings, settings_of
from tests.web.greetings import Greetings
from web.app import create_app
from web.protocol import PIECE, Connection

__all__ = ["greetings"]

REQUEST = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 0.3
"""A time limit, in seconds, that is exceeded however fast the machine is."""
MEBIBYTE = 1024 * 1024


ENDLESS = {
    "value": (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
    "name": (b"GET / HTTP/1.1\r\n", b"a"),
    "address": (b"GET /", b"a"),
    "spaces": (b"GET / HTTP/1.1\r\nHost: x\r\nX:", b" "),
    "many": (b"GET / HTTP/1.1\r\n", b"a: b\r\n"),
    "line breaks": (b"", b"\r\n"),
    "offer": (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nX: ", b"a"),
    "trailers": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", b"a: b\r\n"),
    "extension": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_what_has_no_end_is_cut_off(front: Front, echo: Echo, kind: str) -> None:
    """Of a gigabyte that a client would send, the parser gets little more than the limit."""
    begin, more = ENDLESS[kind]
    packet = more * (8192 // len(more))
    async with await front.connect() as client:
        await client.send(REQUEST + begin)
        assert (await client.answer()).status == 200
        sent = len(begin)
        while sent < 1024 * MEBIBYTE and not client.reader.at_eof():
            await client.send(packet)
            sent += len(packet)
            await asyncio.sleep(0)
            if client.reader._buffer:  # type: ignore[attr-defined]
                break
        answer = await client.answer()
        assert (answer.status, answer.code) == (431, "HEADERS_TOO_LARGE")
        assert await client.is_at_end()
    assert sent < 32 * 1024 + PIECE + 2 * len(packet)
    assert [seen.path for seen in echo.seen] == ["/next"]


async def test_the_parser_is_given_a_large_packet_in_pieces(front: Front) -> None:
    """From a quarter of a mebibyte of short headers in one packet, it makes no more headers than the limit allows."""
    async with await front.connect() as client:
        client.writer.write(b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 60_000)
        assert (await client.answer()).status == 431
        (connection,) = front.server.server_state.connections
        assert len(connection.headers) <= (32 * 1024 + PIECE) // 4  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"a: b\r\n" * 99, 200),
        (b"a: b\r\n" * 100, 431),
        (b"a: %s\r\n" % (b"b" * (32 * 1024 - 30)), 200),
        (b"a: %s\r\n" % (b"b" * (32 * 1024 - 10)), 431),
        (b"a: %s\r\n" % (b"b" * 17_000) + b"c: %s\r\n" % (b"d" * 16_000), 431),
    ],
    ids=["as many", "one more", "as long", "longer", "longer together"],
)
@pytest.mark.parametrize(
    "before", [b"", REQUEST, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n" + b"a" * 20_000]
)
async def test_a_head_is_served_up_to_its_limits(front: Front, before: bytes, headers: bytes, status: int) -> None:
    """What came before it in the same packet does not count."""
    async with await front.connect() as client:
        client.writer.write(before + b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
        if before:
            assert (await client.answer()).status == 200
        assert (await client.answer()).status == status


async def test_a_refusal_looks_like_every_other(front: Front) -> None:
    """JSON with a code and a request id, never cached, and the connection is closed."""
    (answer,) = await front.exchange(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n")
    assert answer.head.startswith("HTTP/1.1 431 Request Header Fields Too Large\r\n")
    for header in ("content-type: application/json", "cache-control: no-store", "x-request-id: ", "connection: close"):
        assert f"\r\n{header}" in answer.head
    (error,) = answer.json["errors"]
    assert error["message"] == "The request has 101 headers; at most 100 are allowed (AUTHGRAPH_MAX_HEADERS)."


async def test_half_a_head_is_refused_and_a_silent_connection_closed(echo: Echo) -> None:
    """Even if a byte of the head arrives now and then."""
    async with (
        serving_front(echo) as front,
        await front.connect() as half,
        await front.connect() as silent,
        await front.connect() as slow,
    ):
        await half.send(b"GET / HTTP/1.1\r\nHost")
        await slow.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        front.pass_time(front.connections.settings.header_timeout_seconds)
        slow.writer.write(b"a")
        assert (await half.answer()).status == 408
        assert await half.is_at_end()
        assert await silent.is_at_end()
        assert (await slow.answer()).status == 408
    assert echo.seen == []


async def test_an_idle_connection_is_closed_and_one_with_work_is_not(echo: Echo) -> None:
    """The server waits for the first, and the second for the server."""
    echo.hold = asyncio.Event()
    async with (
        serving_front(echo) as front,
        await front.connect() as idle,
        await front.connect() as busy,
    ):
        await busy.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        await idle.send(REQUEST)
        assert (await idle.answer()).status == 200
        front.pass_time(front.connections.settings.idle_timeout_seconds)
        assert await idle.is_at_end()
        echo.hold.set()
        assert (await busy.answer()).status == 200


@pytest.mark.parametrize("offer", [b"", b"Connection: upgrade\r\nUpgrade: h2c\r\n"], ids=["plain", "upgrade"])
@pytest.mark.parametrize("pieces", [[b"abc"], [b"a", b"bc"]], ids=["one piece", "two pieces"])
async def test_a_connection_is_idle_too_after_a_body_that_came_later_than_its_response(
    echo: Echo, offer: bytes, pieces: list[bytes]
) -> None:
    """It is kept as long as any other: a client, or a proxy, may send the next request on it."""
    echo.early = True
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n" + offer + b"\r\n")
        await client.answer()
        await client.send(*pieces)
        (connection,) = front.server.server_state.connections
        assert isinstance(connection, Connection)
        settings = front.connections.settings
        assert settings.header_timeout_seconds < settings.idle_timeout_seconds
        connection.check(asyncio.get_running_loop().time() + settings.header_timeout_seconds + 1)
        assert connection.was_answered
        await client.send(REQUEST)
        assert (await client.answer()).status == 200
        assert not connection.transport.is_closing()


async def test_half_a_head_behind_a_request_is_not_taken_for_idleness(echo: Echo) -> None:
    """It arrived in the packet of the request before."""
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(REQUEST + b"GET / HT")
        assert (await client.answer()).status == 200
        front.pass_time(front.connections.settings.header_timeout_seconds)
        assert [answer.status for answer in await client.rest()] == [408]


async def test_an_answer_that_is_not_taken_is_dropped(echo: Echo) -> None:
    """The memory of thirty clients that never read is released."""
    echo.answer = b'"%s"' % (b"a" * 9 * MEBIBYTE)
    async with serving_front(echo, timeout_seconds=SOON) as front:
        strangers = []
        for _ in range(30):
            stranger = socket.socket()
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stranger.setblocking(False)
            await asyncio.get_running_loop().sock_connect(stranger, ("127.0.0.1", front.port))
            stranger.send(REQUEST)
            strangers.append(stranger)
        await front.until_received(30 * len(REQUEST))
        await front.until_closed()
        for stranger in strangers:
            stranger.close()


async def test_a_last_answer_is_not_cut_off_for_the_time_its_request_took(echo: Echo) -> None:
    """The client has as long to read it as any other, however long ago it connected."""
    echo.answer = b'"%s"' % (b"a" * 9 * MEBIBYTE)
    async with serving_front(echo) as front, await front.connect(limit=4096) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n")
        (connection,) = front.server.server_state.connections
        assert isinstance(connection, Connection)
        connection.waiting_since -= 3600
        await client.send(b"Connection: close\r\n\r\n")
        await front.until(connection.transport.is_closing)
        connection.check(asyncio.get_running_loop().time())
        assert (await client.answer()).status == 200


@pytest.mark.parametrize("after", [b"", b"\0\r\n\r\n", b"GET / HT"], ids=["nothing", "garbage", "half a head"])
async def test_an_answer_that_is_being_taken_is_not_cut_off_for_what_follows_it(echo: Echo, after: bytes) -> None:
    """Its client has `AUTHGRAPH_TIMEOUT_SECONDS` to read it, and then as long as any other to go on."""
    echo.answer = b'"%s"' % (b"a" * 9 * MEBIBYTE)
    async with serving_front(echo) as front, await front.connect(limit=4096) as client:
        await client.send(REQUEST + after)
        (connection,) = front.server.server_state.connections
        assert isinstance(connection, Connection)
        await front.until(lambda: connection.transport.get_write_buffer_size() > 0)
        connection.waiting_since -= 3600
        connection.check(asyncio.get_running_loop().time())
        assert len((await client.answer()).json) == 9 * MEBIBYTE
        connection.check(asyncio.get_running_loop().time())
        assert not connection.transport.is_closing()
        client.writer.write_eof()
        assert [answer.status for answer in await client.rest()] == ([400] if after == b"\0\r\n\r\n" else [])


async def test_connections_beyond_the_cap_take_the_place_of_the_longest_silent(echo: Echo) -> None:
    """Clients that have sent a request stay longer than those that never did."""
    async with serving_front(echo, max_connections=8) as front, await front.connect() as kept:
        await kept.send(REQUEST)
        await kept.answer()
        silent = [await front.connect() for _ in range(40)]
        last = silent[-1]
        await last.send(REQUEST)
        assert (await last.answer()).status == 200
        assert front.open_connections <= 8
        await kept.send(REQUEST)
        assert (await kept.answer()).status == 200
        assert [await stranger.is_at_end() for stranger in silent[:32]] == [True] * 32
        for stranger in silent:
            stranger.writer.close()


SLOW = {
    "counted": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
    "nothing of it": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n",
    "chunked": b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    "asking": b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n",
    "head": b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length:",
    "behind another": REQUEST + b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
}


@pytest.mark.parametrize("kind", SLOW)
async def test_who_sends_slowly_makes_room_like_who_is_silent(echo: Echo, kind: str) -> None:
    """Before those that got a response and are silent, whatever responses it got itself."""
    async with serving_front(echo, max_connections=8) as front:
        kept = [await front.connect() for _ in range(2)]
        slow = [await front.connect() for _ in range(6)]
        for client in (*kept, *slow):
            await client.send(REQUEST)
            await client.answer()
        for client in slow:
            await client.send(SLOW[kind])
        for _ in range(20):
            async with await front.connect() as late:
                await late.send(REQUEST)
                assert (await late.answer()).status == 200
        for client in kept:
            await client.send(REQUEST)
            assert (await client.answer()).status == 200
        for client in (*kept, *slow):
            client.writer.close()


@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"], ids=["kept", "last"])
async def test_an_answer_that_is_being_taken_is_not_cut_off_for_others(echo: Echo, header: bytes) -> None:
    """Whether it is the last on its connection or not."""
    echo.answer = b'"%s"' % (b"a" * 9 * MEBIBYTE)
    async with serving_front(echo, max_connections=4) as front, await front.connect(limit=4096) as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n")
        (connection,) = front.server.server_state.connections
        await front.until(lambda: connection.transport.get_write_buffer_size() > 0)
        crowd = [await front.connect() for _ in range(20)]
        await crowd[-1].send(b"G")
        assert len((await client.answer()).json) == 9 * MEBIBYTE
        for other in crowd:
            other.writer.close()


async def test_after_a_body_that_did_not_come_in_time_the_connection_is_closed(greetings: Greetings) -> None:
    """A late rest of the body is not a request."""
    app = create_app(greetings, settings_of(timeout_seconds=SOON), ready=always_ready)
    async with serving_front(app) as front, await front.connect() as client:
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        await client.send(head)
        (answer,) = await client.rest()
    assert (answer.status, answer.code) == (408, "REQUEST_TIMEOUT")
    assert "\r\nconnection: close\r\n" in answer.head


async def test_where_all_connections_are_at_work_another_is_told_to_come_back(echo: Echo) -> None:
    """At once, and no running request is affected."""
    echo.hold = asyncio.Event()
    async with serving_front(echo, max_connections=4) as front:
        busy = [await front.connect() for _ in range(4)]
        for client in busy:
            await client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        async with await front.connect() as late:
            answer = await late.answer()
            assert (answer.status, answer.code) == (503, "OVERLOADED")
            assert "\r\nretry-after: 1\r\n" in answer.head
            assert await late.is_at_end()
        echo.hold.set()
        for client in busy:
            assert (await client.answer()).status == 200
            client.writer.close()


async def test_an_address_has_a_cap_of_its_own(echo: Echo) -> None:
    """Only its own silent connections are closed for its next one."""
    async with serving_front(echo, own=(), max_connections_per_address=4) as front:
        other = await front.connect(local_addr=("127.0.0.2", 0))
        crowd = [await front.connect() for _ in range(40)]
        await crowd[-1].send(REQUEST)
        assert (await crowd[-1].answer()).status == 200
        assert front.open_connections == 5
        await other.send(REQUEST)
        assert (await other.answer()).status == 200
        for client in (other, *crowd):
            client.writer.close()


@pytest.mark.parametrize("settings", [{}, {"own": (), "trusted_proxies": "127.0.0.0/8"}], ids=["loopback", "trusted"])
async def test_a_proxy_is_not_capped_like_a_client(echo: Echo, settings: dict[str, object]) -> None:
    """All clients come through it: from this machine, or from a trusted network."""
    async with serving_front(echo, max_connections_per_address=4, **settings) as front:  # type: ignore[arg-type]
        clients = [await front.connect() for _ in range(40)]
        for client in clients:
            await client.send(REQUEST)
            assert (await client.answer()).status == 200
        assert front.open_connections == 40
        for client in clients:
            client.writer.close()


async def test_stopping_finishes_what_is_in_flight_and_closes_the_rest(echo: Echo) -> None:
    """Pipelined requests get responses; idle and incomplete ones are closed."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front:
        busy, idle, half = [await front.connect() for _ in range(3)]
        await busy.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n" + REQUEST)
        await idle.send(REQUEST)
        await idle.answer()
        await half.send(b"GET / HTTP/1.1\r\nHost: x\r\nHo")
        front.server.should_exit = True
        assert await idle.is_at_end()
        assert await half.is_at_end()
        echo.hold.set()
        answers = await busy.rest()
        assert [answer.status for answer in answers] == [200, 200]
        assert "connection: close" in answers[1].head
        for client in (busy, idle, half):
            client.writer.close()
