"""An HTTP response that is ready to be sent."""

from typing import NamedTuple

from starlette.types import Send

from web.media import MediaType

HeaderPairs = tuple[tuple[bytes, bytes], ...]

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

    async def send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        """Send it in two messages, with `more` headers that belong to the request."""
        length = (b"content-length", b"%d" % len(self.body))
        headers = [*self.headers, *more] if self.status == 204 else [*self.headers, *more, length]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})
