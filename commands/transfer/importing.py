"""The work of the command `import`: rows are checked in the order of the file, and stored many at a time."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from commands.transfer.claims import Claims
from commands.transfer.exporting import Advance, Units
from commands.transfer.records import Record
from commands.transfer.row import WrongRow, read_row
from dynamo.client import Table
from dynamo.doctor.options import Options
from dynamo.doctor.paced_table import PacedTable
from dynamo.errors import Rejected
from dynamo.transfer.storing import NewPerson, Outcome, store

GROUP: Final = 50
"""The most users that are stored by one call."""
GROUP_BYTES: Final = 1024 * 1024

Translate = Callable[[Any], Mapping[str, Any]]
"""Turns a record of another system into a line of an export. Raises `WrongRow`."""


class Result(Enum):
    """How the import of a row ended, by the word that the report uses."""

    CREATED = "created"
    PRESENT = "present"
    WRONG = "wrong"


_RESULTS: Final = {Outcome.CREATED: Result.CREATED, Outcome.PRESENT: Result.PRESENT}


@dataclass(frozen=True, slots=True)
class Report:
    """The line of a row, how its import ended, and why if it is wrong."""

    line: int
    result: Result
    user_id: str | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The report as an object, without what is not known."""
        told = {"line": self.line, "result": self.result.value, "user": self.user_id, "reason": self.reason}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(slots=True)
class Totals:
    """How many rows ended in each way, and how many expired sessions were left out."""

    results: Counter[Result] = field(default_factory=Counter)
    expired_sessions: int = 0


@dataclass(slots=True)
class _Group:
    """Rows that are stored together, and the reports of those before and between them that are wrong."""

    reports: list[Report | None] = field(default_factory=list)
    people: list[NewPerson] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    size: int = 0


async def import_users(
    table: Table,
    records: Iterable[Record],
    mapping: Translate | None,
    *,
    dry_run: bool,
    concurrency: int,
    write_units: float | None,
    advance: Advance,
    hear: Callable[[Report], None],
) -> Totals:
    """Store the users of all records, and report on each in the order of the file.

    Raises `Unavailable` if the table cannot be reached any more. The same call then does what is left.
    """
    totals = Totals()
    paced = PacedTable(table, Options(write_units=write_units), Units())
    running: deque[tuple[_Group, asyncio.Task[list[Outcome | Rejected]]]] = deque()

    async def end_first() -> None:
        group, task = running.popleft()
        results = iter(await task)
        lines, people = iter(group.lines), iter(group.people)
        for report in group.reports:
            told = report or _told(next(lines), next(people), next(results))
            totals.results[told.result] += 1
            hear(told)
        advance(group.size)

    async def work(group: _Group) -> list[Outcome | Rejected]:
        async def attempt(metered: Table) -> list[Outcome | Rejected]:
            return await store(metered, group.people, dry_run=dry_run)

        return await paced.do(attempt)

    with closing(Claims()) as claims:
        try:
            for group in _groups(records, mapping, table.key_attributes, claims, totals):
                running.append((group, asyncio.create_task(work(group))))
                if len(running) >= concurrency:
                    await end_first()
            while running:
                await end_first()
        finally:
            for _, task in running:
                task.cancel()
            await asyncio.gather(*(task for _, task in running), return_exceptions=True)
    return totals


def _groups(
    records: Iterable[Record],
    mapping: Translate | None,
    key_attributes: Collection[str],
    claims: Claims,
    totals: Totals,
) -> Iterator[_Group]:
    group = _Group()
    for record in records:
        checked = _checked(record, mapping, key_attributes, claims, totals)
        group.size += record.size
        if isinstance(checked, Report):
            group.reports.append(checked)
        else:
            group.reports.append(None)
            group.people.append(checked)
            group.lines.append(record.line)
        if len(group.reports) >= GROUP or group.size >= GROUP_BYTES:
            yield group
            group = _Group()
    yield group


def _checked(
    record: Record, mapping: Translate | None, key_attributes: Collection[str], claims: Claims, totals: Totals
) -> NewPerson | Report:
    if record.fault is not None:
        return Report(record.line, Result.WRONG, reason=record.fault)
    try:
        row = read_row(record.value if mapping is None else mapping(record.value), key_attributes)
    except WrongRow as wrong:
        return Report(record.line, Result.WRONG, reason=str(wrong))
    person = row.person
    taken = claims.make(person.names(), record.line)
    if taken is not None:
        reason = f"line {taken[1]} has the same {taken[0]}"
        return Report(record.line, Result.WRONG, person.user_id, reason)
    totals.expired_sessions += row.expired
    return person


def _told(line: int, person: NewPerson, result: Outcome | Rejected) -> Report:
    if isinstance(result, Rejected):
        return Report(line, Result.WRONG, person.user_id, str(result))
    return Report(line, _RESULTS[result], person.user_id)
