"""A response as a handler returns it (`HTTPResponse`), and as it is sent (`Response`)."""

import re
from functools import lru_cache
from typing import NamedTuple

from starlette.types import Send

from web.media import MediaType

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


class Response(NamedTuple):
    """A response that is ready to be sent, with all its headers but Date."""

    status: int
    headers: HeaderPairs
    """Those that it shares with other responses."""
    own: HeaderPairs
    """Those that only this response has, such as its request id."""
    body: bytes

    def lines(self) -> bytes:
        """The lines of the headers. Raises `ValueError` if one of `headers` would not be a line by itself."""
        return _lines(self.headers) + b"".join([b"%b: %b\r\n" % header for header in self.own])

    async def send(self, send: Send) -> None:
        """Send it as ASGI messages."""
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, *self.own]})
        await send({"type": "http.response.body", "body": self.body})


@lru_cache(256)
def _lines(headers: HeaderPairs) -> bytes:
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        raise ValueError("A header of the response is not valid.")
    return b"".join([b"%b: %b\r\n" % header for header in headers])
