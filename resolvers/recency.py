"""The order of sessions and verification tokens in lists: the newest sessions, and the tokens that expire last, come
first.

The table keeps both in the order of their tokens. A caller who sees that order and can add tokens of their own could
find a stranger's token by comparing. So each list is read in full and sorted by a keyed hash of the token instead.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter, eq, itemgetter
from typing import Final, NamedTuple, Protocol, TypeVar

from dynamo.models import EPOCH

_MICROSECOND = timedelta(microseconds=1)


class Bearer(Protocol):
    """Something with a token: a session or a verification token."""

    @property
    def token(self) -> str:
        """The secret token. It never decides an order; its keyed hash does."""


class Place(NamedTuple):
    """The place of an entry in the order: its time in microseconds since the Unix epoch, then the hash of its token."""

    time: int
    hash: str


B = TypeVar("B", bound=Bearer)
Hash = Callable[[str], str]
Time = Callable[[B], datetime]
"""The time that an entry is sorted by, with a time zone."""
end: Final[Callable[..., datetime]] = attrgetter("expires")
start: Final[Callable[..., datetime]] = attrgetter("since")
_time = itemgetter(0)
_entry = itemgetter(1)


def latest_first(bearers: Sequence[B], hash_of: Hash, time_of: Time[B]) -> Sequence[B]:
    """Sort by time, latest first, and entries of the same time by hash."""
    if len(bearers) < 2:
        return bearers
    timed = sorted(zip(map(time_of, bearers), bearers, strict=True), key=_time, reverse=True)
    times = list(map(_time, timed))
    if not any(map(eq, times, islice(times, 1, None))):
        return list(map(_entry, timed))
    together = (list(map(_entry, group)) for _, group in groupby(timed, key=_time))
    return [one for group in together for one in (group if len(group) == 1 else _by_hash(group, hash_of))]


def place_of(bearer: B, hash_of: Hash, time_of: Time[B]) -> Place:
    """The place of an entry in the order."""
    return Place((time_of(bearer) - EPOCH) // _MICROSECOND, hash_of(bearer.token))


def after(bearers: Sequence[B], place: Place, hash_of: Hash, time_of: Time[B]) -> Sequence[B]:
    """The entries after a place, given entries in order."""
    time = EPOCH + place.time * _MICROSECOND
    timed = zip(map(time_of, bearers), bearers, strict=True)
    return [one for at, one in timed if at < time or (at == time and hash_of(one.token) > place.hash)]


def _by_hash(bearers: Sequence[B], hash_of: Hash) -> Sequence[B]:
    return sorted(bearers, key=lambda one: hash_of(one.token))
