"""The bytes of an answer: counted while they are written, so that one that is too large is given up and never built."""

from typing import Any, Final

from orjson import Fragment, dumps

FEW: Final = 10
"""Objects that are written together with what they lie in."""


class ResponseTooLarge(Exception):
    """The answer would be longer than `AUTHGRAPH_MAX_RESPONSE_BYTES`."""


class Room:
    """How many bytes an answer may still take."""

    __slots__ = ("left",)

    def __init__(self, most: int) -> None:
        self.left = most

    def listed(self, objects: list[Any]) -> list[Any]:
        """A list of objects: as it is where it is short, else written. Raises `ResponseTooLarge`."""
        return list(map(self.write, objects)) if len(objects) > FEW else objects

    def take(self, length: int) -> None:
        """Count some bytes. Raises `ResponseTooLarge`."""
        self.left -= length
        if self.left < 0:
            raise ResponseTooLarge

    def write(self, value: Any) -> Fragment:
        """Write a value that holds nothing written before. Raises `ResponseTooLarge`."""
        written = dumps(value)
        self.left -= len(written)
        if self.left < 0:
            raise ResponseTooLarge
        return Fragment(written)


def write(value: dict[str, Any], most: int) -> bytes:
    """Write a whole answer, object by object unless its `data` was written before. Raises `ResponseTooLarge`."""
    room = Room(most)
    if not isinstance(value["data"], Fragment):
        return _written(value, room)
    written = dumps(value)
    room.take(len(written))
    return written


def _written(value: dict[str, Any] | list[Any], room: Room) -> bytes:
    """Write an object or a list, and count what is its own: what lies below has been counted."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    below = {place: _written(one, room) for place, one in places if isinstance(one, dict | list)}
    if below:
        value = value.copy()
        for place, written in below.items():
            value[place] = Fragment(written)  # type: ignore[index]
    written = dumps(value)
    room.take(len(written) - sum(map(len, below.values())))
    return written
