"""The order of what bears a token: newest first, by when it ends.

The table keeps sessions and verification tokens in the order of their tokens. Who sees that order, and may add tokens
of their own, finds a stranger's by comparing. So each list is read whole and put into an order in which tokens count
only as keyed hashes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter, eq
from typing import NamedTuple, Protocol, TypeVar

from dynamo.models import EPOCH

_MICROSECOND = timedelta(microseconds=1)


class Bearer(Protocol):
    """What ends at some time and bears a token."""

    @property
    def token(self) -> str:
        """The token."""

    @property
    def expires(self) -> datetime:
        """When it ends."""


class Place(NamedTuple):
    """Where something stands in the order: `expires` in microseconds since the epoch, then the hash of its token."""

    expires: int
    hash: str


B = TypeVar("B", bound=Bearer)
Hash = Callable[[str], str]
_expires = attrgetter("expires")


def newest_first(bearers: Sequence[B], hash_of: Hash) -> Sequence[B]:
    """Those that end last first, and those that end together in the order of their hashes."""
    if len(bearers) < 2:
        return bearers
    ordered = sorted(bearers, key=_expires, reverse=True)
    ends = list(map(_expires, ordered))
    if not any(map(eq, ends, ends[1:])):
        return ordered
    together = (list(group) for _, group in groupby(ordered, key=_expires))
    return [one for group in together for one in (group if len(group) == 1 else _by_hash(group, hash_of))]


def place_of(bearer: Bearer, hash_of: Hash) -> Place:
    """Where one stands in the order."""
    return Place((bearer.expires - EPOCH) // _MICROSECOND, hash_of(bearer.token))


def after(bearers: Sequence[B], place: Place, hash_of: Hash) -> Sequence[B]:
    """Those behind a place, of some in order."""
    end = EPOCH + place.expires * _MICROSECOND
    return [one for one in bearers if one.expires < end or (one.expires == end and hash_of(one.token) > place.hash)]


def _by_hash(bearers: Sequence[B], hash_of: Hash) -> Sequence[B]:
    return sorted(bearers, key=lambda one: hash_of(one.token))
