"""Reading a request body of unknown size."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from starlette.types import Receive

from web.errors import BodyTooLarge


class ClientDisconnected(Exception):
    """The client disconnected during its request, so there is nobody to respond to."""


class Incoming(Protocol):
    """The body of a request, which may still be arriving."""

    @property
    def disconnected(self) -> bool:
        """Whether the client is known to have disconnected."""

    def whole(self) -> bytes | None:
        """Take the body if all of it has arrived. Otherwise None: `receive` delivers it."""

    @property
    def receive(self) -> Callable[[], Awaitable[Any]]:
        """Takes the next ASGI message: a part of the body, or that the client has disconnected."""


@dataclass(slots=True)
class Messages:
    """A body that is delivered in ASGI messages alone."""

    receive: Receive
    disconnected: ClassVar = False
    """ASGI says so in a message."""

    def whole(self) -> None:
        """None: the messages deliver it."""


async def read_body(incoming: Incoming, limit: int) -> bytes:
    """The whole body, at most `limit` bytes, which are counted as they arrive. Raises `BodyTooLarge`."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await incoming.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def check_declared(length: bytes | None, limit: int) -> None:
    """Reject a body whose Content-Length is above the limit before any of it is read. Raises `BodyTooLarge`."""
    if length is not None and length.isdigit() and (len(length) > 15 or int(length) > limit):
        raise too_large(limit)


def too_large(limit: int) -> BodyTooLarge:
    """The error for a body of more bytes."""
    return BodyTooLarge(f"The body is over the limit of {limit} bytes.")
