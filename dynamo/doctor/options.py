"""Options of an examination: what it mends, how fast it reads, and what it reports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

DAY: Final = timedelta(days=1)

Advance = Callable[[int], None]
"""Is called with the number of items that were examined since the last call."""
Journal = Callable[[dict[str, Any]], None]
"""Records each change before and after it is made or, in a dry run, what it would be."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with findings, and how fast to read and write."""

    repair: bool = False
    dry_run: bool = False
    """With `repair`: report what would be mended, and change nothing."""
    segments: int = 4
    """How many parts of the table are read concurrently."""
    page: int = 1000
    """The most items of one page. DynamoDB ends a page earlier at 1 MB."""
    read_units: float | None = None
    """The most read units per second, over all segments; None for no limit."""
    write_units: float | None = None
    """The most write units per second, over all segments; None for no limit."""
    orphan_age: timedelta = DAY
    """How long an item must have been known as an orphan before it is deleted."""
    addresses: bool = False
    """Whether examples and the journal show e-mail addresses and account ids."""
    examples: int = 5
    """How many examples to keep of each kind of finding."""
    identity: str = ""
    """Identifies the table in a state on disk, because a table elsewhere can have the same name."""
    attempts: int = 8
    """How often to try a request that DynamoDB cannot serve now, with ever longer pauses, before the examination
    ends."""

    @property
    def mends(self) -> bool:
        """Whether findings are mended, and not only reported."""
        return self.repair and not self.dry_run


def unheard(_: object) -> None:
    """Ignore the call: the default for `Advance` and `Journal`."""
