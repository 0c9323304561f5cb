"""The commands `table …`: create, complete and describe the table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table as Grid

from commands.terminal import OUTPUT, REMARKS

if TYPE_CHECKING:
    from dynamo.client import Table
    from dynamo.settings import TableSettings
    from dynamo.tables.description import TableDescription

NOT_WHOLE: Final = "not whole: run `python server.py directory build`"

cli = typer.Typer(help="Create and show the DynamoDB table.", no_args_is_help=True)

DirectoryIndex = Annotated[
    bool, typer.Option("--directory-index", help="Add the index that lists users without a scan.")
]
Recovery = Annotated[
    bool, typer.Option("--point-in-time-recovery", help="Turn on continuous backups (AWS charges for them).")
]
Protection = Annotated[
    bool, typer.Option("--deletion-protection", help="Refuse to delete the table until this is turned off.")
]


@cli.command("create")
def create(
    directory_index: DirectoryIndex = False,
    point_in_time_recovery: Recovery = False,
    deletion_protection: Protection = False,
) -> None:
    """Create the table, or add missing parts to an existing one.

    A table whose keys or indexes differ from the settings is not changed. Nothing is ever removed.
    """
    from commands.engine import reached_table
    from commands.settings import read_settings
    from dynamo.tables import lifecycle

    with reached_table(read_settings()) as table:
        made = lifecycle.create_table(
            table,
            directory_index=directory_index,
            point_in_time_recovery=point_in_time_recovery,
            deletion_protection=deletion_protection,
        )
    _print(made)
    if directory_index and table.directory_index_name is None:
        REMARKS.print("Set AUTHGRAPH_DIRECTORY_INDEX_NAME=GSI2 to list users with the index.")


@cli.command("describe")
def describe() -> None:
    """Show the table and where it differs from the settings."""
    from commands.engine import reached_table
    from commands.settings import read_settings
    from dynamo.tables import lifecycle

    with reached_table(read_settings(), make=False) as table:
        _print(lifecycle.describe_table(table))
        warnings = lifecycle.check_table(table)
        if table.lists_kept:
            _print_lists(table)
        for warning in warnings:
            REMARKS.print(warning)


def _print(table: "TableDescription") -> None:
    rows = {
        "table": table.name,
        "state": "ready" if table.unfinished is None else f"not ready: {table.unfinished} is being created",
        "keys": _keys(table.partition_key, table.sort_key),
        **{
            f"index {index.name}": f"{_keys(index.partition_key, index.sort_key)}, projection {index.projection}"
            for index in table.indexes
        },
        "expiry": table.expiry_attribute or "off",
        "billing": "pay per request" if table.pay_per_request else "provisioned",
        "deletion protection": _on(table.deletion_protection),
        "point-in-time recovery": "unknown"
        if table.point_in_time_recovery is None
        else _on(table.point_in_time_recovery),
        "items (as last counted)": f"{table.item_count:,}",
        "bytes": f"{table.size_bytes:,}",
    }
    _print_rows(rows)


def _print_lists(settings: "TableSettings") -> None:
    """Whether the lists of the directory are whole, and how many users the last build has counted."""
    from commands.engine import run
    from dynamo import directory_state, format
    from dynamo.directory_lists import DirectoryList

    async def read(table: "Table") -> dict[str, str]:
        state = await directory_state.read(table)
        rows = {}
        for of in DirectoryList:
            if of in table.directory_lists:
                at = state.built_at(table, of)
                rows[f"list {of.setting}"] = NOT_WHOLE if at is None else f"whole, built at {format.iso(at)}"
        if state.users is not None and state.counted_at is not None:
            rows["users"] = f"{state.users:,}, counted at {format.iso(state.counted_at)}"
        return rows

    _print_rows(run(settings, read))


def _print_rows(rows: Mapping[str, str]) -> None:
    grid = Grid.grid(padding=(0, 3))
    for name, value in rows.items():
        grid.add_row(name, value)
    OUTPUT.print(grid)


def _keys(partition_key: str, sort_key: str | None) -> str:
    return f"{partition_key} (HASH), {sort_key} (RANGE)" if sort_key else f"{partition_key} (HASH)"


def _on(value: bool | None) -> str:
    if value is None:
        return "unknown"
    return "on" if value else "off"
