"""An HTTP response that is ready to be sent."""

import re
from collections.abc import Awaitable
from functools import lru_cache
from typing import Final, NamedTuple

from starlette.types import Send

from web.media import MediaType

EXTENSION: Final = "authgraph.response"
"""The type of an ASGI message that is a whole response, which `web.whole_response` writes. It has the members `status`,
`lines` and `body`. `lines` holds the headers, except Date. `Connection: close` among them ends the connection."""

HeaderPairs = tuple[tuple[bytes, bytes], ...]

_NAME = re.compile(rb"[a-z0-9-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")

SAFE: HeaderPairs = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""Headers of every response except static assets, because identity data must not be cached."""

JSON_HEADERS: dict[MediaType, HeaderPairs] = {
    kind: ((b"content-type", kind.value + b"; charset=utf-8"), *SAFE, (b"vary", b"Accept, Origin"))
    for kind in MediaType
}


class HTTPResponse(NamedTuple):
    """A status, headers in lower case without Content-Length, and the whole body."""

    status: int
    headers: HeaderPairs
    body: bytes = b""
    cross_origin: bool = False
    """Whether pages of allowed origins may read it. They may not read GraphiQL's page, which can contain a key."""

    def send(self, send: Send, own: HeaderPairs, cors: HeaderPairs, *, at_once: bool) -> Awaitable[None]:
        """Send it with headers of the request's `own` and those for its origin: `at_once` if the server offers that,
        otherwise in two messages."""
        if self.status != 204:
            own = (*own, (b"content-length", b"%d" % len(self.body)))
        if at_once:
            lines = _lines(self.headers) + _lines(cors) + b"".join([b"%b: %b\r\n" % header for header in own])
            return send({"type": EXTENSION, "status": self.status, "lines": lines, "body": self.body})
        return self._in_two_messages(send, (*self.headers, *cors, *own))

    async def _in_two_messages(self, send: Send, headers: HeaderPairs) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": [*headers]})
        await send({"type": "http.response.body", "body": self.body})


@lru_cache(256)
def _lines(headers: HeaderPairs) -> bytes:
    """The lines of headers. Raises `ValueError` if one would not be a line by itself."""
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        raise ValueError("A header of the response is not valid.")
    return b"".join([b"%b: %b\r\n" % header for header in headers])
