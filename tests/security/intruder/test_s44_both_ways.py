"""S44: a request gets the same bytes whether it is responded to without ASGI or, for its query string, in ASGI."""

import re
from collections.abc import Iterator

import pytest

from tests.security.intruder.front import Front, serving_front
from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import SDL, Greetings
from web.app import create_app

MOST = 20_000
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"QUERY")
JSON = b"Content-Type: application/json\r\n"
ORIGIN = b"Origin: https://app.example\r\n"
HEADERS = (
    b"",
    JSON,
    JSON + ORIGIN,
    JSON + b"Origin: https://other.example\r\nAccess-Control-Request-Method: POST\r\n",
    ORIGIN + b"Access-Control-Request-Method: POST\r\n",
    JSON + b"Accept: text/html\r\n",
    JSON + b"Accept: application/graphql-response+json\r\n",
    JSON + b"Accept: image/png\r\n",
    JSON + b"Accept: text/event-stream\r\n",
    JSON + b"Authorization: Basic x\r\n",
    JSON + b"Cookie: authjs.session-token=abc\r\n",
    JSON + b"Content-Encoding: gzip\r\n",
    JSON + b"Content-Encoding: identity\r\n",
    JSON + JSON,
    JSON + b"Connection: close\r\n",
    JSON + b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
    JSON + b"Expect: 100-continue\r\n",
    JSON + b"Expect: something else\r\n",
    JSON + b"X-Request-Id: abc\r\n",
    b"Content-Type: multipart/form-data\r\n",
)
OPERATION = b'{"query":"{ hello }"}'
BODIES = (
    b"",
    b"{",
    b"[]",
    b'{"query":1}',
    b'{"query":"{"}',
    b'{"query":"{ broken }"}',
    b'{"query":"mutation { count }"}',
    b"\xff",
    *(OPERATION + b" " * (size - len(OPERATION)) for size in (MOST - 1, MOST, MOST + 1, 70_000)),
)
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PATHS = (b"/graphql", b"/schema.graphql")


def _counted(method: bytes, headers: bytes, body: bytes | None, version: bytes = b"1.1") -> bytes:
    length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
    return method + b" %s HTTP/" + version + b"\r\nHost: x\r\n" + headers + length + b"\r\n" + (body or b"")


def _chunked(body: bytes, trailers: bytes = b"") -> bytes:
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return (
        (b"POST %s HTTP/1.1\r\nHost: x\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n")
        + trailers
        + b"\r\n"
    )


def _requests() -> Iterator[bytes]:
    """Requests whose path is `%s`."""
    for method in METHODS:
        for headers in HEADERS:
            yield from (_counted(method, headers, body) for body in (None, b"", OPERATION))
            yield _counted(method, headers, OPERATION, b"1.0")
    for body in BODIES:
        yield _counted(b"POST", JSON, body)
        yield _counted(b"POST", JSON + b"Accept: application/graphql-response+json\r\n", body)
        yield _chunked(body)
        yield _chunked(body, b"Connection: close\r\n")
        yield _chunked(body)[:-4] + b"X\r\n"
    yield _counted(b"POST", JSON, OPERATION) * 5
    yield _counted(b"POST", JSON, OPERATION) * 20


async def _received(front: Front, sent: bytes) -> bytes:
    """All bytes that the server sends until it closes the connection, without what differs in each."""
    async with await front.connect() as client:
        client.writer.write(sent)
        received = b""
        while not await client.is_at_end():
            received += await client.reader.read(65536)
    await front.until_closed()
    # If all of a body is there, nobody waits for the interim response (RFC 9110 §10.1.1).
    received = received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    return re.sub(rb"\r\n(date|x-request-id): [^\r]*", b"", received)


@pytest.mark.parametrize("path", PATHS)
async def test_s44_both_ways_send_the_same_bytes_and_execute_the_same(path: bytes) -> None:
    """And leave nothing: no bytes that are counted, no task, no connection."""
    greetings = Greetings()
    app = create_app(
        greetings,
        settings_of(max_body_bytes=MOST, allowed_origins=["https://app.example"]),
        ready=always_ready,
        sdl=SDL,
    )
    async with serving_front(app) as front:
        for request in _requests():
            seen = []
            for target in (path, path + b"?"):
                greetings.calls.clear()
                received = await _received(front, request.replace(b"%s", target) + LAST)
                seen.append((received, [called for called, _ in greetings.calls]))
                assert not front.connections.bodies.total
                assert not front.server.server_state.tasks
            assert seen[0] == seen[1], request
            assert seen[0][0].startswith(b"HTTP/1.1 ")
