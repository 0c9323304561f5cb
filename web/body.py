"""Reading a request body of unknown size."""

from starlette.types import Receive

from web.errors import BodyTooLarge


class ClientDisconnected(Exception):
    """The client disconnected during its request, so there is nobody to respond to."""


async def read_body(receive: Receive, limit: int, declared: bytes | None) -> bytes:
    """The whole body, at most `limit` bytes. Raises `BodyTooLarge`.

    A Content-Length above the limit is rejected at once. Without one, or with a false one, the bytes are counted as
    they arrive.
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
