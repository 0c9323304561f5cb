"""A DynamoDB that responds from memory. An unknown request is sent to the engine once, and its response is kept.

With it, only the server's own cost is measured. It distinguishes requests by their bodies, which a web server with
files cannot do. Requests that differ only in the digits that are new in every request count as the same. So do all
transactions with the same kinds of writes, and all puts, because their responses say nothing of what was written. Run
it as a process: `python -m benchmarks.replay <engine's address>` prints its own address.
"""

import asyncio
import re
import sys
from collections import deque
from typing import Final, cast
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop

from benchmarks.operations import UNIQUE_BEGINS

MAX_HEAD: Final = 1 << 16
UNIQUE: Final = re.compile(rb"%b[0-9a-f]{12}" % UNIQUE_BEGINS.encode())
"""What is new in every request of an operation that adds items."""
WRITES: Final = (b"TransactWriteItems", b"PutItem")
"""The writes whose responses say nothing of what was written."""
Question = tuple[bytes, bytes]
"""A request: the operation, and what its response depends on."""


class Answers:
    """The responses of the engine, each fetched once."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._known: dict[Question, bytes] = {}
        self._one_at_a_time = asyncio.Lock()

    def known(self, question: Question) -> bytes | None:
        """The response, if it was fetched before; None otherwise."""
        return self._known.get(question)

    async def fetch(self, question: Question, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        """Send the request to the engine, and keep its response if the status is 200."""
        async with self._one_at_a_time:
            reader, writer = await asyncio.open_connection(*self._address, limit=MAX_HEAD)
            kept = [(name, value) for name, value in headers if name.lower() != b"connection"]
            head = b"".join(b"%b: %b\r\n" % header for header in [*kept, (b"Connection", b"close")])
            writer.write(b"POST / HTTP/1.1\r\n" + head + b"\r\n" + body)
            answer = _kept_alive(await reader.read())
            writer.close()
        if answer.startswith(b"HTTP/1.1 200"):
            self._known[question] = answer
        return answer


class Connection(asyncio.Protocol):
    """One connection of a client, whose requests get their responses in order."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._waiting: deque[asyncio.Task[None]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and make a parser of requests."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Pass the bytes on to the parser, which calls the methods below."""
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Forget the headers and the body of the request before."""
        self._headers = []
        self._body = bytearray()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add to the headers of the current request."""
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Add a part to the body of the current request."""
        self._body += body

    def on_message_complete(self) -> None:
        """Respond, at once if the response is known."""
        body = bytes(self._body)
        target = next((value for name, value in self._headers if name.lower() == b"x-amz-target"), b"")
        question = question_of(target, body)
        answer = self._answers.known(question)
        if answer is not None:
            self._transport.write(answer)
            return
        task = asyncio.create_task(self._fetch(question, self._headers, body))
        self._waiting.append(task)
        task.add_done_callback(self._waiting.remove)

    async def _fetch(self, question: Question, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._transport.write(await self._answers.fetch(question, headers, body))


def question_of(target: bytes, body: bytes) -> Question:
    """What is asked, with its members in a fixed order."""
    asked = orjson.loads(body)
    if target.endswith(WRITES):
        kinds = [kind for one in asked.pop("TransactItems", ()) for kind in one]
        asked = {"reported": asked.get("ReturnConsumedCapacity"), "kinds": kinds}
    return target, UNIQUE.sub(b"", orjson.dumps(asked, option=orjson.OPT_SORT_KEYS))


def _kept_alive(answer: bytes) -> bytes:
    """The response with a Content-Length, and without headers that close the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    left_out = (b"connection:", b"content-length:", b"transfer-encoding:")
    if any(line.lower().startswith(b"transfer-encoding: chunked") for line in lines):
        body = _joined(body)
    kept = [line for line in lines if not line.lower().startswith(left_out)]
    return b"\r\n".join((status, *kept, b"Content-Length: %d" % len(body), b"", body))


def _joined(chunks: bytes) -> bytes:
    body = bytearray()
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        body += rest[:length]
        chunks = rest[length + 2 :] if length else b""
    return bytes(body)


async def serve(engine_url: str) -> None:
    """Serve on a free port of loopback until the process is ended."""
    address = urlsplit(engine_url)
    answers = Answers(address.hostname or "127.0.0.1", address.port or 80)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
