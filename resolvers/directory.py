"""What is known of the directory: which of its lists are whole, and how many users there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dynamo import directory_state
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class ListState:
    """Whether a list is whole, and when it was built."""

    list: DirectoryList
    built_at: datetime | None

    @property
    def complete(self) -> bool:
        """Whether every user of the list has an entry, but those whom the adapter wrote since the build."""
        return self.built_at is not None


@dataclass(frozen=True, slots=True)
class Directory:
    """The lists that are kept, with the state of each."""

    lists: Sequence[ListState]

    @property
    def complete(self) -> bool:
        """Whether all lists are whole. A directory without lists is not."""
        return bool(self.lists) and all(one.complete for one in self.lists)

    @property
    def built_at(self) -> datetime | None:
        """When the list was built that was built first; None unless all are whole."""
        times = [one.built_at for one in self.lists if one.built_at is not None]
        return min(times) if self.complete else None


@dataclass(frozen=True, slots=True)
class UserCount:
    """How many users there were at a time."""

    value: int
    counted_at: datetime


async def state(context: Context) -> Directory:
    """The state of every list that is kept, by one read."""
    found = await directory_state.read(context.table)
    kept: Table = context.table
    return Directory([ListState(of, found.built_at(kept, of)) for of in DirectoryList if of in kept.directory_lists])


async def user_count(context: Context) -> UserCount | None:
    """What the last build counted, by one read; None if there was none."""
    found = await directory_state.read(context.table)
    if found.users is None or found.counted_at is None:
        return None
    return UserCount(found.users, found.counted_at)
