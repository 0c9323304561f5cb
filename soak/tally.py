"""The results of an experiment, and the table of all results."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.tables import markdown, number

MOST_SHOWN: Final = 20
"""The most violations of one experiment that are printed. All are counted."""


@dataclass(slots=True)
class Tally:
    """The results of one experiment."""

    experiment: str
    seconds: float = 0.0
    requests: int = 0
    acknowledged: int = 0
    """Writes that the server acknowledged."""
    checks: int = 0
    """Comparisons of what was acknowledged with what is stored."""
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Acknowledged writes that are not stored."""
    violations: list[str] = field(default_factory=list)
    """Violations, each with what is needed to reproduce it."""
    codes: Counter[str] = field(default_factory=Counter)
    """The number of errors with each code."""
    latencies: list[float] = field(default_factory=list)
    """The seconds that each request with a response took."""
    memory: str = "–"
    notes: list[str] = field(default_factory=list)
    """Other measurements, one sentence each."""

    def violate(self, violation: str) -> None:
        """Record that a promise does not hold."""
        self.violations.append(violation)
        if len(self.violations) <= MOST_SHOWN:
            print(f"VIOLATION in {self.experiment}: {violation}", flush=True)

    def lose(self, violation: str) -> None:
        """Record that an acknowledged write is lost."""
        self.lost += 1
        self.violate(violation)

    @property
    def row(self) -> Sequence[str]:
        """The experiment's line in the table of results."""
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
    """The value at or below which so many percent of the values are; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] if ordered else 0.0
