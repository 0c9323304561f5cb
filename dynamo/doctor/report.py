"""The result of an examination: numbers, and a few examples."""

from dataclasses import dataclass, field
from typing import Any

from dynamo.doctor.kinds import KINDS, Kind


@dataclass(slots=True)
class Tally:
    """How many findings of one kind there are."""

    found: int = 0
    mended: int = 0
    waiting: int = 0
    """Mendable, but not yet: an orphan that was found for the first time, or a deletion that has just begun."""
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """How many are still there, because they were not mended."""
        return self.found - self.mended


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a whole examination, over all runs that it took."""

    table: str
    items: dict[str, int]
    """How many items there are of each kind."""
    tallies: dict[str, Tally]
    """The findings by the name of their kind; kinds without a finding are left out."""
    read_units: float
    write_units: float

    @property
    def total(self) -> int:
        """How many items were examined."""
        return sum(self.items.values())

    @property
    def found(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return {name: tally.found for name, tally in self.tallies.items()}

    @property
    def wrong(self) -> dict[str, int]:
        """How many findings of each kind are wrong, and not just unusual, and were not mended."""
        return {name: t.left for name, t in self.tallies.items() if t.left and KINDS[name].wrong}

    @property
    def clean(self) -> bool:
        """Whether everything that authgraph promises holds, or holds again after mending."""
        return not self.wrong

    def as_json(self) -> dict[str, Any]:
        """The whole report with the meaning of each kind, in a form that can be written as JSON."""
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
