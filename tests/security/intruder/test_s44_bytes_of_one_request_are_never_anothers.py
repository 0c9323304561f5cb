"""S44: each byte belongs to one request, whatever a client offers, and in whatever pieces it arrives."""

import asyncio
import socket
from collections.abc import Iterator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from execution.request import Outcome
from execution.request_id import REQUEST_ID
from execution.trace_context import TRACE, TraceContext, read_traceparent
from tests.security.intruder.front import ECHOES, Echo, Front, Seen, serving_front
from tests.web.conftest import Serve, always_ready, greetings, serve, settings_of
from tests.web.greetings import Greetings
from web.app import create_app
from web.protocol import MOST_AHEAD

__all__ = ["greetings", "serve"]

LEFT: ContextVar[str] = ContextVar("left")
"""Set by a request that does not reset it."""

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
JAVA = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAAAA\r\n"
"""The headers that Java's HttpClient adds to its first request to a server."""
OFFERS = {
    "none": b"",
    "java": JAVA,
    "websocket": b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "tls": b"UPGRADE: TLS/1.0\r\nCONNECTION: UPGRADE\r\n",
    "several": b"Upgrade: h2c, websocket\r\nUpgrade: foo/2\r\nConnection: Upgrade\r\nConnection: close-not\r\n",
    "proxy": b"Proxy-Connection: upgrade\r\nUpgrade: h2c\r\n",
}
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\n%s%s\r\n"
BODIES = {
    "no body": (b"", b"", b""),
    "counted": (b"Content-Length: %d \r\n" % len(SMUGGLED), SMUGGLED, SMUGGLED),
    "chunked": (
        b"Transfer-Encoding: chunked\r\n",
        b"5;a=b\r\n%s\r\n%x\r\n%s\r\n0\r\nX-Trailer: t\r\n\r\n" % (SMUGGLED[:5], len(SMUGGLED) - 5, SMUGGLED[5:]),
        SMUGGLED,
    ),
}


def _cuts(offer: str, message: bytes) -> Iterator[list[bytes]]:
    """The message whole, byte by byte, and in two pieces cut at each place."""
    yield [message]
    yield [message[place : place + 1] for place in range(len(message))]
    places = range(1, len(message)) if offer == "java" else [message.index(b"\r\n\r\n") + 4]
    yield from ([message[:place], message[place:]] for place in places)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("offer", OFFERS)
async def test_an_offer_to_upgrade_changes_nothing(front: Front, echo: Echo, offer: str, body: str) -> None:
    """Neither for the request nor for the next one on its connection, whether that is sent with it or later."""
    header, sent, meant = BODIES[body]
    request = HEAD % (OFFERS[offer], header) + sent
    expected = [Seen("POST", "/graphql", meant), Seen("GET", "/next", b"")]
    async with await front.connect() as client:
        for ahead in (b"", NEXT):
            for pieces in _cuts(offer, request + ahead):
                echo.seen.clear()
                await client.send(*pieces)
                answers = await client.answers(2 if ahead else 1)
                if not ahead:
                    await client.send(NEXT)
                    answers += await client.answers(1)
                assert echo.seen == expected, pieces
                assert [answer.json[1] for answer in answers] == ["/graphql", "/next"], pieces


async def test_many_offers_on_one_connection_are_ignored_one_by_one(front: Front, echo: Echo) -> None:
    """They are pipelined in one packet, alternating with plain requests."""
    header, sent, meant = BODIES["counted"]
    pair = HEAD % (JAVA, header) + sent + NEXT
    async with await front.connect() as client:
        await client.send(pair * 7)
        answers = await client.answers(14)
    assert [answer.status for answer in answers] == [200] * 14
    assert echo.seen == [Seen("POST", "/graphql", meant), Seen("GET", "/next", b"")] * 7


