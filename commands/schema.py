"""The commands `schema …`: the schema as a file."""

from pathlib import Path

import typer

from commands import exports
from commands.exports import Check, Output

cli = typer.Typer(help="Export the GraphQL schema.", no_args_is_help=True)


@cli.callback()
def _group() -> None:
    """Keep `export` a command of its own, although it is the only one."""


@cli.command("export")
def export(output: Output = Path("schema.graphql"), check: Check = False) -> None:
    """Write the schema that the server serves."""
    from schema.build import sdl

    stale = f"{output} is not the schema of the server: run `python server.py schema export`."
    exports.export(sdl(), output, check=check, stale=stale)
