"""S44 behind a real nginx that keeps its connections to the server, which strangers share with administrators."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.free_ports import free_port
from tests.nginx import running_nginx
from tests.security.intruder.front import Client, Front, serving_front
from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app

KEY = "the-key-of-an-administrator"
ROUNDS = 5

SITE = """
# As the manual of nginx says to pass WebSockets on.
map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
upstream authgraph {{ server 127.0.0.1:{upstream}; keepalive 1; }}
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://authgraph;
        proxy_http_version 1.1;
        proxy_request_buffering {buffering};
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
    }}
}}
"""


@contextmanager
def _nginx(folder: Path, upstream: Front, buffering: str) -> Iterator[int]:
    """Run nginx in front of the server. The value is its port."""
    port = free_port()
    with running_nginx(folder, SITE.format(upstream=upstream.port, port=port, buffering=buffering)):
        yield port


def _post(query: str, *headers: str) -> bytes:
    body = json.dumps({"query": query}).encode()
    lines = ["POST /graphql HTTP/1.1", "Host: auth.example", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


# Its last header absorbs the first line of the next request on the connection, whose key then belongs to this one.
PREFIX = (
    b"GET /graphql?query=%7Bstolen:credentials%7D HTTP/1.1\r\nHost: auth.example\r\n"
    b"GraphQL-Require-Preflight: 1\r\nX-Swallow: "
)
WHOLE = b"GET /graphql?query=%7Bstolen:credentials%7D HTTP/1.1\r\nHost: auth.example\r\n\r\n"


def _attacks(smuggled: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Head and body of requests that contain another request."""
    head = b"POST /graphql HTTP/1.1\r\nHost: auth.example\r\nContent-Type: application/json\r\n"
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    counted = b"Content-Length: %d\r\n\r\n" % len(smuggled)
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    chunks = b"%x\r\n%s\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n" % (len(smuggled), smuggled)
    return {
        "counted": (head + offer + counted, smuggled),
        "chunked": (head + offer + chunked, chunks),
        "websocket": (head + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + counted, smuggled),
        "plain": (head + counted, smuggled),
        "trailers": (head + chunked, chunks),
    }


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("smuggled", [PREFIX, WHOLE], ids=["prefix", "whole"])
@pytest.mark.parametrize("attack", ["counted", "chunked", "websocket", "plain", "trailers"])
async def test_a_strangers_query_never_runs_with_the_next_callers_key(
    tmp_path: Path, greetings: Greetings, attack: str, smuggled: bytes, buffering: str
) -> None:
    """Head and body arrive apart or together. The administrator's response stays the administrator's."""
    head, body = _attacks(smuggled)[attack]
    app = create_app(greetings, settings_of(), ready=always_ready)
    async with serving_front(app) as front:
        with _nginx(tmp_path, front, buffering) as port:
            for _ in range(ROUNDS):
                async with await _client(front, port) as stranger, await _client(front, port) as administrator:
                    received = front.protocol.received
                    stranger.writer.write(head)
                    if buffering == "off":
                        # nginx passes the head on without the body.
                        await front.until_received(received + 1)
                    stranger.writer.write(body)
                    assert (await stranger.answer()).status == 400
                    administrator.writer.write(_post("{ credentials }", f"Authorization: Bearer {KEY}"))
                    answer = await administrator.answer()
                    assert answer.status == 200
                    assert KEY in json.dumps(answer.json)
                    assert list(answer.json["data"]) == ["credentials"]
        asked = {(request.query, credentials.bearer) for request, credentials in greetings.calls}
    assert asked == {("{ credentials }", KEY)}
    assert front.protocol.connections_made <= 2, "nginx did not keep its connection."


async def _client(front: Front, port: int) -> Client:
    return Client(front, *await asyncio.open_connection("127.0.0.1", port))


async def test_javas_client_is_served_through_the_proxy(tmp_path: Path, greetings: Greetings) -> None:
    """It offers HTTP/2 in its first request, which has a body."""
    app = create_app(greetings, settings_of(), ready=always_ready)
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAAAA")
    async with serving_front(app) as front:
        with _nginx(tmp_path, front, "off") as port:
            async with await _client(front, port) as client:
                client.writer.write(_post("{ hello }", *offer) + _post("{ double(number: 2) }"))
                answers = [(await client.answer()).json for _ in range(2)]
    assert answers == [{"data": {"hello": "Hello, world!"}}, {"data": {"double": 4}}]
