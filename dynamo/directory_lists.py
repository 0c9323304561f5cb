"""The lists of the directory: in which orders, and by which beginnings, users can be listed without a scan."""

from enum import Enum, unique


@unique
class DirectoryList(Enum):
    """A list of users. Its value is the `type` of its entries, by which the directory index keeps them together."""

    EMAIL = "EMAIL"
    CREATED = "CREATED"
    SIGNED_IN = "SIGNED_IN"
    NAME = "NAME"

    @property
    def setting(self) -> str:
        """The word for the list in `AUTHGRAPH_DIRECTORY_LISTS`."""
        return self.value.lower()


TIMED = frozenset((DirectoryList.CREATED, DirectoryList.SIGNED_IN))
"""The lists in the order of time. All new entries go to their end, so they may be split into several partitions."""
MOST_SHARDS = 16
