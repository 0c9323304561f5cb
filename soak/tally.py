"""What an experiment came to, and the table at the end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.tables import markdown, number

MOST_SHOWN: Final = 20
"""Violations of one experiment that are printed; all are counted."""


@dataclass(slots=True)
class Tally:
    """What one experiment came to."""

    experiment: str
    seconds: float = 0.0
    requests: int = 0
    acknowledged: int = 0
    """Writes that the server said are done."""
    checks: int = 0
    """Comparisons of what was acknowledged with what is there."""
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Acknowledged writes that are not there."""
    violations: list[str] = field(default_factory=list)
    """Each with what is needed to look into it."""
    codes: Counter[str] = field(default_factory=Counter)
    """Errors by code."""
    latencies: list[float] = field(default_factory=list)
    """Seconds of each answered request."""
    memory: str = "–"
    notes: list[str] = field(default_factory=list)
    """What else was measured, a sentence each."""

    def violate(self, violation: str) -> None:
        """Something does not hold that is promised."""
        self.violations.append(violation)
        if len(self.violations) <= MOST_SHOWN:
            print(f"VIOLATION in {self.experiment}: {violation}", flush=True)

    def lose(self, violation: str) -> None:
        """An acknowledged write is gone or undone."""
        self.lost += 1
        self.violate(violation)

    @property
    def row(self) -> Sequence[str]:
        """A line of the table."""
        codes = ", ".join(f"{code} {count:,}" for code, count in sorted(self.codes.items()))
        return [
            self.experiment,
            f"{self.seconds:,.0f}",
            f"{self.requests:,}",
            f"{self.acknowledged:,}",
            f"{self.checks:,}",
            f"{self.faults.total():,}",
            ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items())) or "0",
            f"{self.lost:,}",
            f"{len(self.violations):,}",
            codes or "none",
            number(percentile(self.latencies, 50) * 1000),
            number(percentile(self.latencies, 99) * 1000),
            self.memory,
        ]


HEADER: Final = (
    *("experiment", "seconds", "requests", "acknowledged writes", "checks", "faults", "kills", "lost writes"),
    *("violations", "errors by code", "p50 ms", "p99 ms", "memory of a worker, MB"),
)


def table(tallies: Iterable[Tally]) -> str:
    """All experiments, their sum, the faults by kind and the notes."""
    tallies = list(tallies)
    total = Tally("all")
    for one in tallies:
        total.seconds += one.seconds
        total.requests += one.requests
        total.acknowledged += one.acknowledged
        total.checks += one.checks
        total.faults += one.faults
        total.kills += one.kills
        total.lost += one.lost
        total.violations += one.violations
        total.codes += one.codes
        total.latencies += one.latencies
    faults = ", ".join(f"{kind} {count:,}" for kind, count in sorted(total.faults.items())) or "none"
    notes = "".join(f"- {one.experiment}: {note}\n" for one in tallies for note in one.notes)
    return f"{markdown(HEADER, [one.row for one in [*tallies, total]])}\n- faults: {faults}\n{notes}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values are not above; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] if ordered else 0.0
