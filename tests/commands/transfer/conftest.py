"""A table, and another one to which its users are carried."""

import io
from pathlib import Path

import pytest

from commands.transfer import records
from commands.transfer.export_file import ExportFile
from commands.transfer.exporting import export_users
from commands.transfer.importing import Report, Totals, import_users
from commands.transfer.line import Lines, Wanted
from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.interop.raw import RawTable


@pytest.fixture
def table(table_settings: TableSettings) -> Table:
    """A client of the test's own table."""
    return Table.connect(table_settings)


@pytest.fixture
def raw(table_settings: TableSettings) -> RawTable:
    """The items of the table, as they are stored."""
    return RawTable(table_settings)


async def export(
    table: Table, file: Path, *, sessions: bool = False, secrets: bool = False, resume: bool = False
) -> Lines:
    """Export in this process, as the command does."""
    wanted = Wanted(sessions=sessions, secrets=secrets)
    with ExportFile(file, {"table": table.name}, resume=resume) as target:
        lines = await export_users(table, target, wanted, segments=3, read_units=None, advance=lambda _: None)
        target.finish()
    return lines


async def import_lines(
    table: Table, lines: bytes, *, dry_run: bool = False, concurrency: int = 2
) -> tuple[Totals, list[Report]]:
    """Import the lines of an export in this process, as the command does."""
    told: list[Report] = []
    totals = await import_users(
        table,
        records.lines(io.BytesIO(lines)),
        None,
        dry_run=dry_run,
        concurrency=concurrency,
        write_units=None,
        advance=lambda _: None,
        hear=told.append,
    )
    return totals, told
