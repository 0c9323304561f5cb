"""What the endpoint does not speak is refused in one sentence that says what to do instead."""

import asyncio
import json
import logging
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.web.conftest import Serve
from tests.web.greetings import Greetings

QUERY = {"query": "{ hello }"}
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
WEBSOCKET = "The schema has no subscriptions, so WebSockets are not supported: use POST."
STREAM = (
    "Responses are not streamed as text/event-stream: accept application/graphql-response+json or application/json, "
    "and send each operation with POST."
)
UPLOAD = "Uploads as multipart/form-data are not supported: send the body as application/json in UTF-8."
BATCH = "Batching is not supported: send each operation as a request of its own."


def refusal(response: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and message of a response with one error and nothing else."""
    (error,) = response.json()["errors"]
    assert response.json().keys() == {"errors"}
    return response.status_code, error["extensions"]["code"], error["message"]


@pytest.mark.parametrize(
    "headers",
    [
        HANDSHAKE,
        HANDSHAKE | {"Sec-WebSocket-Protocol": "graphql-transport-ws"},
        HANDSHAKE | {"Sec-WebSocket-Protocol": "graphql-ws", "Origin": "https://evil.example"},
        HANDSHAKE | {"Cookie": "authjs.session-token=victim", "Origin": "https://evil.example"},
        # A proxy that knows no WebSockets takes the offer away and leaves the rest.
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/graphql?query={hello}"])
async def test_a_websocket_is_refused(
    client: httpx2.AsyncClient, greetings: Greetings, path: str, headers: dict[str, str]
) -> None:
    assert refusal(await client.get(path, headers=headers)) == (400, "BAD_REQUEST", WEBSOCKET)
    assert greetings.calls == []


@pytest.mark.parametrize("accept", ["text/event-stream", "Text/Event-Stream;q=0.9", "text/event-stream, text/plain"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_stream_is_refused(client: httpx2.AsyncClient, greetings: Greetings, method: str, accept: str) -> None:
    sent = {"params": QUERY} if method == "GET" else {"json": QUERY}
    response = await client.request(method, "/graphql", headers={"Accept": accept}, **sent)  # type: ignore[arg-type]
    assert refusal(response) == (406, "NOT_ACCEPTABLE", STREAM)
    assert greetings.calls == []


@pytest.mark.parametrize(
    "accept",
    [
        "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, "
        "multipart/mixed",
        "text/event-stream, application/json",
        "text/event-stream, */*;q=0.1",
    ],
)
async def test_a_client_that_would_take_a_stream_too_is_answered(client: httpx2.AsyncClient, accept: str) -> None:
    """The first is what urql sends."""
    response = await client.post("/graphql", json=QUERY, headers={"Accept": accept})
    assert response.json()["data"] == {"hello": "Hello, world!"}


async def test_an_upload_is_refused(client: httpx2.AsyncClient, greetings: Greetings) -> None:
    """The request is one of apollo-upload-client."""
    files: dict[str, Any] = {
        "operations": (None, json.dumps(QUERY)),
        "map": (None, json.dumps({"0": ["variables.file"]})),
        "0": ("picture.png", b"\x89PNG", "image/png"),
    }
    assert refusal(await client.post("/graphql", files=files)) == (415, "UNSUPPORTED_MEDIA_TYPE", UPLOAD)
    assert greetings.calls == []


@pytest.mark.parametrize("batch", [[QUERY], [QUERY, QUERY]])
async def test_a_batch_is_refused(client: httpx2.AsyncClient, greetings: Greetings, batch: list[object]) -> None:
    """The request is one of apollo-link-batch-http."""
    assert refusal(await client.post("/graphql", json=batch)) == (400, "BAD_REQUEST", BATCH)
    assert greetings.calls == []


async def test_a_real_server_refuses_a_websocket_and_its_log_gives_no_advice(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection goes on, and so does a client that falls back to requests on it."""
    caplog.set_level(logging.DEBUG)
    address = urlsplit(serve())
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        head = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
        writer.write(f"GET /graphql HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
        status, body = await _answer(reader)
        assert status == 400
        assert json.loads(body)["errors"][0]["message"] == WEBSOCKET
        writer.write(b"GET /graphql?query={hello} HTTP/1.1\r\nHost: x\r\n\r\n")
        status, body = await _answer(reader)
        assert json.loads(body)["data"] == {"hello": "Hello, world!"}
    finally:
        writer.close()
    said = caplog.text.lower()
    assert "websocket" in said, "the refusal is a line of the log"
    for advice in ("pip install", "wsproto", "no supported websocket library", "unsupported upgrade"):
        assert advice not in said


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next response."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return int(head.split(" ", 2)[1]), await reader.readexactly(length)
