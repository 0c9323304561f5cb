"""How a table is examined."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

DAY: Final = timedelta(days=1)

Advance = Callable[[int], None]
"""Told how many more items were looked at."""
Journal = Callable[[dict[str, Any]], None]
"""Takes down each change, before and after it is made or, in a dry run, what it would be."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with findings, and how fast."""

    repair: bool = False
    dry_run: bool = False
    """With `repair`, say what would be mended, and mend nothing."""
    segments: int = 4
    """Parts of the table that are walked side by side."""
    page: int = 1000
    """Items of one page, unless they fill a megabyte before."""
    read_units: float | None = None
    """Read units per second, over all segments; None for as many as there are."""
    write_units: float | None = None
    """Write units per second."""
    orphan_age: timedelta = DAY
    """How long something must have been known as an orphan before it is deleted."""
    addresses: bool = False
    """Whether examples and the journal show e-mails and account ids."""
    examples: int = 5
    """Examples kept of each kind."""
    identity: str = ""
    """Which table it is, for a state on disk: one of the same name elsewhere is another."""
    attempts: int = 8
    """Attempts at what DynamoDB cannot answer now, with ever longer pauses, before the walk breaks off."""

    @property
    def mends(self) -> bool:
        """Whether anything is written."""
        return self.repair and not self.dry_run


def unheard(_: object) -> None:
    """Nobody wants to know."""
