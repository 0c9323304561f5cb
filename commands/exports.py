"""Files that are generated and committed: written, or checked to be up to date."""

from pathlib import Path
from typing import Annotated

import typer

from commands.errors import FileStale, FileUnusable
from commands.terminal import REMARKS

Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write; - writes to standard output.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; fail if the file is not up to date.")]


def export(text: str, output: Path, *, check: bool, stale: str) -> None:
    """Write the text to the file. With `check`, only raise `FileStale` with the message `stale` if the file differs."""
    if check:
        if _read(output) != text:
            raise FileStale(stale)
        REMARKS.print(f"{output} is up to date.")
    elif str(output) == "-":
        typer.echo(text, nl=False)
    else:
        _write(output, text)
        REMARKS.print(f"Wrote {output}.")


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnusable(f"{file} cannot be read ({error}): name another file with --output.") from error


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnusable(f"{file} cannot be written ({error.strerror}): name another with --output.") from error