async def test_the_headers_of_an_offer_reach_the_application(front: Front, echo: Echo) -> None:
    """All headers except the offer itself keep their values."""
    odd = b"X-Empty:\r\nX-Odd: \t a:b \xe4 \r\nCookie: a=1; b=2\r\n"
    asked, offered = HEAD % (b"", odd), HEAD % (JAVA, odd)
    async with await front.connect() as client:
        await client.send(asked)
        await client.answer()
        await client.send(offered)
        await client.answer()
    plain, upgraded = (seen.headers for seen in echo.seen)
    assert {name: value for name, value in upgraded.items() if name in plain} == plain
    assert upgraded.keys() - plain.keys() == {"connection", "http2-settings"}


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("body", BODIES)
async def test_connect_is_refused_and_nothing_after_it_is_read(front: Front, echo: Echo, offer: str, body: str) -> None:
    """Requests before it on the connection get their responses."""
    tunnel = b"CONNECT y:443 HTTP/1.1\r\nHost: y\r\n" + OFFERS[offer] + BODIES[body][0] + b"\r\n"
    answers = await front.exchange(NEXT + tunnel + SMUGGLED)
    assert [answer.status for answer in answers] == [200, 501]
    assert answers[1].code == "NOT_IMPLEMENTED"
    assert echo.seen == [Seen("GET", "/next", b"")]


@pytest.mark.parametrize("offer", ["none", "java"])
async def test_trailers_are_no_headers(front: Front, echo: Echo, offer: str) -> None:
    """Neither of their request nor of the next one, because a proxy has not filtered them."""
    trailers = b"Authorization: Bearer smuggled\r\nExpect: 100-continue\r\nCookie: a=b\r\n"
    request = HEAD % (OFFERS[offer], b"Transfer-Encoding: chunked\r\n") + b"1\r\na\r\n0\r\n" + trailers + b"\r\n"
    async with await front.connect() as client:
        for pieces in _cuts("java", request + NEXT):
            echo.seen.clear()
            await client.send(*pieces)
            assert [answer.status for answer in await client.answers(2)] == [200, 200]
            assert [seen.body for seen in echo.seen] == [b"a", b""]
            for seen in echo.seen:
                assert not {"authorization", "expect", "cookie"} & seen.headers.keys(), pieces


GARBAGE = {
    "no letters": b"\x00\x01 garbage\r\n\r\n",
    "no method": b"NO SUCH METHOD\r\n\r\n",
    "space before the colon": b"GET /x HTTP/1.1\r\nHost : x\r\n\r\n",
    "bare line feeds": b"GET /x HTTP/1.1\nHost: x\n\n",
    "folded header": b"GET /x HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n",
    "path beyond ASCII": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "both lengths": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 34\r\n\r\n" + SMUGGLED,
    "signed length": b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n" + SMUGGLED,
    "unknown coding": b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "two codings": b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks by line feeds": b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n"
    + SMUGGLED,
    "no chunk size": b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfg\r\n" + SMUGGLED,
    "chunk too long": b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX" + SMUGGLED,
    "an offer with bad chunks": HEAD % (JAVA, b"Transfer-Encoding: chunked\r\n") + b"zz\r\n" + SMUGGLED,
}
REFUSED_OTHERWISE = {"unknown coding": (501, "NOT_IMPLEMENTED")}


@pytest.mark.parametrize("offer", ["none", "java"])
@pytest.mark.parametrize("kind", GARBAGE)
async def test_what_precedes_garbage_is_served_and_the_garbage_is_refused(
    front: Front, echo: Echo, kind: str, offer: str
) -> None:
    """No request is executed and then gets status 400, and nothing after the garbage is taken for a request."""
    garbage = GARBAGE[kind]
    header, sent, meant = BODIES["counted"]
    good = HEAD % (OFFERS[offer], header) + sent
    for pieces in ([good + garbage], [good, garbage], [good[:-3], good[-3:] + garbage]):
        echo.seen.clear()
        answers = await front.exchange(*pieces)
        status, code = REFUSED_OTHERWISE.get(kind, (400, "BAD_REQUEST"))
        assert [answer.status for answer in answers] == [200, status], pieces
        assert answers[1].code == code
        assert "connection: close" in answers[1].head
        assert echo.seen == [Seen("POST", "/graphql", meant)], pieces


