"""What the doctor found last, with what each kind of finding means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from dynamo import doctor_summary
from dynamo.doctor_summary import Tally
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of finding, how often it was found, and what to do about it."""

    kind: str
    wrong: bool
    found: int
    repaired: int
    meaning: str | None
    repair: str | None

    @property
    def left(self) -> int:
        """How many were still there at the end of the run."""
        return self.found - self.repaired


@dataclass(frozen=True, slots=True)
class Examination:
    """The last whole run of the doctor."""

    at: datetime
    repaired: bool
    item_count: int
    findings: Sequence[Finding]

    @property
    def clean(self) -> bool:
        """Whether nothing was left that is wrong."""
        return not any(finding.left and finding.wrong for finding in self.findings)


async def last(context: Context) -> Examination | None:
    """The summary of the last run, by one read; None if there was none."""
    found = await doctor_summary.read(context.table)
    if found is None:
        return None
    return Examination(found.at, found.mends, found.items, [_finding(tally) for tally in found.tallies])


def _finding(tally: Tally) -> Finding:
    wrong, meaning, repair = _kinds().get(tally.kind, (True, None, None))
    return Finding(tally.kind, wrong, tally.found, tally.mended, meaning, repair)


@cache
def _kinds() -> dict[str, tuple[bool, str, str]]:
    """What each kind means. A server imports it only when it is asked."""
    from dynamo.doctor.kinds import KINDS

    return {kind.name: (kind.wrong, kind.meaning, kind.mending) for kind in KINDS.values()}
