"""HTTP over kept connections, with little processor time for each request.

The overload experiment needs it: it shares two processors with the server, and with hundreds of requests in progress
httpx2 takes more of them than the server.
"""

import asyncio
from collections import deque
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

END_OF_HEAD: Final = b"\r\n\r\n"
MOST_HEAD_BYTES: Final = 64 * 1024

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NoResponse(Exception):
    """The connection ended before the whole response was there."""


class KeptConnections(AbstractAsyncContextManager["KeptConnections"]):
    """Sends POST requests to one server. A connection is used again if it is free and still open."""

    def __init__(self, url: str, path: str, headers: tuple[tuple[str, str], ...]) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        lines = (f"POST {path} HTTP/1.1", f"host: {address.netloc}", *(f"{name}: {value}" for name, value in headers))
        self._head = "\r\n".join(lines).encode() + b"\r\ncontent-type: application/json\r\ncontent-length: "
        self._free: deque[Connection] = deque()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, writer in self._free:
            writer.close()
        self._free.clear()

    async def post(self, body: bytes) -> bytes:
        """The body of the response, whatever its status. Raises `NoResponse`."""
        try:
            reader, writer = self._open() or await asyncio.open_connection(
                self._host, self._port, limit=MOST_HEAD_BYTES
            )
        except OSError as error:
            raise NoResponse(repr(error)) from error
        is_kept = False
        try:
            writer.write(b"%b%d%b%b" % (self._head, len(body), END_OF_HEAD, body))
            head = (await reader.readuntil(END_OF_HEAD)).lower()
            length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            content = await reader.readexactly(int(length))
            is_kept = b"\r\nconnection: close" not in head
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise NoResponse(repr(error)) from error
        finally:
            if is_kept:
                self._free.append((reader, writer))
            else:
                with suppress(OSError):
                    writer.close()
        return content

    def _open(self) -> Connection | None:
        """The connection that was free for the shortest time, so that the server has not ended it."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None
