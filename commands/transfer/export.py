"""The command `export`: users with their accounts and passkeys, as lines of JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.errors import Refused
from commands.terminal import REMARKS

if TYPE_CHECKING:
    from collections import Counter

    from commands.transfer.exporting import Advance
    from commands.transfer.line import Lines
    from dynamo.client import Table

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to write. It must not exist yet.")]
Sessions = Annotated[
    bool, typer.Option("--sessions", help="Also write sessions that have not expired. Requires --secrets.")
]
Secrets = Annotated[
    bool,
    typer.Option(
        "--secrets",
        help="Also write secrets: OAuth tokens of accounts, and custom attributes that the API shows only with "
        "`secrets:read`.",
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an export of the same file that was interrupted.")]
Segments = Annotated[int, typer.Option(min=1, max=1000, help="Number of table segments to read in parallel.")]
ReadUnits = Annotated[int, typer.Option(min=1, help="Maximum read units per second, over all segments.")]


def export(
    file: File,
    sessions: Sessions = False,
    secrets: Secrets = False,
    resume: Resume = False,
    segments: Segments = 4,
    read_units: ReadUnits = 1000,
) -> None:
    """Write all users with their accounts and passkeys to a file, one user per line of JSON.

    FILE appears when it is complete, and only its owner can read it.
    The table may change during the export: each user is written as they are when they are read.
    """
    from commands.engine import checked_table, run
    from commands.transfer.export_file import ExportFile
    from commands.transfer.exporting import described, export_users
    from commands.transfer.line import Wanted
    from dynamo.errors import Unavailable
    from dynamo.tables import lifecycle

    if sessions and not secrets:
        raise Refused("A session is its token, which signs a user in: use --sessions together with --secrets.")
    wanted = Wanted(sessions=sessions, secrets=secrets)
    with checked_table(make=False) as settings:
        table = lifecycle.describe_table(settings)

        async def work(client: "Table") -> "Lines":
            what = described(wanted, client, table.identity, segments)
            with ExportFile(file, what, resume=resume) as target, _progress(table.item_count) as advance:
                try:
                    lines = await export_users(
                        client, target, wanted, segments=segments, read_units=read_units, advance=advance
                    )
                except Unavailable as error:
                    raise Unavailable(f"{error} Run the same command with --resume to continue.") from error
                target.finish()
                return lines

        lines = run(settings, work)
    REMARKS.print(f"Wrote {_told(lines.written) or '0 users'} to {file}.")
    if left := _told(lines.left_out):
        REMARKS.print(f"Left out {left}.")
    if secrets:
        REMARKS.print("The file contains secrets: protect it as you protect the table.")


def _told(numbers: "Counter[str]") -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in numbers.items() if number)


@contextmanager
def _progress(total: int) -> "Iterator[Advance]":
    """A progress bar on standard error. The total is DynamoDB's last count, so it may be too low, or unknown."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Exporting items"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=REMARKS, transient=True, disable=not REMARKS.is_terminal) as progress:
        task = progress.add_task("", total=total or None)
        yield lambda items: progress.advance(task, items)
