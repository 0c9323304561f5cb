"""The file `.env`: its lines, and those of them that are for SDKs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from commands.errors import BadSettings

ADOPTED: Final = ("AWS_", "OTEL_")
"""How the names of variables begin that the SDKs of AWS and OpenTelemetry read."""
IDENTITY: Final = frozenset(
    {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"}
)
REGION: Final = frozenset({"AWS_REGION", "AWS_DEFAULT_REGION"})


@dataclass(frozen=True, slots=True)
class Line:
    """A variable of the file: its name, and the number of the line on which it stands, from 1."""

    name: str
    number: int


def read_lines(file: Path) -> tuple[Line, ...]:
    """The variables that a file sets. Raises `BadSettings` that names the first line that sets none.

    A file that is missing has none; neither has a pipe, which could be read only once.
    """
    if not file.is_file():
        return ()
    with file.open(encoding="utf-8") as stream:
        bindings = [(_number(binding), binding) for binding in parse_stream(stream)]
    for number, binding in bindings:
        # Its text is never shown: it may be part of a secret.
        if binding.error or (binding.key is not None and binding.value is None) or "\0" in binding.original.string:
            raise BadSettings(
                f"Line {number} of {file} cannot be read: write it as NAME=value, and close a quote that begins the "
                "value."
            )
    return tuple(Line(binding.key, number) for number, binding in bindings if binding.key is not None)


def adopt_variables(file: Path) -> None:
    """Put what the file says to the AWS SDK and to OpenTelemetry into the environment, where they look; the environment
    wins.

    Credentials and profile are one choice, and so are both names of the region: if the environment makes it, none of
    these variables is taken from the file, so that no half of a key meets another.
    """
    if not file.is_file():
        return
    os.environ.update(
        {
            name: value
            for name, value in dotenv_values(file, encoding="utf-8").items()
            if name.startswith(ADOPTED) and value and not _is_chosen(name, os.environ)
        }
    )


def _is_chosen(name: str, environment: Mapping[str, str]) -> bool:
    (names,) = [group for group in (IDENTITY, REGION) if name in group] or [frozenset({name})]
    return any(environment.get(each) for each in names)


def _number(binding: Binding) -> int:
    # What the parser hands out begins with the empty lines before it.
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
