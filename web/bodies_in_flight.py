"""A limit for the bytes of request bodies that a process holds at the same time."""

from typing import Final

from web.errors import Overloaded

SMALL: Final = 16 * 1024
"""The size in bytes up to which a body is never rejected because of others. Ordinary operations have a tenth of it."""


class Bodies:
    """The bytes that have arrived for all requests in progress: at most `most`, not counting small bodies."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._most = most
        self._held: dict[object, int] = {}

    def take(self, request: object, count: int) -> None:
        """Count bytes of a request. Raises `Overloaded` if its body is not small and there is no room."""
        held = self._held.get(request, 0) + count
        if held > SMALL and self.total + count > self._most:
            raise Overloaded(
                f"The request bodies in progress use up the {self._most} bytes of AUTHGRAPH_MAX_BODY_BYTES_IN_FLIGHT.",
                1,
            )
        self._held[request] = held
        self.total += count

    def give_back(self, request: object) -> None:
        """Forget the bytes of a request that is finished or was given up."""
        self.total -= self._held.pop(request, 0)
