"""Kept-alive HTTP/1.1 connections to one address, each with one request at a time.

It is made for one kind of request: a POST with a response of known form. A general HTTP client takes four times the
CPU, more than all the rest of a lookup by key (docs/performance.md).
"""

import asyncio
import socket
import ssl
import zlib
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from dynamo import aws
from dynamo.metrics import CONNECTIONS
from dynamo.permits import Permits

MOST: Final = 64
"""The most connections at once. If none is free, a request waits for one."""
IDLE_SECONDS: Final = 45.0
"""How long a connection is kept without use: less than load balancers keep theirs, which is usually a minute."""
SILENCE_SECONDS: Final = 1.0
"""If a request is cancelled after this time without a response, its connection may be dead."""
KEEPALIVE: Final = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""With these socket options, the system detects within half a minute that the other end of an idle connection is
gone."""


class ConnectionLost(ConnectionError):
    """The connection ended before the response. The request may have been executed or not."""


class ConnectionPool:
    """The connections of one process to one address, opened when they are needed."""

    def __init__(self, url: str, *, connect_timeout: float, read_timeout: float) -> None:
        address = urlsplit(url)
        secure = address.scheme == "https"
        self._host = address.hostname or ""
        self._port = address.port or (443 if secure else 80)
        self._ssl = ssl.create_default_context(cafile=aws.authorities()) if secure else None
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._permits = Permits(MOST)
        self._idle: list[_Connection] = []
        """The idle connections, the most recently used one last."""
        self._open: set[_Connection] = set()
        self._watch: asyncio.TimerHandle | None = None
        self.server = b""
        """The `Server` header of the other side, once it has responded."""

    async def post(self, request: bytes, *, fresh: bool = False) -> tuple[int, bytes]:
        """Send a whole request, with `fresh` over a new connection. Returns status and body.

        Raises `OSError`, of which `TimeoutError` and `ConnectionLost` are subclasses.
        """
        loop = asyncio.get_running_loop()
        if not self._permits.take():
            await self._permits.turn()
        try:
            asked = loop.time()
            connection = (None if fresh else self._kept(asked)) or await self._connect()
            if self._watch is None:
                # One timer for all running requests: a timer for each would take much CPU.
                self._watch = loop.call_later(self._read_timeout / 10, self._end_late, loop)
            try:
                response = await connection.ask(request, asked, loop)
                self.server = connection.server
                return response
            except (OSError, asyncio.CancelledError) as error:
                if isinstance(error, OSError) or loop.time() - asked >= SILENCE_SECONDS:
                    self._drop_older(asked)
                raise
            finally:
                # Also if the caller is cancelled after the response has arrived.
                if connection.reusable:
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._permits.give_back()

    async def close(self) -> None:
        """Close all connections. Requests that are running fail."""
        self._idle.clear()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        for connection in list(self._open):
            connection.close()
        # The event loop closes sockets in its next iteration.
        await asyncio.sleep(0)

    def _kept(self, now: float) -> "_Connection | None":
        # Take the most recently used connection, so that surplus ones become old enough to be closed.
        while self._idle and self._idle[0].asked < now - IDLE_SECONDS:
            self._idle.pop(0).close()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    def _drop_older(self, since: float) -> None:
        """Close idle connections that were last used before a time: they may be as dead as one that did not respond
        since."""
        for connection in self._idle:
            if connection.asked < since:
                connection.close()

    async def _connect(self) -> "_Connection":
        async with asyncio.timeout(self._connect_timeout):
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self._open, self._read_timeout), self._host, self._port, ssl=self._ssl
            )
        return connection

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """Fail requests without a response in time, and check again as long as requests are running."""
        since = loop.time() - self._read_timeout
        waiting = [connection for connection in self._open if connection.waits]
        for connection in waiting:
            if connection.asked <= since:
                connection.fail(TimeoutError("no response in time"))
        self._watch = loop.call_later(self._read_timeout / 10, self._end_late, loop) if waiting else None


class _Connection(asyncio.Protocol):
    """One connection. Its parser calls the methods whose names begin with `on_`."""

    _transport: asyncio.Transport

    def __init__(self, open_ones: "set[_Connection]", timeout: float) -> None:
        self.reusable = False
        self.asked = 0.0
        """When the last request was sent, on the event loop's clock."""
        self.server = b""
        self._timeout = timeout
        self._open = open_ones
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._headers: dict[bytes, bytes] = {}
        # Methods of dict and list, because a Python call for every header would take most of the time of a response.
        self.on_header = self._headers.__setitem__
        self._body: list[bytes] = []
        self.on_body = self._body.append
        self._parser = httptools.HttpResponseParser(self)

    @property
    def waits(self) -> bool:
        """Whether a request was sent and its response has not arrived."""
        return self._answer is not None and not self._answer.done()

    def ask(self, request: bytes, now: float, loop: asyncio.AbstractEventLoop) -> "asyncio.Future[tuple[int, bytes]]":
        """Send a request. The result is the response: status and body. Until it is there, the connection is not
        reusable."""
        self._answer = loop.create_future()
        self.reusable = False
        self.asked = now
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close the connection at once. A waiting caller gets an error."""
        self.reusable = False
        self._transport.abort()

    def fail(self, error: Exception) -> None:
        """Raise an error in the caller that waits for a response, if any."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, and turn on keep-alive for the socket."""
        self._transport = cast(asyncio.Transport, transport)
        self._open.add(self)
        CONNECTIONS.add(1)
        _keep_alive(transport.get_extra_info("socket"), self._timeout)

    def data_received(self, data: bytes) -> None:
        """Pass the bytes on to the parser of responses."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.reusable = False
            self.fail(ConnectionLost("the response is not HTTP"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request whose response is missing, if any."""
        self.reusable = False
        self._open.discard(self)
        CONNECTIONS.add(-1)
        self.fail(exc if isinstance(exc, TimeoutError) else ConnectionLost("the connection was closed"))

    def on_message_begin(self) -> None:
        """Forget the response before; the parser found the start of a new one."""
        self._body.clear()
        self._headers.clear()
        if self._answer is None or self._answer.done():
            # No request is waiting. Kept, this response would be taken for that of the next request.
            self.close()

    def on_message_complete(self) -> None:
        """Return the response to the caller if its checksum is correct."""
        if self._answer is None or self._answer.done():
            return
        body = b"".join(self._body)
        checksum = self._headers.get(b"x-amz-crc32") or self._header(b"x-amz-crc32")
        if checksum is not None and checksum != b"%d" % zlib.crc32(body):
            self.fail(ConnectionLost("the response was damaged in transit"))
            return
        if not self.server:
            self.server = self._header(b"server") or b"-"
        self.reusable = self._parser.should_keep_alive()
        self._answer.set_result((self._parser.get_status_code(), body))

    def _header(self, name: bytes) -> bytes | None:
        """The value of a header, by its name in lower case; None without one."""
        return next((value for other, value in self._headers.items() if other.lower() == name), None)


def _keep_alive(connected: socket.socket | None, timeout: float) -> None:
    """Let the system detect that the other end is gone, as far as it supports that."""
    if connected is None:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = KEEPALIVE | {"TCP_USER_TIMEOUT": max(int(timeout * 1000), 1)}
    for name, value in options.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
