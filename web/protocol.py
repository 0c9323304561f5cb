"""The protocol of one connection: every byte belongs to exactly one request, and requests stay within limits.

uvicorn's protocol reads requests and responds to them. This adds what it leaves open. An offer to upgrade is ignored,
as RFC 9110 §7.8 allows; otherwise the parser would not read the body as such. Trailers are kept out of the headers. A
request that cannot be read is rejected after everything before it got its response. `Connections` checks each
connection once a second and ends those that wait too long.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextvars import copy_context
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn._types import ASGI3Application, HTTPScope
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from execution.operation_log import record_refusal
from web.connection_limits import Connections
from web.endpoint import Respond
from web.errors import (
    BadRequest,
    HeadersTimeout,
    HeadersTooLarge,
    MethodNotImplemented,
    Overloaded,
    RequestRejected,
)
from web.exchange import Exchange
from web.head_checks import check_head
from web.headers import read_headers
from web.http_response import JSON_HEADERS, HeaderPairs
from web.media import MediaType
from web.request_id import assign_request_id

PIECE: Final = 16 * 1024
"""The most bytes that the parser gets at once. The limits are checked between two pieces."""
MOST_AHEAD: Final = 16
"""The most requests that may wait on one connection while an earlier one is executed."""
LAST_SECONDS: Final = 1.0
"""How long a client that connected just before the server stops has to send its request."""
LINGER_SECONDS: Final = 2.0
"""How long a rejected client has to read the error. If the connection were closed at once with unread bytes, TCP
would discard the error."""

logger = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """One connection. uvicorn makes an instance for each connection that it accepts."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.waiting_since = self.loop.time()
        """When it was accepted, last got a response, or began to send after that."""
        self.was_answered = False
        """Whether it got a response and has sent nothing since."""
        self._connections = connections
        self._settings = connections.settings
        self._context = copy_context()
        """The context variables with which each request begins."""
        self._direct: Mapping[bytes, Respond] = getattr(self.app, "direct", {})
        """What responds without ASGI, by the path (`Application.direct`)."""
        self._running: RequestResponseCycle | None = None
        """The request that is being executed, or whose body is still arriving."""
        self._idle = False
        """Whether it has responded to every request, and received nothing since."""
        self._unclaimed = 0
        """Bytes received since the parser last produced something from them."""
        self._is_refused = False
        """Whether nothing more is read, because of an error or because the client sends no more."""
        self._is_at_end = False
        """Whether the client has closed its side of the connection."""
        self._is_last = False
        """Whether the connection ends after the next response, because the server stops."""
        self._refusal: bytes | None = None
        """The response to what could not be read. It is sent after those to the requests before."""
        self._unsent_since: float | None = None
        """When a check first found a part of the current response unread."""

    # Called by uvicorn's server and the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection, or respond that there is no room for it."""
        super().connection_made(transport)
        if not self._connections.admit(self):
            self._refuse(Overloaded("All connections are in use (AUTHGRAPH_MAX_CONNECTIONS, …_PER_ADDRESS).", 1))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being executed, and forget those that wait behind it."""
        self._connections.forget(self)
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        for cycle, _ in self.pipeline:
            self._release(cycle)
        self.pipeline.clear()
        super().connection_lost(exc)
        # A request that was never begun refers to its connection until the garbage collector finds both.
        self.cycle = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Read what has arrived, piece by piece."""
        if self._is_refused:
            self.flow.pause_reading()
            return
        if self._idle:
            self._idle = self.was_answered = False
            self._unclaimed = 0
            self.waiting_since = self.loop.time()
        try:
            if len(data) <= PIECE:
                self._read(data)
            else:
                for start in range(0, len(data), PIECE):
                    self._read(data[start : start + PIECE])
        except RequestRejected as rejection:
            self._refuse(rejection)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Respond to what was requested: a client that sends no more may still read."""
        self._is_at_end = True
        if not self._is_refused:
            self._is_refused = True
            self._drop_incomplete()
            self._end_after_newest()
        # It is closed after the last response or error, or at once if there is none.
        return self._running is not None

    def shutdown(self) -> None:
        """Close after the requests that are running or have arrived.

        A client that has connected and not sent a whole head yet has a moment to do so.
        """
        self._is_last = True
        if self._running is not None:
            self._end_after_newest()
        elif self._idle:
            self.transport.close()
        else:
            self.loop.call_later(LAST_SECONDS, self._close_unless_running)

    def _end_after_newest(self) -> None:
        """Close after the last request that was read. Those before it must keep the connection open."""
        last = self.pipeline[0][0] if self.pipeline else self._running
        for cycle in (self._running, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_started:
                cycle.keep_alive = cycle is not last

    def _close_unless_running(self) -> None:
        if self._running is None and not self._is_refused:
            self.transport.close()

    # Called by the parser

    def on_headers_complete(self) -> None:
        """Begin the request unless its head exceeds a limit."""
        # The head may have begun in the middle of a piece, so this is an upper bound.
        longest = self._unclaimed + PIECE
        self._unclaimed = 0
        if len(self.headers) > self._settings.max_headers or longest > self._settings.max_header_bytes:
            self._check_head()
        version = self.parser.get_http_version()
        check_head(version, self.headers)
        if version == "1.0":
            # RFC 9110 §10.1.1: such a client does not understand interim responses.
            self.expect_100_continue = False
        if len(self.pipeline) >= MOST_AHEAD:
            raise Overloaded(f"More than {MOST_AHEAD} requests were pipelined on one connection.", 1)
        respond = self._direct.get(self.url)
        if respond is not None and not self.parser.should_upgrade():
            self._begin(respond, version)
        else:
            super().on_headers_complete()
        if self._is_last:
            self._end_after_newest()
        # The parser reports trailers as headers. A proxy that filters headers does not filter trailers.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Add to the request's body if the process has room for it."""
        self._unclaimed = 0
        if not self.cycle.response_complete:
            self._connections.bodies.take(self.cycle, len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of the body, and close the connection afterwards if the trailers say so.

        The parser obeys a `Connection: close` in trailers, and reads nothing after it.
        """
        super().on_message_complete()
        cycle = self.cycle
        if self.parser.should_upgrade():
            return
        if cycle.response_complete:
            # The response came before the rest of the body, so the connection waits for a request only now.
            self._idle = self.was_answered = True
            self.waiting_since = self.loop.time()
        if self.parser.should_keep_alive() or not cycle.keep_alive:
            return
        cycle.keep_alive = False
        if cycle.response_complete:
            self.transport.close()

    # Called by requests

    def on_response_complete(self) -> None:
        """Continue with the next request, or its rejection, or wait for one.

        It replaces uvicorn's method, which sets a timer for each response.
        """
        self.server_state.total_requests += 1
        self._running = None
        self._unsent_since = None
        self.waiting_since = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._is_refused:
            self._send_refusal()
        else:
            self._idle = self.was_answered = True

    # Called by `Connections`

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is being done for the client: it is silent, or has not sent all of a body."""
        if self.transport.get_write_buffer_size():
            # The client is still reading a response.
            return False
        return self._running is None or (
            self._running is self.cycle and self.cycle.more_body and not self.cycle.response_started
        )

    def check(self, now: float) -> None:
        """End the connection if it has waited too long, for bytes or for its client to read."""
        if self.transport.get_write_buffer_size():
            self._check_reader(now)
            return
        if self._unsent_since is not None:
            # The client has read its response only now.
            self._unsent_since = None
            self.waiting_since = now
        if self.transport.is_closing():
            # It ends by itself when the client has read its last response.
            return
        if self._running is None and now - self.waiting_since > self._patience:
            if self._is_in_head and not self._is_refused:
                seconds = self._settings.header_timeout_seconds
                self._refuse(
                    HeadersTimeout(
                        f"The headers did not arrive within {seconds:g} s (AUTHGRAPH_HEADER_TIMEOUT_SECONDS)."
                    )
                )
            else:
                self.transport.abort()

    def _check_reader(self, now: float) -> None:
        """End the connection if its client has had a response to read for too long."""
        if self._unsent_since is None:
            self._unsent_since = now
        elif now - self._unsent_since > self._settings.timeout_seconds:
            logger.info(
                "A client did not read its response within AUTHGRAPH_TIMEOUT_SECONDS; the connection was closed."
            )
            self.transport.abort()

    @property
    def _patience(self) -> float:
        """How many seconds the client may stay in its current state."""
        if self._is_refused:
            return LINGER_SECONDS
        if self._idle and not self._is_in_head:
            return self._settings.idle_timeout_seconds
        return self._settings.header_timeout_seconds

    @property
    def _is_in_head(self) -> bool:
        """Whether a request has begun whose headers are incomplete."""
        scope: HTTPScope | None = self.scope
        return scope is not None and "method" not in scope

    # Reading

    def _begin(self, respond: Respond, version: str) -> None:
        """As `on_headers_complete` in uvicorn, for a request that is responded to without ASGI."""
        scope = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = self.url.decode("ascii")
        scope["raw_path"] = self.url
        scope["query_string"] = b""
        before: RequestResponseCycle | None = self.cycle
        keep_alive = version != "1.0" and self.parser.should_keep_alive()
        self.cycle = Exchange(self, read_headers(self.headers), respond, keep_alive=keep_alive)
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _should_upgrade(self) -> bool:
        """Always true, so that uvicorn does not start a request with an offer to upgrade. It is read again without
        the offer."""
        return True

    def _read(self, data: bytes) -> None:
        """Pass a piece to the parser. Raises `RequestRejected`."""
        self._unclaimed += len(data)
        while data:
            try:
                self.parser.feed_data(data)
                break
            except HttpParserUpgrade as offer:
                data = self._head_without_upgrade() + data[offer.args[0] :]
            except HttpParserError as error:
                if isinstance(error.__context__, RequestRejected):
                    raise error.__context__ from None
                raise BadRequest("The request is not valid HTTP/1.1.") from error
        if self._unclaimed > self._settings.max_header_bytes:
            raise self._too_many_bytes()

    def _head_without_upgrade(self) -> bytes:
        """The head just read, for a new parser, because the old one does not read the request's body."""
        if self.scope["method"] == "CONNECT":
            raise MethodNotImplemented("This server is not a proxy and does not support CONNECT.")
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        first = b"%s %s HTTP/%s" % (self.scope["method"].encode(), self.url, self.scope["http_version"].encode())
        lines = [name + b": " + value for name, value in self.scope["headers"] if name != b"upgrade"]
        return b"\r\n".join([first, *lines, b"", b""])

    def _check_head(self) -> None:
        """Count headers and bytes exactly. Raises `HeadersTooLarge`."""
        count = len(self.headers)
        if count > self._settings.max_headers:
            raise HeadersTooLarge(
                f"The request has {count} headers; at most {self._settings.max_headers} are allowed "
                "(AUTHGRAPH_MAX_HEADERS)."
            )
        # A colon, a space and a line break of each line are not part of the header itself.
        if (
            len(self.url) + sum(map(len, chain.from_iterable(self.headers))) + 4 * count
            > self._settings.max_header_bytes
        ):
            raise self._too_many_bytes()

    def _too_many_bytes(self) -> HeadersTooLarge:
        most = self._settings.max_header_bytes
        return HeadersTooLarge(f"The headers are over the limit of {most} bytes (AUTHGRAPH_MAX_HEADER_BYTES).")

    # Responding

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """As in uvicorn, but the body is released when the request ends, and nothing is left of the request before.

        A pipelined request is started by the one before it, whose context has that one's id and trace.
        """
        self._running = cycle
        task = self.loop.create_task(cycle.run_asgi(app), context=self._context.copy())
        self.tasks.add(task)
        task.add_done_callback(partial(self._finish, cycle))

    def _finish(self, cycle: RequestResponseCycle, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._release(cycle)

    def _release(self, cycle: RequestResponseCycle) -> None:
        """Free the body of a request that is finished or was given up, and no longer count its bytes.

        The connection keeps its last request until the next one, which may be long. A body that is cleared leaves a
        hole in memory, which the next one of its size does not fit into. So it is replaced.
        """
        cycle.body = bytearray()
        self._connections.bodies.give_back(cycle)

    def _refuse(self, rejection: RequestRejected) -> None:
        """Stop reading, respond to the requests before, then send the error and close."""
        self._is_refused = True
        self._drop_incomplete()
        # In a copy of the context, so that the error's request id does not stay set for the connection.
        self._refusal = copy_context().run(_refusal, rejection, self.server_state.default_headers)
        if self._running is None:
            self._send_refusal()

    def _drop_incomplete(self) -> None:
        """Forget a request whose body will not be complete. An operation in it has not begun."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or not cycle.more_body:
            return
        cycle.disconnected = cycle.response_complete = True
        cycle.message_event.set()
        if cycle is not self._running:
            self.pipeline.popleft()
            self._release(cycle)
        else:
            self._running = None
            if cycle.response_started:
                self.transport.abort()

    def _send_refusal(self) -> None:
        if self._refusal is not None and not self.transport.is_closing():
            self.transport.write(self._refusal)
            if self._is_at_end:
                self.transport.close()
            else:
                self.transport.write_eof()
            self.waiting_since = self.loop.time()


def _refusal(rejection: RequestRejected, default_headers: list[tuple[bytes, bytes]]) -> bytes:
    """The whole HTTP response for a rejection, which is counted and logged."""
    request_id = assign_request_id(None)
    record_refusal(rejection.code, rejection.message)
    body = rejection.body
    headers: HeaderPairs = (
        *default_headers,
        *JSON_HEADERS[MediaType.JSON],
        *rejection.headers,
        (b"x-request-id", request_id),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    )
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return STATUS_LINE[HTTPStatus(rejection.status)] + lines + b"\r\n" + body