HEADS = {
    "no host": (b"GET /x HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /x HTTP/1.1\r\nHost: x\r\nHOST: x\r\n\r\n", 400),
    "two hosts in 1.0": (b"GET /x HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "an odd host": (b"GET /x HTTP/1.1\r\nHost: a b@c/d\r\n\r\n", 400),
    "an odd port": (b"GET /x HTTP/1.1\r\nHost: x:y\r\n\r\n", 400),
    "an IPv6 host": (b"GET /x HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: close\r\n\r\n", 200),
    "no host in 1.0": (b"GET /x HTTP/1.0\r\n\r\n", 200),
    "one host": (b"GET /x HTTP/1.1\r\nhOST: x\r\nConnection: close\r\n\r\n", 200),
    "0.9": (b"GET /x HTTP/0.9\r\nHost: x\r\n\r\n", 505),
    "2.0": (b"GET /x HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "gzip and chunked": (b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "gzip above chunked": (
        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    "Chunked": (
        b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize("offer", [b"", JAVA], ids=["none", "java"])
@pytest.mark.parametrize("kind", HEADS)
async def test_a_head_says_one_thing_to_every_server_on_the_way(
    front: Front, echo: Echo, kind: str, offer: bytes
) -> None:
    """Each server on the way reads the same host, transfer coding and HTTP version."""
    head, status = HEADS[kind]
    first, _, rest = head.partition(b"\r\n")
    (answer,) = await front.exchange(first + b"\r\n" + offer + rest)
    assert answer.status == status
    assert "connection: close" in answer.head
    assert [seen.path for seen in echo.seen] == (["/x"] if status == 200 else [])


@pytest.mark.parametrize(("version", "asks"), [("1.1", True), ("1.0", False)])
async def test_only_who_knows_of_interim_answers_gets_one(front: Front, version: str, asks: bool) -> None:
    """The server sends it before it has read the body."""
    head = f"POST /x HTTP/{version}\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n".encode()
    async with await front.connect() as client:
        await client.send(head)
        if asks:
            assert await client.reader.readline() == b"HTTP/1.1 100 Continue\r\n"
            assert await client.reader.readline() == b"\r\n"
        await client.send(b"a")
        assert (await client.answer()).status == 200


async def test_garbage_is_refused_after_all_answers_that_are_due(echo: Echo) -> None:
    """Even while the first of several requests is still being executed."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n" + NEXT + b"\x00\r\n\r\n", b"more of it")
        echo.hold.set()
        answers = await client.rest()
    assert [answer.status for answer in answers] == [200, 200, 400]


async def test_a_body_that_turns_to_garbage_ends_its_request_unanswered_by_the_application(
    front: Front, echo: Echo
) -> None:
    """The application has begun to read the body, and never gets all of it."""
    head = b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    answers = await front.exchange(head, b"zz\r\n")
    assert [answer.status for answer in answers] == [400]
    assert echo.seen == []


async def test_requests_sent_ahead_are_bounded(echo: Echo) -> None:
    """A connection cannot queue any amount of work. Queued requests are served."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n" + NEXT * 1000)
        echo.hold.set()
        answers = await client.rest()
    assert [answer.status for answer in answers] == [200] * (MOST_AHEAD + 1) + [503]
    assert answers[-1].code == "OVERLOADED"


async def test_a_request_after_close_is_not_executed(front: Front, echo: Echo) -> None:
    """`Connection: close` and HTTP/1.0 end a connection, whatever follows."""
    for first in (b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"GET /a HTTP/1.0\r\n\r\n"):
        echo.seen.clear()
        assert [answer.status for answer in await front.exchange(first + SMUGGLED)] == [200]
        assert echo.seen == [Seen("GET", "/a", b"")]


CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n%s\r\n"
TRAILERS = (
    b"Connection: close",
    b"connection:  CLOSE , foo",
    b"Connection: keep-alive",
    b"Connection: upgrade\r\nUpgrade: h2c",
    b"Upgrade: websocket",
    b"Keep-Alive: timeout=0",
    b"Proxy-Connection: close",
    b"Host: y",
    b"Expect: 100-continue",
    b"Content-Length: 5",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
)


@pytest.mark.parametrize("early", [False, True], ids=["answered after", "answered before"])
@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("kind", ECHOES)
async def test_trailers_never_swallow_the_next_request(kind: type[Echo], trailer: bytes, early: bool) -> None:
    """It gets a response, or the connection is closed at once, with an error if no response was sent yet."""
    echo = kind(early=early)
    message = CHUNKED % (trailer + b"\r\n")
    head, rest = message[: message.index(b"1\r\na")], message[message.index(b"1\r\na") :]
    async with serving_front(echo) as front:
        async with await front.connect() as client:
            await client.send(*([head, rest] if early else [message]))
            (answer,) = await client.answers(1)
            if "connection: close" in answer.head:
                assert await client.is_at_end()
            else:
                client.writer.write(NEXT)
                if await client.is_at_end():
                    assert early
                else:
                    (answer,) = await client.answers(1)
                    assert answer.status == 200 or "connection: close" in answer.head
        await front.until_closed()


@pytest.mark.parametrize("count", [1, 2, 5])
async def test_a_client_that_will_send_no_more_gets_its_answers(echo: Echo, count: int) -> None:
    """The responses come after it has closed its side."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n" + NEXT * (count - 1))
        client.writer.write_eof()
        await front.until(lambda: front.protocol.ends == 1)
        echo.hold.set()
        answers = await client.rest()
    assert [answer.status for answer in answers] == [200] * count
    assert ["connection: close" in answer.head for answer in answers] == [False] * (count - 1) + [True]


@pytest.mark.parametrize(
    "rest",
    [b"", b"GET / HT", b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"],
    ids=["none", "head", "body"],
)
@pytest.mark.parametrize("before", [b"", NEXT, b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n"], ids=["none", "done", "held"])
async def test_half_a_request_before_the_end_is_none(echo: Echo, before: bytes, rest: bytes) -> None:
    """Requests before it get their responses, and the connection ends."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(before + rest)
        client.writer.write_eof()
        await front.until(lambda: front.protocol.ends == 1)
        echo.hold.set()
        answers = await client.rest()
        await front.until_closed()
    assert [answer.status for answer in answers] == ([200] if before else [])
    assert [seen.path for seen in echo.seen] == ([before.split()[1].decode()] if before else [])


async def test_garbage_before_the_end_is_refused_after_the_answers_that_are_due(echo: Echo) -> None:
    """Although the client has closed its side."""
    echo.hold = asyncio.Event()
    async with serving_front(echo) as front, await front.connect() as client:
        await client.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00\r\n\r\n")
        client.writer.write_eof()
        await front.until(lambda: front.protocol.ends == 1)
        echo.hold.set()
        assert [answer.status for answer in await client.rest()] == [200, 400]
        await front.until_closed()


def test_the_event_loop_of_production_answers_who_will_send_no_more(serve: Serve, greetings: Greetings) -> None:
    """Even if the response takes a moment."""
    url = serve()
    body = b'{"query":"{ hello }"}'
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
            client.sendall(head % len(body) + body)
            client.shutdown(socket.SHUT_WR)
            answer = client.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b'{"data":{"hello":"Hello, world!"}}')


async def test_a_pipelined_request_is_not_of_the_trace_of_the_one_before_it() -> None:
    """It begins where the response to that one is written, so it inherits what was set for it."""
    seen: list[tuple[str, TraceContext | None]] = []

    async def execute(*_: object) -> Outcome:
        seen.append((REQUEST_ID.get(), TRACE.get()))
        return Outcome(b"{}")

    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    more = {"first": f"Traceparent: {trace}\r\n", "second": "", "third": "Traceparent: not valid\r\n"}
    head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n"
    requests = [f'{head}X-Request-Id: {name}\r\n{header}\r\n{{"query":"{{a}}"}}' for name, header in more.items()]
    app = create_app(execute, settings_of(), ready=always_ready)
    async with serving_front(app) as front, await front.connect() as client:
        await client.send("".join(requests).encode())
        for _ in requests:
            assert (await client.answer()).status == 200
    assert seen == [("first", read_traceparent(trace.encode())), ("second", None), ("third", None)]


async def test_a_pipelined_request_begins_with_nothing_that_was_set_for_the_one_before_it() -> None:
    """Each context variable has the value that it has in the first request of a connection."""
    seen: list[dict[ContextVar[Any], Any]] = []

    async def execute(*_: object) -> Outcome:
        seen.append(dict(copy_context()))
        LEFT.set("by the request before")
        return Outcome(b"{}")

    app = create_app(execute, settings_of(), ready=always_ready, sdl="")
    file = b"GET /schema.graphql HTTP/1.1\r\nHost: x\r\n\r\n"
    body = b'{"query":"{a}"}'
    operation = (
        b"POST /graphql%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n" + body
    )
    kinds = [file, operation % b"", operation % b"?"]
    for first in kinds:
        for second in kinds:
            seen.clear()
            async with serving_front(app) as front:
                async with await front.connect() as client:
                    await client.send(second)
                    assert (await client.answer()).status == 200
                async with await front.connect() as client:
                    await client.send(first + second)
                    assert [answer.status for answer in await client.answers(2)] == [200, 200]
            alone, _, behind = seen
            assert LEFT not in behind
            assert behind.keys() == alone.keys()
            assert behind.get(TRACE) == alone.get(TRACE)
