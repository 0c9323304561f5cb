"""Which stored attributes have to be read for the wanted attributes of a record."""

from collections.abc import Iterable
from typing import ClassVar, Final, Protocol

from dynamo.models import ReadFrom

ALWAYS_READ: Final = (
    "type",
    "email",
    "provider",
    "providerAccountId",
    "expires",
    "userId",
)
"""Stored attributes that every record needs besides its keys."""

OF_SESSIONS: Final = ("createdAt", "impersonator")
"""Those that decide when a session ends, and its place in a list."""


class Record(Protocol):
    """A class of `dynamo.models` that declares which stored attributes it is read from."""

    READ_FROM: ClassVar[ReadFrom]


def projection(wanted: Iterable[tuple[type[Record], str]], *, children: bool = False) -> tuple[str, ...] | None:
    """The stored attributes to read besides the keys; None if whole items are needed. `children` says whether sessions
    may be listed."""
    stored = {*ALWAYS_READ, *(OF_SESSIONS if children else ())}
    for record, name in wanted:
        if name not in record.READ_FROM:
            return None
        stored.update(record.READ_FROM[name])
    return tuple(sorted(stored))
