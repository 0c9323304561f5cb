"""The command line, and what happens to the errors of its commands."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer
from typer import TyperException

from commands import directory, doctor, documents, keys, permissions, schema, seed, table
from commands.refusal import EXIT_CODE, refuse, refused_errors
from commands.terminal import visible
from commands.transfer import export, import_

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
        typer.echo(f"authgraph {_version()}")
        raise typer.Exit


def _version() -> str:
    """The version of the checkout, or of what was installed without its pyproject.toml."""
    if PROJECT.is_file():
        return str(tomllib.loads(PROJECT.read_text())["project"]["version"])
    return metadata.version("authgraph")


@cli.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


cli.add_typer(table.cli, name="table")
cli.add_typer(keys.cli, name="keys")
cli.add_typer(directory.cli, name="directory")
cli.add_typer(doctor.cli, name="doctor")
cli.command("export")(export.export)
cli.command("import")(import_.import_users)
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
    with refused_errors():
        try:
            # What it returns is a status that a command asked for, or None.
            sys.exit(cli(standalone_mode=False))
        except TyperException as error:
            # A group without a command has shown its help, and says nothing more.
            if sentence := _usage(error):
                refuse(sentence)
            sys.exit(EXIT_CODE)


def _usage(error: TyperException) -> str:
    """One sentence of what Typer puts into several, and frames."""
    words = " ".join("".join(map(visible, error.format_message())).split())
    if not words:
        return ""
    words = re.sub(r"\. Did you mean (.*)\?$", r" (did you mean \1?)", words).replace(". Choose from:", ", one of")
    words = words.replace("Value error, ", "").replace("Input should", "it should")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "server.py"
    return f"{words.rstrip('.')}: run `python {command} --help`."
