"""What an examination found, in numbers and a few examples."""

from dataclasses import dataclass, field
from typing import Any

from dynamo.doctor.kinds import KINDS, Kind


@dataclass(slots=True)
class Tally:
    """What was found of one kind."""

    found: int = 0
    mended: int = 0
    waiting: int = 0
    """Mendable, but not yet: an orphan that was seen for the first time, a delete that has just begun."""
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many are still there."""
        return self.found - self.mended


@dataclass(frozen=True, slots=True)
class Report:
    """A whole examination, over all runs that it took."""

    table: str
    items: dict[str, int]
    """How many there are of each kind of item."""
    tallies: dict[str, Tally]
    """By the name of the kind; none without a finding."""
    read_units: float
    write_units: float

    @property
    def total(self) -> int:
        """How many items were looked at."""
        return sum(self.items.values())

    @property
    def found(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return {name: tally.found for name, tally in self.tallies.items()}

    @property
    def wrong(self) -> dict[str, int]:
        """How many findings of each kind are wrong, rather than odd, and were not mended."""
        return {name: t.left for name, t in self.tallies.items() if t.left and KINDS[name].wrong}

    @property
    def clean(self) -> bool:
        """Whether nothing that authgraph promises is broken, or was and is mended."""
        return not self.wrong

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "table": self.table,
            "clean": self.clean,
            "items": self.items,
            "findings": [_as_json(KINDS[name], tally) for name, tally in self.tallies.items()],
            "readUnits": round(self.read_units, 1),
            "writeUnits": round(self.write_units, 1),
        }


def _as_json(kind: Kind, tally: Tally) -> dict[str, Any]:
    return {
        "kind": kind.name,
        "wrong": kind.wrong,
        "found": tally.found,
        "mended": tally.mended,
        "waiting": tally.waiting,
        "left": tally.left,
        "meaning": kind.meaning,
        "mending": kind.mending,
        "examples": tally.examples,
    }
