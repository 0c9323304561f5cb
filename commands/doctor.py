"""The commands `doctor …`: examine a whole table, mend it, merge two users."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from commands.errors import Refused
from commands.terminal import OUTPUT

if TYPE_CHECKING:
    from dynamo.client import Table
    from dynamo.merging import Merged

SOMETHING_IS_WRONG: Final = 1

cli = typer.Typer(invoke_without_command=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
Repair = Annotated[bool, typer.Option("--repair", help="Repair what can be repaired without losing data.")]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="With --repair: print the changes instead of making them, one JSON object per line."
    ),
]
Segments = Annotated[int, typer.Option(min=1, max=1000, help="Number of table segments to read in parallel.")]
ReadUnits = Annotated[int, typer.Option(min=1, help="Maximum read units per second, over all segments.")]
WriteUnits = Annotated[int, typer.Option(min=1, help="Maximum write units per second.")]
OrphanHours = Annotated[
    float,
    typer.Option(min=0, help="Hours after which --repair deletes an orphan, counted from when a run first found it."),
]
Examples = Annotated[int, typer.Option(min=0, max=1000, help="Maximum number of examples of each kind.")]
Addresses = Annotated[bool, typer.Option("--addresses", help="Show e-mails and account ids in examples.")]
StateFile = Annotated[
    Path | None,
    typer.Option("--state", help="File that stores the progress. Default: in AUTHGRAPH_DATA_DIR/doctor."),
]
LogFile = Annotated[
    Path | None, typer.Option("--log", help="File to which changes are logged. Default: beside the state file.")
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Start from the beginning instead of continuing an interrupted run.")
]
Keep = Annotated[str, typer.Argument(help="The id of the user who stays.")]
Lose = Annotated[str, typer.Argument(help="The id of the user who is merged into KEEP and then deleted.")]
PlanOnly = Annotated[bool, typer.Option("--dry-run", help="Show what would move, and change nothing.")]


@cli.callback()
def doctor(
    context: typer.Context,
    as_json: AsJson = False,
    repair: Repair = False,
    dry_run: DryRun = False,
    segments: Segments = 4,
    read_units: ReadUnits = 1000,
    write_units: WriteUnits = 100,
    orphan_hours: OrphanHours = 24,
    examples: Examples = 5,
    addresses: Addresses = False,
    state: StateFile = None,
    log: LogFile = None,
    restart: Restart = False,
) -> None:
    """Check every item of the table: what is wrong, what it means, and what a repair does.

    Without --repair, it changes nothing. To continue an interrupted run, run the same command again.
    At its end, unless it is a dry run, it stores its numbers, which `lastExamination` of the API shows.
    Exit status 0: there is no problem, or every problem is repaired. 1: a problem remains. 2: the run failed.
    """
    if context.invoked_subcommand is not None:
        return
    if dry_run and not repair:
        raise Refused("--dry-run shows what --repair would do: use both options together.")
    from commands import report
    from commands.engine import checked_table
    from commands.examination import Files, examine
    from dynamo.doctor import Options

    options = Options(
        repair=repair,
        dry_run=dry_run,
        segments=segments,
        read_units=read_units,
        write_units=write_units,
        orphan_age=timedelta(hours=orphan_hours),
        addresses=addresses,
        examples=examples,
    )
    with checked_table(make=False) as settings:
        found = examine(settings, options, Files(settings, state, log), restart=restart)
    if as_json:
        OUTPUT.print(json.dumps(found.as_json()))
    else:
        report.show(found, options)
    if not found.clean:
        raise typer.Exit(SOMETHING_IS_WRONG)


@cli.command("merge")
def merge(keep: Keep, lose: Lose, dry_run: PlanOnly = False) -> None:
    """Merge user LOSE into user KEEP: accounts and passkeys move, the sessions of LOSE end, then LOSE is deleted.

    Name, picture, e-mail and other attributes of LOSE are not copied.
    Safe to repeat: the same command finishes an interrupted merge.
    """
    from commands.engine import run_with_table
    from dynamo import merging
    from dynamo.merge_pair import BeingDeleted

    async def work(table: "Table") -> "Merged":
        try:
            return await (merging.plan if dry_run else merging.merge)(table, keep, lose)
        except BeingDeleted as error:
            if error.into is None:
                raise
            raise Refused(f"User {lose} is being merged into {error.into}: let that end first.") from error

    merged = run_with_table(work, make=False)
    moved = ", ".join(f"{number:,} {kind}" for kind, number in sorted(merged.moved.items())) or "nothing"
    OUTPUT.print(f"{'Would move' if dry_run else 'Moved'} {moved}.")
    if merged.dropped:
        dropped = ", ".join(f"{number:,} {kind}" for kind, number in sorted(merged.dropped.items()))
        OUTPUT.print(f"{'Would drop' if dry_run else 'Dropped'} {dropped}: KEEP already has them.")
    if merged.ended:
        OUTPUT.print(f"{'Would end' if dry_run else 'Ended'} {merged.ended:,} sessions of LOSE.")
    if merged.foreign:
        OUTPUT.print(f"Left {merged.foreign:,} items of other apps where they are.")
    if not merged.deleted:
        OUTPUT.print(f"There is no user {lose}: the id is wrong, or they were merged or deleted before.")
    elif dry_run:
        OUTPUT.print("Would delete the user.")
    else:
        OUTPUT.print("Deleted the user.")
