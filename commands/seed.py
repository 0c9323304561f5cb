"""The command `seed`: creates invented users for development."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from commands.errors import Refused
from commands.terminal import REMARKS

if TYPE_CHECKING:
    from dynamo.client import Table

MAX_ACCOUNTS: Final = 5
"""The number of providers in `people`."""
MAX_SESSIONS: Final = 20

Users = Annotated[int, typer.Argument(min=1, max=1_000_000, help="Number of users.")]
Accounts = Annotated[int, typer.Option(min=0, max=MAX_ACCOUNTS, help="Number of accounts of each user.")]
Sessions = Annotated[int, typer.Option(min=0, max=MAX_SESSIONS, help="Number of sessions of each user.")]


def seed(number: Users = 100, accounts: Accounts = 2, sessions: Sessions = 3) -> None:
    """Create invented users for development.

    The same number always creates the same users. Existing users are not changed.
    So you can interrupt and repeat the command, and run it again with a larger number.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from commands import demo_data
    from commands.engine import run_with_table
    from commands.settings import read_settings

    if read_settings().production:
        raise Refused("seed creates invented users: use AUTHGRAPH_ENV=development and a separate table.")
    columns = (TextColumn("Seeding users"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=REMARKS, transient=True, disable=not REMARKS.is_terminal) as progress:
        task = progress.add_task("", total=number)

        async def fill(table: "Table") -> int:
            return await demo_data.fill(table, number, accounts, sessions, lambda done: progress.advance(task, done))

        written = run_with_table(fill, make=True)
    REMARKS.print(
        f"Wrote {written:,} users with {written * accounts:,} accounts and {written * sessions:,} sessions; "
        f"{number - written:,} users already existed."
    )
