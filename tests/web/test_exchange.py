"""A response without ASGI is what ASGI would send, written with one call, and no header brings another with it."""

import asyncio
import gc
import logging
import socket
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from weakref import ref

import pytest

from tests.web.conftest import Serve, always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import Application, create_app
from web.body import Messages
from web.exchange import CLOSE, Exchange
from web.headers import read_headers
from web.http_response import Response
from web.load import MOST_IN_A_TURN

HELLO = b'{"query": "{ hello }"}'
JSON = (b"content-type", b"application/json")
ORIGIN = (b"origin", b"https://app.example")
REQUESTS = {
    "an operation": ("POST", [JSON], HELLO),
    "an operation of another origin": ("POST", [JSON, ORIGIN], HELLO),
    "a body that is no JSON": ("POST", [JSON], b"{"),
    "a form": ("POST", [(b"content-type", b"multipart/form-data")], HELLO),
    "a method that is not allowed": ("PUT", [JSON], HELLO),
    "a preflight": ("OPTIONS", [ORIGIN, (b"access-control-request-method", b"POST")], b""),
    "a question for the methods": ("OPTIONS", [], b""),
}


class Wire:
    """What an exchange needs of its connection, and what is done with the transport."""

    def __init__(self, method: str = "POST", default_headers: Any = ()) -> None:
        self.done: list[object] = []
        self.scope = {"type": "http", "method": method}
        self.transport = SimpleNamespace(
            write=self.done.append, close=lambda: self.done.append("closed"), is_closing=lambda: "closed" in self.done
        )
        self.flow = SimpleNamespace(write_paused=False, resume_reading=lambda: None)
        self.logger = logging.getLogger("tests.wire")
        self.access_logger, self.access_log, self.expect_100_continue = self.logger, False, False
        self.server_state = SimpleNamespace(default_headers=list(default_headers))
        self.responses = 0

    def on_response_complete(self) -> None:
        """Count a response, where the connection would begin the next request."""
        self.responses += 1

    def exchange(self, respond: Callable[..., Awaitable[Response | None]], *, keep_alive: bool = True) -> Exchange:
        """An exchange whose request has arrived."""
        connection: Any = self
        made = Exchange(connection, {}, respond, keep_alive=keep_alive)
        made.more_body = False
        return made


def application() -> Application:
    """The application, with an origin whose pages may read its responses."""
    return create_app(Greetings(), settings_of(allowed_origins=["https://app.example"]), ready=always_ready)


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_ways_have_the_same_status_headers_and_body(name: str) -> None:
    method, headers, body = REQUESTS[name]
    raw = [*headers, (b"host", b"auth.example"), (b"x-request-id", b"one")]
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": b"",
        "headers": raw,
        "client": ("127.0.0.1", 50000),
        "scheme": "https",
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await application()(scope, receive, send)
    start, end = sent
    response = await application().direct[b"/graphql"](scope, read_headers(raw), Messages(receive))
    assert response is not None
    lines = b"".join(b"%b: %b\r\n" % header for header in start["headers"])
    assert (response.status, response.lines(), response.body) == (start["status"], lines, end["body"])


@pytest.mark.parametrize("header", [(b"x", b"1\r\nset-cookie: 2"), (b"x", b"1\n"), (b"x\r\ny", b"1"), (b"x", b"\0")])
def test_a_header_that_is_more_than_a_line_is_not_written(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="not valid"):
        Response(200, (header,), (), b"").lines()


