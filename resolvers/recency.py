"""The order of sessions and verification tokens in lists: those that expire last come first.

The table keeps both in the order of their tokens. A caller who sees that order and can add tokens of their own could
find a stranger's token by comparing. So each list is read in full and sorted by a keyed hash of the token instead.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter, eq
from typing import NamedTuple, Protocol, TypeVar

from dynamo.models import EPOCH

_MICROSECOND = timedelta(microseconds=1)


class Bearer(Protocol):
    """Something with a token that expires: a session or a verification token."""

    @property
    def token(self) -> str:
        """The secret token. It never decides an order; its keyed hash does."""

    @property
    def expires(self) -> datetime:
        """When the token expires, with a time zone."""


class Place(NamedTuple):
    """The place of an entry in the order: `expires` in microseconds since the Unix epoch, then the hash of its
    token."""

    expires: int
    hash: str


B = TypeVar("B", bound=Bearer)
Hash = Callable[[str], str]
_expires = attrgetter("expires")


def newest_first(bearers: Sequence[B], hash_of: Hash) -> Sequence[B]:
    """Sort by expiry, latest first, and entries that expire at the same time by hash."""
    if len(bearers) < 2:
        return bearers
    ordered = sorted(bearers, key=_expires, reverse=True)
    ends = list(map(_expires, ordered))
    if not any(map(eq, ends, ends[1:])):
        return ordered
    together = (list(group) for _, group in groupby(ordered, key=_expires))
    return [one for group in together for one in (group if len(group) == 1 else _by_hash(group, hash_of))]


def place_of(bearer: Bearer, hash_of: Hash) -> Place:
    """The place of an entry in the order."""
    return Place((bearer.expires - EPOCH) // _MICROSECOND, hash_of(bearer.token))


def after(bearers: Sequence[B], place: Place, hash_of: Hash) -> Sequence[B]:
    """The entries after a place, given entries in order."""
    end = EPOCH + place.expires * _MICROSECOND
    return [one for one in bearers if one.expires < end or (one.expires == end and hash_of(one.token) > place.hash)]


def _by_hash(bearers: Sequence[B], hash_of: Hash) -> Sequence[B]:
    return sorted(bearers, key=lambda one: hash_of(one.token))
