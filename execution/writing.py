"""The bytes of a response, counted while they are written. If there are too many, writing stops."""

from typing import Any, Final

from orjson import Fragment, dumps

CONTAINERS: Final = frozenset((dict, list))
FEW: Final = 10
"""Up to this many objects are written together with the list's parent."""


class ResponseTooLarge(Exception):
    """The response would be longer than `AUTHGRAPH_MAX_RESPONSE_BYTES`."""


class Room:
    """How many bytes a response may still take."""

    __slots__ = ("left",)

    def __init__(self, most: int) -> None:
        self.left = most

    def listed(self, objects: list[Any]) -> list[Any]:
        """A list of objects: unchanged if it is short, otherwise with its objects written as JSON. Raises
        `ResponseTooLarge`."""
        return list(map(self.write, objects)) if len(objects) > FEW else objects

    def take(self, length: int) -> None:
        """Count some bytes. Raises `ResponseTooLarge` if there are too many."""
        self.left -= length
        if self.left < 0:
            raise ResponseTooLarge

    def write(self, value: Any) -> Fragment:
        """Write a value, none of whose parts were written before. Raises `ResponseTooLarge`."""
        written = dumps(value)
        self.left -= len(written)
        if self.left < 0:
            raise ResponseTooLarge
        return Fragment(written)


def write(value: dict[str, Any], most: int) -> bytes:
    """Write a whole response, object by object. Raises `ResponseTooLarge`."""
    return _written(value, Room(most))


def join(data: bytes, extensions: dict[str, Any], most: int) -> bytes:
    """The whole response with `data` that was written before: the same bytes as `write` makes. Raises
    `ResponseTooLarge`."""
    written = b'{"data":%b,"extensions":%b}' % (data, dumps(extensions))
    if len(written) > most:
        raise ResponseTooLarge
    return written


def _written(value: dict[str, Any] | list[Any], room: Room) -> bytes:
    """Write an object or a list, and count its own bytes. Those of the objects and lists in it are counted
    separately."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    below = {place: _written(one, room) for place, one in places if type(one) in CONTAINERS}
    if below:
        value = value.copy()
        for place, written in below.items():
            value[place] = Fragment(written)  # type: ignore[index]
    written = dumps(value)
    room.take(len(written) - sum(map(len, below.values())))
    return written
