"""The command line, and what happens to the errors of its commands."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Final

import typer

from commands import doctor, documents, keys, permissions, schema, seed, table
from commands.errors import CommandError
from dynamo.errors import DynamoError

EXIT_CODE: Final = 2
PROJECT: Final = Path(__file__).parents[1] / "pyproject.toml"

cli = typer.Typer(
    name="server.py",
    help="authgraph: the GraphQL identity API over the DynamoDB table of Auth.js. "
    "Settings are read from AUTHGRAPH_* variables and .env; README.md describes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"authgraph {tomllib.loads(PROJECT.read_text())['project']['version']}")
        raise typer.Exit


@cli.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


cli.add_typer(table.cli, name="table")
cli.add_typer(keys.cli, name="keys")
cli.add_typer(doctor.cli, name="doctor")
cli.command("seed")(seed.seed)
cli.add_typer(schema.cli, name="schema")
cli.add_typer(permissions.cli, name="permissions")
cli.add_typer(documents.cli, name="documents")


@cli.command("serve")
def _serve() -> None:
    """Serve the API until Ctrl-C or SIGTERM.

    In development this starts the local engine and creates the table and an administrator key.
    In production it creates nothing: it checks the table, and both secrets must be set.
    """
    from commands.serve import serve

    serve()


def main() -> None:
    """Run the command line. On failure, one sentence is printed to standard error, and the exit status is 2."""
    try:
        cli()
    except (CommandError, DynamoError) as error:
        sys.stderr.write(f"authgraph: {error}\n")
        sys.exit(EXIT_CODE)
    except KeyboardInterrupt:
        sys.exit(130)
