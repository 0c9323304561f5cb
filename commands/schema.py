"""The commands `schema …`: the schema as a file."""

from pathlib import Path

import typer

from commands import exports
from commands.exports import Check, Output

cli = typer.Typer(help="Export the GraphQL schema.", no_args_is_help=True)


@cli.command("export")
def export(output: Output = Path("schema.graphql"), check: Check = False) -> None:
    """Write the schema that the server serves."""
    from schema.build import sdl

    stale = f"{output} is not the schema of the server: run `python server.py schema export`."
    exports.export(sdl(), output, check=check, stale=stale)


@cli.command("subgraph")
def subgraph(output: Output = Path("subgraph.graphql"), check: Check = False) -> None:
    """Write the schema of the Apollo Federation subgraph."""
    from schema.federation import sdl

    stale = f"{output} is not the schema of the subgraph: run `python server.py schema subgraph`."
    exports.export(sdl(), output, check=check, stale=stale)
