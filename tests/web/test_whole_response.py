"""A response that is written with one call has what uvicorn would write, and no header brings another with it."""

import socket
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import Serve, always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app
from web.http_response import EXTENSION, HTTPResponse
from web.whole_response import CLOSE, Cycle

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


async def responded(name: str, extensions: dict[str, Any]) -> list[Any]:
    """The messages with which the application responds to a request."""
    method, headers, body = REQUESTS[name]
    app = create_app(Greetings(), settings_of(allowed_origins=["https://app.example"]), ready=always_ready)
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "query_string": b"",
        "headers": [*headers, (b"host", b"auth.example"), (b"x-request-id", b"one")],
        "client": ("127.0.0.1", 50000),
        "scheme": "https",
        "extensions": extensions,
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize("name", REQUESTS)
async def test_both_ways_have_the_same_status_headers_and_body(name: str) -> None:
    start, end = await responded(name, {})
    (whole,) = await responded(name, {EXTENSION: {}})
    lines = b"".join(b"%b: %b\r\n" % header for header in start["headers"])
    assert (whole["status"], whole["lines"], whole["body"]) == (start["status"], lines, end["body"])


@pytest.mark.parametrize("header", [(b"x", b"1\r\nset-cookie: 2"), (b"x", b"1\n"), (b"x\r\ny", b"1"), (b"x", b"\0")])
async def test_a_header_that_is_more_than_a_line_is_not_written(header: tuple[bytes, bytes]) -> None:
    async def send(_: object) -> None:
        raise AssertionError("It was sent.")

    with pytest.raises(ValueError, match="not valid"):
        await HTTPResponse(200, (header,)).send(send, (), (), at_once=True)


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


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("lines", [b"x: 1\r\n" + CLOSE, CLOSE + b"x: 1\r\n", b"x: 1\r\n"])
async def test_a_connection_ends_if_and_only_if_its_response_says_so_once(keeps: bool, lines: bytes) -> None:
    done: list[object] = []
    transport = SimpleNamespace(write=done.append, close=lambda: done.append("closed"))
    flow = SimpleNamespace(write_paused=False)
    event = SimpleNamespace(set=lambda: None)
    given: Any = ({"method": "POST"}, transport, flow, None, None, False, [], event, False, keeps, lambda: None)
    await Cycle(*given).send({"type": EXTENSION, "status": 408, "lines": lines, "body": b"{}"})
    written, *then = done
    assert isinstance(written, bytes)
    assert then == ["closed"] * written.count(CLOSE)
    assert bool(then) == (not keeps or CLOSE in lines)