@pytest.mark.parametrize(
    ("method", "more", "closes", "length"),
    [("HEAD", "", False, 0), ("PUT", "Connection: close\r\n", True, None), ("PUT", "", False, None)],
)
def test_head_gets_no_body_and_the_connection_ends_as_the_client_wishes(
    serve: Serve, method: str, more: str, closes: bool, length: int | None
) -> None:
    port = urlsplit(serve()).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(f"{method} /graphql HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        received = b""
        while piece := client.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 Method Not Allowed\r\ndate: ")
    assert head.count(b"\r\ndate: ") == head.count(b"\r\nx-request-id: ") == 1
    declared = int(head.split(b"\r\ncontent-length: ")[1].split(b"\r\n")[0])
    assert len(body) == (declared if length is None else length)
    assert (b"\r\nconnection: close" in head) or not closes


async def test_an_operation_whose_client_left_before_its_turn_is_not_executed() -> None:
    """Otherwise callers that send and leave could keep the server busy."""
    greetings = Greetings()
    respond = create_app(greetings, settings_of(), ready=always_ready).direct[b"/graphql"]
    exchanges = []
    for _ in range(MOST_IN_A_TURN + 2):
        connection: Any = Wire()
        exchange = Exchange(connection, read_headers([JSON]), respond, keep_alive=True)
        exchange.more_body = False
        exchange.body = bytearray(HELLO)
        exchanges.append((exchange, connection))
    responses = [asyncio.create_task(exchange.run_asgi(None)) for exchange, _ in exchanges]
    await asyncio.sleep(0)
    left, its_connection = exchanges[-1]
    left.disconnected = True
    await asyncio.gather(*responses)
    assert len(greetings.calls) == MOST_IN_A_TURN + 1
    assert [len(connection.done) for _, connection in exchanges] == [1] * (MOST_IN_A_TURN + 1) + [0]
    assert its_connection.responses == 0


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("own", [((b"x", b"1"), (b"connection", b"close")), ((b"connection", b"close"),), ()])
async def test_a_connection_ends_if_and_only_if_its_response_says_so_once(
    keeps: bool, own: tuple[tuple[bytes, bytes], ...]
) -> None:
    async def respond(*_: object) -> Response:
        return Response(408, (), own, b"{}")

    wire = Wire()
    await wire.exchange(respond, keep_alive=keeps).run_asgi(None)
    written, *then = wire.done
    assert isinstance(written, bytes)
    assert then == ["closed"] * written.count(CLOSE)
    assert bool(then) == (not keeps or bool(own))


@pytest.mark.parametrize("failure", [RuntimeError("a secret"), asyncio.CancelledError("the server stops")])
async def test_what_fails_gets_the_response_of_uvicorn(
    failure: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """It says nothing of the reason, and the connection ends."""

    async def respond(*_: object) -> Response:
        raise failure

    wire = Wire()
    await wire.exchange(respond).run_asgi(None)
    *written, end = wire.done
    assert b"".join(piece for piece in written if isinstance(piece, bytes)).endswith(b"Internal Server Error")
    assert (end, wire.responses) == ("closed", 1)
    assert type(failure).__name__ in caplog.text


async def test_after_a_disconnection_nothing_is_read_or_written() -> None:
    read: list[bytes | None] = []

    async def respond(_: object, __: object, incoming: Any) -> Response | None:
        read.append(incoming.whole())
        return Response(200, (), (), b"{}") if read[0] is None else None

    wire = Wire()
    exchange = wire.exchange(respond)
    exchange.disconnected = True
    await exchange.run_asgi(None)
    assert (read, wire.done, wire.responses) == ([None], [], 0)


async def test_a_client_that_reads_slowly_gets_its_response_when_there_is_room() -> None:
    wire = Wire()
    room = asyncio.Event()
    wire.flow = SimpleNamespace(write_paused=True, drain=room.wait, resume_reading=lambda: None)

    async def respond(*_: object) -> Response:
        return Response(200, (), (), b"{}")

    task = asyncio.create_task(wire.exchange(respond).run_asgi(None))
    await asyncio.sleep(0)
    assert wire.done == []
    room.set()
    await task
    assert len(wire.done) == wire.responses == 1


@pytest.mark.parametrize("failure", [RuntimeError("a secret"), asyncio.CancelledError("the server stops")])
async def test_what_failed_is_freed_at_once_and_not_by_the_garbage_collector(failure: BaseException) -> None:
    async def respond(*_: object) -> Response:
        raise type(failure)(*failure.args)

    wire = Wire()
    # The records that pytest keeps would keep the error.
    wire.logger = logging.Logger("tests.silent", logging.CRITICAL)
    exchange = wire.exchange(respond)
    left = ref(exchange)
    gc.collect()
    gc.disable()
    try:
        await exchange.run_asgi(None)
        del exchange
        assert left() is None
    finally:
        gc.enable()
