"""The commands `directory …`: build the lists by which users are found without a scan."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table as Grid

from commands.errors import Refused
from commands.terminal import OUTPUT, REMARKS

if TYPE_CHECKING:
    from dynamo.building import Totals
    from dynamo.client import Table
    from dynamo.doctor.options import Advance

FOLDER: Final = "directory"
"""The folder of the progress within the data folder, unless it is named by an option."""
NOT_WHOLE: Final = 1

cli = typer.Typer(help="Build the directory, which lists users without a scan.", no_args_is_help=True)

Segments = Annotated[int, typer.Option(min=1, max=1000, help="Number of table segments to read in parallel.")]
ReadUnits = Annotated[int, typer.Option(min=1, help="Maximum read units per second, over all segments.")]
WriteUnits = Annotated[int, typer.Option(min=1, help="Maximum write units per second, over all segments.")]
StateFile = Annotated[
    Path | None,
    typer.Option("--state", help="File that stores the progress. Default: in AUTHGRAPH_DATA_DIR/directory."),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Start from the beginning instead of continuing an interrupted build.")
]


@cli.callback()
def directory() -> None:
    """Build the directory, which lists users without a scan."""


@cli.command("build")
def build(
    segments: Segments = 4,
    read_units: ReadUnits = 1000,
    write_units: WriteUnits = 500,
    state: StateFile = None,
    restart: Restart = False,
) -> None:
    """Give every user their entries in the directory, remove wrong entries, and count the users.

    Run it after you turn a list on, and again whenever the official adapter has written many users.
    The table may change during the build. To continue an interrupted build, run the same command again.
    Exit status 0: all lists are whole. 1: some users have no entry. 2: the build failed, or no list is kept.
    """
    from commands.development_folder import DevelopmentFolder
    from commands.engine import checked_table, run
    from commands.settings import read_settings
    from dynamo import building
    from dynamo.doctor.options import Options
    from dynamo.doctor.state import State
    from dynamo.errors import Unavailable
    from dynamo.tables import lifecycle

    if not read_settings().table.lists_kept:
        raise Refused(
            "No list of the directory is kept, so there is nothing to build: set AUTHGRAPH_DIRECTORY_INDEX_NAME to the "
            "directory index, and AUTHGRAPH_DIRECTORY_LISTS to the lists."
        )
    with checked_table(make=False) as settings:
        described = lifecycle.describe_table(settings)
        options = Options(
            segments=segments, read_units=read_units, write_units=write_units, identity=described.identity
        )
        file = state or settings.data_dir / FOLDER / f"{settings.table_name}.state"

        async def work(table: "Table") -> "Totals":
            if state is None:
                DevelopmentFolder(settings.data_dir).make()
            with State(file) as progress, _progress(described.item_count) as advance:
                if restart:
                    progress.forget()
                try:
                    return await building.build(table, options, state=progress, advance=advance)
                except Unavailable as error:
                    raise Unavailable(f"{error} Run the same command again to continue.") from error

        totals = run(settings, work)
    _show(totals)
    if any(totals.left.values()):
        raise typer.Exit(NOT_WHOLE)


def _show(totals: "Totals") -> None:
    OUTPUT.print(f"Counted {totals.users:,} users.")
    grid = Grid("list", "users", "written", "removed", "without an entry", "in the index", box=None, pad_edge=False)
    for of in totals.expected:
        numbers = (totals.expected, totals.written, totals.removed, totals.left, totals.stored)
        grid.add_row(of.setting, *(f"{number[of]:,}" for number in numbers))
    OUTPUT.print(grid)
    for of, left in totals.left.items():
        if left:
            REMARKS.print(
                f"The list {of.setting} is not whole: {left:,} users have no entry. Another user has their e-mail "
                "address, or others kept changing them. Run `python server.py doctor`, and build again."
            )
        elif totals.stored[of] < totals.expected[of]:
            REMARKS.print(
                f"The index has {totals.expected[of] - totals.stored[of]:,} entries less in {of.setting}: users were "
                "deleted meanwhile, or the index is still being updated."
            )


@contextmanager
def _progress(total: int) -> "Iterator[Advance]":
    """A progress bar on standard error. The total is DynamoDB's last count, so it may be too low, or unknown."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Building the directory"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=REMARKS, transient=True, disable=not REMARKS.is_terminal) as progress:
        task = progress.add_task("", total=total or None)
        yield lambda items: progress.advance(task, items)
