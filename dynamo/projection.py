"""What to read of an item: the stored attributes behind those of its record that are wanted."""

from collections.abc import Iterable
from typing import ClassVar, Final, Protocol

from dynamo.models import ReadFrom

ALWAYS_READ: Final = ("type", "email", "provider", "providerAccountId", "expires", "userId")
"""Stored attributes that a record cannot do without beside its keys."""


class Record(Protocol):
    """A class of `dynamo.models` that says what its attributes are read from."""

    READ_FROM: ClassVar[ReadFrom]


def projection(wanted: Iterable[tuple[type[Record], str]]) -> tuple[str, ...] | None:
    """The stored attributes behind some attributes of records, beside the keys; None if whole items are needed."""
    stored = set(ALWAYS_READ)
    for record, name in wanted:
        if name not in record.READ_FROM:
            return None
        stored.update(record.READ_FROM[name])
    return tuple(sorted(stored))
