"""The lists of the directory: in which orders, and by which beginnings, users can be listed without a scan."""

from enum import Enum, unique
from typing import Final


@unique
class DirectoryList(Enum):
    """A list of users. Its value is the `type` of its entries, by which the directory index keeps them together."""

    # A member is only equal to itself. The hash of Enum is a call in Python.
    __hash__ = object.__hash__

    EMAIL = "EMAIL"
    CREATED = "CREATED"
    SIGNED_IN = "SIGNED_IN"
    NAME = "NAME"

    @property
    def setting(self) -> str:
        """The word for the list in `AUTHGRAPH_DIRECTORY_LISTS`."""
        return self.value.lower()

    def type_in(self, shard: int) -> str:
        """The `type` of the entries in one of the partitions that hold the list."""
        return f"{self.value}#{shard}" if shard else self.value

    @property
    def description(self) -> str:
        """What the list holds, and in which order."""
        return f"{_DESCRIPTIONS[self]} AUTHGRAPH_DIRECTORY_LISTS calls it `{self.setting}`."


_DESCRIPTIONS: Final = {
    DirectoryList.EMAIL: "Users with an e-mail address, by the address.",
    DirectoryList.CREATED: "All users, by the time when they were created. Users of whom it is not known come first.",
    DirectoryList.SIGNED_IN: "Users who have signed in, by the time when they last did.",
    DirectoryList.NAME: "Users with a name, by the name.",
}
TIMED: Final = frozenset((DirectoryList.CREATED, DirectoryList.SIGNED_IN))
"""The lists in the order of time. All new entries go to their end, so they may be split into several partitions."""
MOST_SHARDS: Final = 16
TYPES: Final = frozenset(
    of.type_in(shard) for of in DirectoryList for shard in range(MOST_SHARDS if of in TIMED else 1)
)
"""Every `type` that an entry can have."""
