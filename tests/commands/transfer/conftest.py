"""A table, and another one to which its users are carried."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from commands.transfer.export_file import ExportFile
from commands.transfer.exporting import export_users
from commands.transfer.line import Lines, Wanted
from dynamo.client import Table
from dynamo.settings import TableSettings
from tests.interop.raw import RawTable

Export = Callable[..., Awaitable[Lines]]


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
