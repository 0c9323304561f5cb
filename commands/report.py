"""The report of an examination, printed for people."""

import json
from typing import TYPE_CHECKING

from commands.terminal import OUTPUT

if TYPE_CHECKING:
    from dynamo.doctor import Options, Report
    from dynamo.doctor.report import Tally


def show(report: "Report", options: "Options") -> None:
    """Print each kind of finding: how many there are, what it means, what a repair does, and a few examples."""
    from dynamo.doctor.kinds import KINDS

    items = ", ".join(f"{number:,} {kind}" for kind, number in report.items.items()) or "none"
    _line(f"Table {report.table}: {report.total:,} items ({items}).")
    for name, tally in report.tallies.items():
        kind = KINDS[name]
        _line("")
        _line(f"{name}: {_numbers(tally, mended=options.mends)}{'' if kind.wrong else ' (odd, not wrong)'}")
        _line(f"  {kind.meaning}")
        _line(f"  Repair: {kind.mending}")
        for example in tally.examples:
            # As JSON, so that control characters in an id are not sent to the terminal.
            _line(f"  · {json.dumps(example)}")
    _line("")
    _line(f"Read {report.read_units:,.0f} units, wrote {report.write_units:,.0f}. {_verdict(report, options)}")


def _numbers(tally: "Tally", *, mended: bool) -> str:
    parts = [f"{tally.found:,} found"]
    if mended:
        parts.append(f"{tally.mended:,} repaired")
    if tally.waiting:
        parts.append(f"{tally.waiting:,} too recent to be repaired")
    return ", ".join(parts)


def _verdict(report: "Report", options: "Options") -> str:
    if report.clean:
        return (
            "There is no problem."
            if not any(tally.mended for tally in report.tallies.values())
            else "Every problem is repaired."
        )
    left = sum(report.wrong.values())
    return f"{left:,} wrong: {'see above for what to do.' if options.mends else '--repair fixes what can be fixed.'}"


def _line(text: str) -> None:
    OUTPUT.print(text)
