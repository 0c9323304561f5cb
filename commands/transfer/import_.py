"""The command `import`: users from a file into the table."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from commands.errors import FileUnusable
from commands.terminal import OUTPUT, REMARKS
from commands.transfer.source import Source

if TYPE_CHECKING:
    from commands.transfer.exporting import Advance
    from commands.transfer.importing import Report, Totals
    from dynamo.client import Table

SOMETHING_IS_WRONG: Final = 1
LONG_BYTES: Final = 1024 * 1024
"""The size of a file of some 5,000 users, which take more than 15,000 requests."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")]
From = Annotated[
    Source,
    typer.Option("--from", help="The system that wrote the file. By default `server.py export`.", show_default=False),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Store nothing, and print for each row what would become of it.")
]
Concurrency = Annotated[int, typer.Option(min=1, max=64, help="Number of groups of 50 users to store in parallel.")]
WriteUnits = Annotated[int | None, typer.Option(min=1, help="Maximum write units per second. By default no maximum.")]


def import_users(
    file: File,
    source: From = Source.EXPORT,
    dry_run: DryRun = False,
    concurrency: Concurrency = 4,
    write_units: WriteUnits = None,
) -> None:
    """Store the users of a file with their accounts and passkeys. A user who exists already is not changed.

    Each row that is wrong is printed as JSON with its line and the reason, and the rest is stored.
    An import can be interrupted and repeated.
    Exit status 0: every user is in the table. 1: some rows are wrong. 2: the command failed.
    """
    from commands.engine import run_with_table
    from commands.transfer.importing import Result, import_users
    from commands.transfer.mappings import READERS
    from dynamo.errors import Unavailable

    reader, translate = READERS[source](file)

    def hear(report: "Report") -> None:
        if dry_run or report.result is Result.WRONG:
            # As JSON, so that control characters in an id are not sent to the terminal.
            OUTPUT.print(json.dumps(report.as_json()))

    async def work(table: "Table") -> "Totals":
        with _opened(file) as stream, _progress(file.stat().st_size) as advance:
            try:
                return await import_users(
                    table,
                    reader(stream),
                    translate,
                    dry_run=dry_run,
                    concurrency=concurrency,
                    write_units=write_units,
                    advance=advance,
                    hear=hear,
                )
            except Unavailable as error:
                raise Unavailable(f"{error} Run the same command again to import the rest.") from error

    with _opened(file):
        pass  # Before the table is made, if the file cannot be read.
    totals = run_with_table(work, make=not dry_run, for_long=file.stat().st_size > LONG_BYTES)
    created, present, wrong = (totals.results[one] for one in (Result.CREATED, Result.PRESENT, Result.WRONG))
    users, rows = "user" if created == 1 else "users", "row is" if wrong == 1 else "rows are"
    REMARKS.print(
        f"{'Would create' if dry_run else 'Created'} {created:,} {users}; {present:,} already existed and "
        f"{'would stay' if dry_run else 'were left'} as they are; {wrong:,} {rows} wrong."
    )
    if totals.expired_sessions:
        REMARKS.print(f"Left out {totals.expired_sessions:,} sessions that have expired.")
    if wrong:
        raise typer.Exit(SOMETHING_IS_WRONG)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        stream = file.open("rb")
    except OSError as error:
        raise FileUnusable(f"{file} cannot be read ({error.strerror}): name another file.") from error
    with stream:
        yield stream


@contextmanager
def _progress(total: int) -> "Iterator[Advance]":
    """A progress bar on standard error, in bytes of the file."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Importing users"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=REMARKS, transient=True, disable=not REMARKS.is_terminal) as progress:
        task = progress.add_task("", total=total or None)
        yield lambda size: progress.advance(task, size)
