"""Whether the lists of the directory are whole, as far as a process knows."""

from collections.abc import Iterable
from time import monotonic
from typing import Final

from dynamo import directory_state
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.directory_state import DirectoryState
from dynamo.errors import DynamoError

KEPT_SECONDS: Final = 10.0
"""How long the state of the directory is kept before it is read again."""


class Wholeness:
    """The state of the directory. All requests of a process share it."""

    def __init__(self) -> None:
        self._state = DirectoryState()
        self._ends = 0.0

    async def missing(self, table: Table, lists: Iterable[DirectoryList]) -> list[DirectoryList]:
        """Which of these lists are not whole. Without the state, none is."""
        wanted = list(lists)
        if wanted and monotonic() >= self._ends:
            try:
                self._state = await directory_state.read(table)
            except DynamoError:
                return wanted
            self._ends = monotonic() + KEPT_SECONDS
        return [of for of in wanted if not self._state.is_whole(table, of)]
