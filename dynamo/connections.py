"""Kept HTTP/1.1 connections to one address, each with one request at a time.

Made for the one kind of request there is here, a POST with an answer of a known form. A general HTTP client takes four
times the CPU for it, more than all the rest of a lookup by key (docs/performance.md).
"""

import asyncio
import ssl
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from dynamo import credentials

MOST: Final = 64
"""Connections at once; whoever finds none free waits for one."""


class ConnectionLost(ConnectionError):
    """The connection ended before the answer did; nothing says whether the request was acted upon."""


class Connections:
    """The connections of one process to one address, opened when they are needed."""

    def __init__(self, url: str, *, connect_timeout: float, read_timeout: float) -> None:
        address = urlsplit(url)
        secure = address.scheme == "https"
        self._host = address.hostname or ""
        self._port = address.port or (443 if secure else 80)
        self._ssl = ssl.create_default_context(cafile=credentials.authorities()) if secure else None
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._slots = asyncio.Semaphore(MOST)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    async def post(self, request: bytes) -> tuple[int, bytes]:
        """Send a whole request; returns status and body. Raises `OSError`, a `TimeoutError` or `ConnectionLost`."""
        async with self._slots:
            connection = self._kept() or await self._connect()
            try:
                return await connection.exchange(request, self._read_timeout)
            finally:
                # Also when whoever asked is cancelled with the answer in hand.
                if connection.reusable:
                    self._idle.append(connection)

    async def close(self) -> None:
        """Close all of them; a request under way fails."""
        self._idle.clear()
        for connection in list(self._open):
            connection.close()
        # The event loop closes sockets in its next turn.
        await asyncio.sleep(0)

    def _kept(self) -> "_Connection | None":
        # The last one used: those that are needed least are closed by the other side, which minds idle ones.
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connect(self) -> "_Connection":
        async with asyncio.timeout(self._connect_timeout):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self._open), self._host, self._port, ssl=self._ssl
            )
        return connection


class _Connection(asyncio.Protocol):
    """One connection. Its parser calls the methods that begin with `on_`."""

    _transport: asyncio.Transport

    def __init__(self, open_ones: "set[_Connection]") -> None:
        self.reusable = False
        self._open = open_ones
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    async def exchange(self, request: bytes, seconds: float) -> tuple[int, bytes]:
        """Send a request and wait so long for the answer."""
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self.reusable = False
        deadline = loop.call_later(seconds, self._fail, TimeoutError("no answer in time"))
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            deadline.cancel()
            if not self.reusable:
                self.close()

    def close(self) -> None:
        """Close at once; whoever waits for an answer is told."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        """Pass on to the parser."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.reusable = False
            self._fail(ConnectionLost("what was received is not HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was asked for is not answered any more."""
        self.reusable = False
        self._open.discard(self)
        self._fail(ConnectionLost("the connection was closed"))

    def on_message_begin(self) -> None:
        """Begin an answer."""
        self._body = []
        if self._answer is None or self._answer.done():
            # Nobody has asked; kept, it would be taken for the answer to the next request.
            self.reusable = False
            self.close()

    def on_body(self, body: bytes) -> None:
        """Keep a part."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        if self._answer is not None and not self._answer.done():
            self.reusable = self._parser.should_keep_alive()
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
