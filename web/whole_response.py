"""Whole responses in one ASGI message: an extension that this server's protocol offers to the application.

An ASGI server checks and writes each header of each response. Here the lines of headers are made once and kept, and a
response is written with one call, which saves a twentieth of the time of a lookup.
"""

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from web.http_response import EXTENSION

CLOSE: Final = b"connection: close\r\n"
"""The line of a response after which the connection ends."""


class Cycle(RequestResponseCycle):
    """uvicorn's request and response on a connection, which takes whole responses too."""

    async def send(self, message: Any) -> None:
        """Write a whole response, unless the client has disconnected. Other messages are left to uvicorn."""
        if message["type"] != EXTENSION:
            await super().send(message)
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_started:
            raise RuntimeError("The request has got a response already.")
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        lines = message["lines"]
        is_last = CLOSE in lines
        end = b"\r\n" if self.keep_alive or is_last else CLOSE + b"\r\n"
        self.keep_alive = self.keep_alive and not is_last
        date = b"".join([b"%b: %b\r\n" % header for header in self.default_headers])
        body = b"" if self.scope["method"] == "HEAD" else message["body"]
        self.transport.write(b"".join((STATUS_LINE[message["status"]], date, lines, end, body)))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
