"""One request and its response without ASGI in between, for the paths that need the shortest way.

ASGI takes five coroutines and two messages for a body that has arrived already and a response that is whole. uvicorn
does the rest: it delivers a body that is still arriving, and responds to errors.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from web.endpoint import Respond
from web.headers import RequestHeaders
from web.http_response import Response

CLOSE: Final = b"connection: close\r\n"
"""The line of a response after which the connection ends."""


class Exchange(RequestResponseCycle):
    """A request and its response on a connection."""

    def __init__(
        self, connection: HttpToolsProtocol, headers: RequestHeaders, respond: Respond, *, keep_alive: bool
    ) -> None:
        super().__init__(
            connection.scope,
            connection.transport,
            connection.flow,
            connection.logger,
            connection.access_logger,
            connection.access_log,
            connection.server_state.default_headers,
            asyncio.Event(),
            connection.expect_100_continue,
            keep_alive,
            connection.on_response_complete,
        )
        self._headers = headers
        self._respond = respond

    async def run_asgi(self, app: Any) -> None:
        """Respond to the request. `app` is not called."""
        try:
            response = await self._respond(self.scope, self._headers, self)
            if response is None:
                return
            if self.flow.write_paused and not self.disconnected:
                await self.flow.drain()
            if not self.disconnected:
                self._write(response)
        except BaseException as error:
            await super().run_asgi(_failing(error))
        finally:
            self.on_response = _done

    def whole(self) -> bytes | None:
        """Take the body if all of it has arrived. Otherwise None: `receive` delivers it."""
        if self.more_body or self.disconnected or self.response_complete:
            return None
        self.flow.resume_reading()
        body = bytes(self.body)
        self.body = bytearray()
        return body

    def _write(self, response: Response) -> None:
        """Write the response with one call, and end the connection if the response or the client says so."""
        if self.response_started:
            raise RuntimeError("The request already has a response.")
        lines = response.lines()
        is_last = CLOSE in lines
        end = b"\r\n" if self.keep_alive or is_last else CLOSE + b"\r\n"
        self.keep_alive = self.keep_alive and not is_last
        date = b"".join([b"%b: %b\r\n" % header for header in self.default_headers])
        body = b"" if self.scope["method"] == "HEAD" else response.body
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(b"".join((STATUS_LINE[response.status], date, lines, end, body)))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _failing(error: BaseException) -> Any:
    """An ASGI application that raises this error. uvicorn logs it, and sends status 500 if nothing was sent yet."""

    async def fail(*_: object) -> None:
        nonlocal error
        try:
            raise error
        finally:
            # Its traceback refers to this function, which would refer to it until the garbage collector finds both.
            del error

    return fail


def _done() -> None:
    """Do nothing, in place of the connection's method: an exchange that is done refers to its connection no more."""
