"""The audit log as it is read: in pages, newest first, of everything or of one user.

Entries are written by `dynamo.audit`. The log is spread over several partitions. A page reads them side by side, and
returns what all of them together have, down to where the shortest answer ends.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dynamo import format, keys, models
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.audit import SHARDS
from dynamo.client import Page, Table
from dynamo.item import Item

SEARCHED: Final = 250
"""The most entries of each partition of the log that one round of a search reads."""
ROUNDS: Final = 4
"""The most rounds of requests for one page. After that, the page ends with a position to continue from."""
SEARCH_UNITS: Final = ROUNDS * SHARDS * 32
"""The read units of a page that looks through entries of up to 1 KB, at half a unit for each 4 KB."""

NAMES: Final = {
    **TOKEN_ATTRIBUTES,
    "credentialID": "credentialId",
    "credentialDeviceType": "deviceType",
    "credentialBackedUp": "backedUp",
}
"""The fields whose stored attributes have other names."""

_SHARDS: Final = [keys.audit_shard(shard) for shard in range(SHARDS)]
_PLACE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z#[0-9a-f]{16}")


def api_name(name: str) -> str:
    """The field that a stored attribute is."""
    return NAMES.get(name, name)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, as it is stored."""

    item: Item
    position: str
    """Its place in every list: the time and an id."""

    @property
    def at(self) -> datetime:
        """When the change was made."""
        return datetime.fromisoformat(self.position.partition("#")[0])

    @property
    def action(self) -> str:
        """The name of the mutation."""
        return models.text(self.item.get("action")) or ""

    @property
    def actor(self) -> str:
        """The caller, as in `Act.actor`."""
        return models.text(self.item.get("actor")) or ""

    @property
    def actor_name(self) -> str | None:
        """The name of the API key that acted."""
        return models.text(self.item.get("actorName"))

    @property
    def impersonator(self) -> str | None:
        """Who acted in the person's name."""
        return models.text(self.item.get("impersonator"))

    @property
    def user_id(self) -> str | None:
        """The raw id of the user whom the change concerns."""
        target = self.item.get("target")
        return target if isinstance(target, str) and keys.is_possible(target) else None

    @property
    def request_id(self) -> str | None:
        """The id of the request, which its lines in the server's log have too."""
        return models.text(self.item.get("requestId"))

    @property
    def address(self) -> str | None:
        """The IP address that the request came from."""
        return models.text(self.item.get("address"))

    @property
    def stored_names(self) -> list[str]:
        """The stored attributes that were changed."""
        return list(models.texts(self.item.get("changed")))

    @property
    def expired(self) -> bool:
        """Whether it is older than the log is kept. Time to live deletes it within days."""
        ends = format.date_of_expires(self.item.get("expires"))
        return ends is not None and ends <= datetime.now(UTC)


class Wanted(NamedTuple):
    """Which entries to list: of one user or all, of which time."""

    user_id: str | None = None
    """The user whom they concern; None for the whole log."""
    seen: bool = False
    """Whether to list only those that the user sees: their sign-ins, and what they did themselves."""
    since: datetime | None = None
    until: datetime | None = None
    """The time before which they were made."""


class Found(NamedTuple):
    """A page of entries, newest first, and the position to continue from; None at the end."""

    entries: Sequence[Entry]
    next: str | None


Accepts = Callable[[Entry], bool]


async def read(
    table: Table, wanted: Wanted, *, limit: int, after: str | None = None, accepts: Accepts | None = None
) -> Found:
    """A page of entries after a position. With `accepts`, only those that it accepts: the page may then be short, or
    empty, and be followed by another one."""
    if wanted.user_id is not None and not keys.is_possible(wanted.user_id):
        return Found((), None)
    found: list[Entry] = []
    for _ in range(ROUNDS):
        size = limit + 1 if accepts is None or wanted.user_id is not None else SEARCHED
        passed, after = await _round(table, wanted, size, after)
        found += [entry for entry in passed if not entry.expired and (accepts is None or accepts(entry))]
        if len(found) > limit:
            return Found(found[:limit], found[limit - 1].position)
        if after is None:
            break
    return Found(found, after)


async def _round(table: Table, wanted: Wanted, size: int, after: str | None) -> tuple[list[Entry], str | None]:
    """The next entries of all partitions together, and the position up to which all of them have been read."""
    pages = await asyncio.gather(*(_page(table, partition, wanted, size, after) for partition in _partitions(wanted)))
    sort_key = table.sort_key if wanted.user_id is None else table.index_sort_key
    horizon = max((page.items[-1][sort_key] for page in pages if page.last_key is not None and page.items), default="")
    read = [Entry(item, item[sort_key]) for page in pages for item in page.items if _is_entry(table, item, sort_key)]
    passed = [entry for entry in read if entry.position >= horizon and entry.position != after]
    return sorted(passed, key=lambda entry: entry.position, reverse=True), horizon or None


def _is_entry(table: Table, item: Item, sort_key: str) -> bool:
    """Whether an item is an entry: its keys in the table decide, because other apps may use the same index.

    An item under such keys that does not say what was done by whom is none of ours either.
    """
    place: str = item[table.sort_key]
    is_in_log = item[table.partition_key] in _SHARDS and _PLACE.fullmatch(place) is not None
    if not is_in_log or item[sort_key] != place or not _is_time(place.partition("#")[0]):
        return False
    return item.get("type") == "AUDIT" and all(models.text(item.get(name)) for name in ("action", "actor"))


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


async def _page(table: Table, partition: str, wanted: Wanted, size: int, after: str | None) -> Page:
    low = format.iso(wanted.since) if wanted.since is not None else "0"
    # Every place goes on after its time, so the time itself is before all of its places.
    high = after or (format.iso(wanted.until) if wanted.until is not None else "9999-12-31T24")
    of_user = wanted.user_id is not None
    # One more, because the entry at the position itself is read again.
    return await table.query_between(partition, low, high, limit=size + (after is not None), index=of_user)


def _partitions(wanted: Wanted) -> Sequence[str]:
    if wanted.user_id is None:
        return _SHARDS
    seen = keys.activity_of(wanted.user_id)
    return (seen,) if wanted.seen else (seen, keys.audit_of(wanted.user_id))
