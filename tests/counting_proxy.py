"""A proxy in front of DynamoDB that counts requests, and can let them fail as DynamoDB does.

It runs in a thread of its own, so a test may use it from any event loop, and a client in any language can use it.
"""

import asyncio
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

ANY: Final = "*"
"""Instead of an operation: any operation."""

STATUS: Final = {
    "InternalServerError": 500,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "ReplicatedWriteConflictException": 409,
}
"""The HTTP status of some of DynamoDB's errors; all others have 400."""

MAX_HEAD: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the proxy, even if it was made to fail."""

    operation: str
    table: str | None
    index: str | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Error:
    """Respond with an error of DynamoDB. The request is not passed on."""

    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Respond instead of DynamoDB, for operations that the local engine lacks. The request is not passed on."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delay:
    """Hold the request back for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection, before the request is passed on or, with `answered`, after DynamoDB has executed it."""

    answered: bool


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """Execute a part of a batch, and return its last `items` as unprocessed."""

    items: int


@dataclass(frozen=True, slots=True)
class Page:
    """Respond with a page of HTML, as a load balancer or a captive portal does. The request is not passed on."""

    status: int


@dataclass(frozen=True, slots=True)
class Truncate:
    """Let DynamoDB execute the request, send the head and half of the body of its response, and close the
    connection."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Let DynamoDB execute the request, and change a byte of the response, so that its checksum is wrong."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Let DynamoDB execute the request, send the head of its response, and then nothing until the client
    disconnects."""


@dataclass(frozen=True, slots=True)
class Swallow:
    """Neither pass the request on nor respond, until the client disconnects."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """Hold the request back without a response. `deliver_ghosts` passes it on, long after the client has given up."""

    hangs_up: bool = False
    """Whether the connection is closed: then the client gives up at once, and needs no time limit, which on a busy
    machine other requests would exceed too."""


Fault = Error | Answer | Delay | Drop | Unprocessed | Page | Truncate | Damage | Stall | Swallow | Ghost


@dataclass(slots=True)
class Plan:
    """A fault that waits for its operation, or for a request of it that contains a text."""

    operation: str
    fault: Fault
    times: int
    holding: bytes = b""


class CountingProxy:
    """Counts requests by operation, records them, and plays planned faults. A context manager."""

    def __init__(self, upstream_url: str) -> None:
        address = urlsplit(upstream_url)
        self._upstream = (address.hostname or "127.0.0.1", address.port or 80)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="counting-proxy", daemon=True)
        self._connections: set[asyncio.StreamWriter] = set()
        self._plans: list[Plan] = []
        self._ghosts: list[Message] = []
        self._silent: set[asyncio.StreamWriter] = set()
        self._left: int | None = None
        self._port = 0
        self.connections = 0
        """The number of connections that clients opened since the last reset."""
        self.requests: list[Request] = []

    @property
    def endpoint_url(self) -> str:
        """The URL at which clients reach the proxy."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def total(self) -> int:
        """The number of requests since the last reset."""
        return len(self.requests)

    def count(self, operation: str) -> int:
        """The number of requests of an operation (`Query`, `BatchGetItem`, …) since the last reset."""
        return sum(request.operation == operation for request in self.requests)

    @property
    def operations(self) -> list[str]:
        """The operations in the order in which they arrived."""
        return [request.operation for request in self.requests]

    def reset(self) -> None:
        """Forget all counts and planned faults, and pass everything on."""
        self.requests = []
        self._plans = []
        self._ghosts = []
        self._silent = set()
        self._left = None
        self.connections = 0

    def plan(self, operation: str, fault: Fault, times: int = 1, *, holding: str = "") -> None:
        """Play a fault on the next requests of an operation, or on those of them that contain a text."""
        self._plans.append(Plan(operation, fault, times, holding.encode()))

    def fail_next(self, operation: str, error: str = "ThrottlingException", times: int = 1) -> None:
        """Respond to the next requests of an operation with an error, for example `InternalServerError`."""
        self.plan(operation, Error(error), times)

    def answer_next(self, operation: str, body: Mapping[str, Any], times: int = 1) -> None:
        """Respond to the next requests of an operation that the local engine lacks."""
        self.plan(operation, Answer(body), times)

    def delay_next(self, operation: str, seconds: float, times: int = 1) -> None:
        """Hold the next requests of an operation back for some seconds."""
        self.plan(operation, Delay(seconds), times)

    def drop_next(self, operation: str, times: int = 1, *, answered: bool = False) -> None:
        """Close the connection on the next requests; with `answered`, only after DynamoDB has executed them."""
        self.plan(operation, Drop(answered), times)

    def leave_unprocessed(self, operation: str, items: int = 1, times: int = 1) -> None:
        """Return the last items of the next BatchGetItem or BatchWriteItem requests as unprocessed."""
        self.plan(operation, Unprocessed(items), times)

    def truncate_next(self, operation: str, times: int = 1) -> None:
        """Execute the next requests of an operation, and end the response in the middle."""
        self.plan(operation, Truncate(), times)

    def damage_next(self, operation: str, times: int = 1) -> None:
        """Execute the next requests of an operation, and change a byte of the response, so that its checksum is
        wrong."""
        self.plan(operation, Damage(), times)

    def stall_next(self, operation: str, times: int = 1) -> None:
        """Execute the next requests of an operation, and send nothing after the head of the response."""
        self.plan(operation, Stall(), times)

    def empty_next(self, operation: str, times: int = 1) -> None:
        """Respond to the next requests of an operation with 200 and `{}`, without executing them."""
        self.plan(operation, Answer({}), times)

    def page_next(self, operation: str, status: int = 200, times: int = 1) -> None:
        """Respond to the next requests of an operation with a page of HTML, without executing them."""
        self.plan(operation, Page(status), times)

    def haunt_next(self, operation: str, times: int = 1, *, hangs_up: bool = True) -> None:
        """Hold the next requests of an operation back, without a response, until `deliver_ghosts`."""
        self.plan(operation, Ghost(hangs_up), times)

    def deliver_ghosts(self) -> list[int]:
        """Pass every held request on, in the order in which they arrived. Returns the statuses of the responses."""
        return asyncio.run_coroutine_threadsafe(self._deliver_ghosts(), self._loop).result(30)

    def silence_connections(self) -> None:
        """Turn every open connection into a black hole: it stays open, and nothing is passed on or returned.

        Connections that are opened later work.
        """
        self._silent = set(self._connections)

    def cut_after(self, successes: int) -> None:
        """Pass so many more requests on, then close every connection, until the reset."""
        self._left = successes

    def __enter__(self) -> Self:
        self._thread.start()
        self._port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=MAX_HEAD)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _close(self) -> None:
        self._server.close()
        for writer in self._connections:
            writer.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, client: asyncio.StreamReader, answer_to: asyncio.StreamWriter) -> None:
        """Serve one connection of a client, with one connection to DynamoDB."""
        self._connections.add(answer_to)
        self.connections += 1
        upstream: Upstream | None = None
        try:
            upstream = await Upstream.connect(*self._upstream)
            while await self._pass_on(client, answer_to, upstream):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # If either side disconnects, its connection to the other side is closed too.
            pass
        finally:
            self._connections.discard(answer_to)
            self._silent.discard(answer_to)
            answer_to.close()
            if upstream:
                upstream.close()

    async def _pass_on(
        self, client: asyncio.StreamReader, answer_to: asyncio.StreamWriter, upstream: "Upstream"
    ) -> bool:
        """Serve one request. Returns False if the connection has to be closed."""
        start_line, headers, payload = await _read_message(client)
        if answer_to in self._silent:
            await client.read()
            return False
        request = _request(headers, payload)
        self._note(request)
        if self._left is not None and self._left <= 0:
            return False
        fault = self._next_fault(request.operation, payload)
        match fault:
            case Error(name):
                answer_to.write(_error(name))
                return True
            case Answer(body):
                answer_to.write(_answer(200, body))
                return True
            case Page(status):
                answer_to.write(_page(status))
                return True
            case Drop(answered=False):
                return False
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case Swallow():
                await client.read()
                return False
            case Ghost(hangs_up):
                self._ghosts.append((start_line, headers, payload))
                if not hangs_up:
                    await client.read()
                return False
            case Unprocessed(items):
                payload, held_back = _split(request, items)
                answer = await upstream.ask(start_line, headers, payload)
                answer_to.write(_with_unprocessed(answer, request.operation, held_back))
                return True
        answer = await upstream.ask(start_line, headers, payload)
        if self._left is not None and b" 200 " in answer[0]:
            self._left -= 1
        match fault:
            case Drop():
                return False
            case Truncate():
                answer_to.write(_message(*answer)[: -max(len(answer[2]) // 2, 1)])
                return False
            case Stall():
                answer_to.write(_message(*answer)[: -len(answer[2])])
                await client.read()
                return False
            case Damage():
                answer = _damaged(answer)
        answer_to.write(_message(*answer))
        await answer_to.drain()
        return True

    async def _deliver_ghosts(self) -> list[int]:
        ghosts, self._ghosts = self._ghosts, []
        statuses = []
        for ghost in ghosts:
            upstream = await Upstream.connect(*self._upstream)
            status_line, _, _ = await upstream.ask(*ghost)
            statuses.append(int(status_line.split()[1]))
            upstream.close()
        return statuses

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def _next_fault(self, operation: str, payload: bytes) -> Fault | None:
        for plan in self._plans:
            if plan.times > 0 and plan.operation in {operation, ANY} and plan.holding in payload:
                plan.times -= 1
                return plan.fault
        return None


Headers = dict[bytes, bytes]
Message = tuple[bytes, Headers, bytes]


@dataclass(frozen=True, slots=True)
class Upstream:
    """One connection of the proxy to DynamoDB."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def connect(cls, host: str, port: int) -> Self:
        """Open a connection to DynamoDB at this address."""
        return cls(*await asyncio.open_connection(host, port, limit=MAX_HEAD))

    async def ask(self, start_line: bytes, headers: Headers, payload: bytes) -> Message:
        """Send a request, and read its response."""
        self.writer.write(_message(start_line, headers, payload))
        return await _read_message(self.reader)

    def close(self) -> None:
        """Close the connection, even if its event loop has ended."""
        with suppress(RuntimeError):
            self.writer.close()


async def _read_message(reader: asyncio.StreamReader) -> Message:
    head = await reader.readuntil(b"\r\n\r\n")
    start_line, *lines = head[:-4].split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if headers.pop(b"transfer-encoding", b"").lower() != b"chunked":
        return start_line, headers, await reader.readexactly(int(headers.get(b"content-length", 0)))
    chunks = []
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return start_line, headers, b"".join(chunks)


def _message(start_line: bytes, headers: Headers, payload: bytes) -> bytes:
    headers[b"content-length"] = str(len(payload)).encode()
    lines = [b"%b: %b" % header for header in headers.items()]
    return b"\r\n".join((start_line, *lines, b"", payload))


def _answer(status: int, body: Mapping[str, Any]) -> bytes:
    payload = orjson.dumps(body)
    headers = {
        b"content-type": b"application/x-amz-json-1.0",
        # The SDKs compare it and take a difference for a broken transfer.
        b"x-amz-crc32": str(zlib.crc32(payload)).encode(),
    }
    return _message(b"HTTP/1.1 %d Injected" % status, headers, payload)


def _error(name: str) -> bytes:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": f"{name}, as the test asked for"}
    return _answer(STATUS.get(name, 400), body)


def _page(status: int) -> bytes:
    return _message(
        b"HTTP/1.1 %d Injected" % status, {b"content-type": b"text/html"}, b"<!doctype html><title>Sign in</title>"
    )


def _damaged(answer: Message) -> Message:
    """The response with one byte changed. If it contains a digit, it is still JSON."""
    start_line, headers, payload = answer
    place = next((place for place, byte in enumerate(payload) if chr(byte).isdigit()), 0)
    other = b"8" if payload[place : place + 1] == b"7" else b"7"
    return start_line, headers, payload[:place] + other + payload[place + 1 :]


def _request(headers: Headers, payload: bytes) -> Request:
    operation = headers.get(b"x-amz-target", b"").decode().rpartition(".")[2]
    body = orjson.loads(payload) if payload else {}
    tables = body.get("RequestItems") or {}
    return Request(operation, body.get("TableName") or next(iter(tables), None), body.get("IndexName"), body)


def _split(request: Request, held_back: int) -> tuple[bytes, dict[str, Any]]:
    """The payload without the last items of its only table, and these items as an Unprocessed… map."""
    ((table, wanted),) = request.body["RequestItems"].items()
    items = wanted if isinstance(wanted, list) else wanted["Keys"]
    # DynamoDB refuses an empty batch, so at least one item is done.
    done = max(len(items) - held_back, 1)
    first, last = items[:done], items[done:]
    if isinstance(wanted, list):
        kept, left = first, last
    else:
        kept, left = wanted | {"Keys": first}, wanted | {"Keys": last}
    body = request.body | {"RequestItems": {table: kept}}
    return orjson.dumps(body), {table: left} if last else {}


def _with_unprocessed(answer: Message, operation: str, left: dict[str, Any]) -> bytes:
    field = "UnprocessedKeys" if operation == "BatchGetItem" else "UnprocessedItems"
    return _answer(200, orjson.loads(answer[2]) | {field: left})
