"""An examination with what the command line adds: files for state and log, a progress bar, and a message if it is
interrupted."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commands.development_folder import DevelopmentFolder
from commands.engine import run
from commands.errors import FileUnusable
from commands.terminal import REMARKS
from dynamo import doctor, doctor_summary
from dynamo.doctor.options import Advance, Journal, Options, unheard
from dynamo.doctor_summary import Summary, Tally
from dynamo.errors import Misconfigured, Unavailable
from dynamo.tables import lifecycle

if TYPE_CHECKING:
    from dynamo.client import Table
    from dynamo.settings import TableSettings

FOLDER: Final = "doctor"
"""The folder of the files within the data folder, unless they are named by options."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files in which an examination stores its progress and logs its changes."""

    settings: "TableSettings"
    named_state: Path | None
    named_log: Path | None

    @property
    def state(self) -> Path:
        """The path of the state, a SQLite database."""
        return self.named_state or self._default("state")

    @property
    def log(self) -> Path:
        """The path of the log of changes, one JSON object per line."""
        return self.named_log or self._default("log")

    def _default(self, ending: str) -> Path:
        return self.settings.data_dir / FOLDER / f"{self.settings.table_name}.{ending}"


def examine(settings: "TableSettings", options: Options, files: Files, *, restart: bool) -> doctor.Report:
    """Examine the table. An interrupted run is continued unless `restart` is set."""
    described = lifecycle.describe_table(settings)
    index = described.index(settings.index_name)
    total = described.item_count + (index.item_count if index is not None else 0)
    options = replace(options, identity=described.identity)

    async def work(table: "Table") -> doctor.Report:
        if files.named_state is None:
            DevelopmentFolder(settings.data_dir).make()
        with doctor.State(files.state) as state, _journal(options, files.log) as journal, _progress(total) as advance:
            if restart:
                state.forget()
            try:
                found = await doctor.examine(table, options, state=state, advance=advance, journal=journal)
            except Unavailable as error:
                raise Unavailable(f"{error} Run the same command again to continue.") from error
        if not options.dry_run:
            await _store_summary(table, found, options)
        return found

    return run(settings, work)


async def _store_summary(table: "Table", found: doctor.Report, options: Options) -> None:
    """Store the numbers for `lastExamination` of the API. Without the permission to write, the report is all there
    is."""
    tallies = [Tally(kind, tally.found, tally.mended) for kind, tally in found.tallies.items()]
    try:
        await doctor_summary.store(table, Summary(datetime.now(UTC), options.mends, found.total, tallies))
    except (Unavailable, Misconfigured) as error:
        REMARKS.print(f"The API does not show this run, because its summary could not be stored: {error}")


@contextmanager
def _journal(options: Options, file: Path) -> Iterator[Journal]:
    """Changes go to the log file; in a dry run, to standard output."""
    if not options.repair:
        yield unheard
        return
    if options.dry_run:
        yield lambda change: print(json.dumps(change), file=sys.stdout)
        return
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w")
    except OSError as error:
        raise FileUnusable(f"{file} cannot be used ({error.strerror}): name another file with --log.") from error
    with stream:

        def write(change: dict[str, Any]) -> None:
            stream.write(json.dumps(change) + "\n")
            # Flushed, so that the log has the change before it is made.
            stream.flush()

        yield write


@contextmanager
def _progress(total: int) -> Iterator[Advance]:
    """A progress bar on standard error. The total is DynamoDB's last count, so it may be too low, or unknown."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Examining items"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=REMARKS, transient=True, disable=not REMARKS.is_terminal) as progress:
        task = progress.add_task("", total=total or None)
        yield lambda items: progress.advance(task, items)
