"""Reading a request body that nobody has promised to be small."""

from starlette.types import Receive

from web.errors import BodyTooLarge


class ClientDisconnected(Exception):
    """The client went away in the middle of its request; there is nobody to answer."""


async def read_body(receive: Receive, limit: int, declared: bytes | None) -> bytes:
    """The whole body, at most `limit` bytes.

    Content-Length only ever shortens the work: a truthful one over the limit is refused at once, and without one,
    or with a false one, the bytes are counted as they come.
    """
    if declared is not None and declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is over the limit of {limit} bytes.")
