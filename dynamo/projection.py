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
    # When a session ends, and its place in a list.
    "createdAt",
    "impersonator",
)
"""Stored attributes that every record needs besides its keys."""


class Record(Protocol):
    """A class of `dynamo.models` that declares which stored attributes it is read from."""

    READ_FROM: ClassVar[ReadFrom]


def projection(wanted: Iterable[tuple[type[Record], str]]) -> tuple[str, ...] | None:
    """The stored attributes to read besides the keys; None if whole items are needed."""
    stored = set(ALWAYS_READ)
    for record, name in wanted:
        if name not in record.READ_FROM:
            return None
        stored.update(record.READ_FROM[name])
    return tuple(sorted(stored))
