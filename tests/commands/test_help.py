"""The help of every command."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from commands.main import cli
from tests.processes import refusal, run


def commands(group: Any, *path: str) -> Iterator[str]:
    """Every command and group of commands below a group, as one types it."""
    yield " ".join(path)
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *path, name)


@pytest.mark.parametrize("command", [*commands(get_command(cli))])
def test_every_command_explains_itself(command: str) -> None:
    """`--help` has the command's name and a sentence, and reads no settings."""
    result = CliRunner().invoke(cli, [*command.split(), "--help"])

    assert result.exit_code == 0, result.output
    assert f"Usage: server.py {command}".strip() in " ".join(result.output.split())
    assert "." in result.output


def test_every_line_of_a_help_ends_a_sentence() -> None:
    """A terminal of any width keeps the ends of lines, so they must be the ends of sentences."""
    root = get_command(cli)
    helps = {name: found.help or "" for name in commands(root) if (found := _found(root, name))}
    broken = [
        (name, line)
        for name, text in helps.items()
        for line in text.splitlines()
        if line.strip() and not line.rstrip().endswith(".")
    ]

    assert len(helps) > 15
    assert broken == []


def _found(group: Any, path: str) -> Any:
    """The command with this name."""
    for name in path.split():
        group = group.commands[name]
    return group


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """A typing error leads to exit status 2 and a hint at the help."""
    process = run(tmp_path, "serv")

    assert process.returncode == 2
    assert "No such command 'serv'" in process.stderr
    assert "--help" in process.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"AUTHGRAPH_ENV": "prod"},
            "Correct these settings in the environment or in .env – "
            "AUTHGRAPH_ENV: Input should be 'development' or 'production'.",
        ),
        (
            {"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": "localhost"},
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL is not a URL: write it as http://127.0.0.1:8001, without a user, a "
            "path or a query. Or unset it to use AWS in production and the local engine in development.",
        ),
        (
            {"AUTHGRAPH_DOCUMENTS": "missing.json"},
            "The manifest missing.json cannot be read: No such file or directory. "
            "Correct it, or unset AUTHGRAPH_DOCUMENTS.",
        ),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, variables: dict[str, str], sentence: str) -> None:
    """One sentence names the variable, and nothing is created."""
    assert refusal(run(tmp_path, "table", "describe", **variables)) == sentence
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_is_too_short_is_not_shown(tmp_path: Path) -> None:
    """The sentence names the variable, not its value."""
    sentence = refusal(run(tmp_path, "table", "describe", AUTHGRAPH_ADMIN_KEY="swordfish"))

    assert sentence.endswith("AUTHGRAPH_ADMIN_KEY: it must be at least 32 visible ASCII characters.")
    assert "swordfish" not in sentence


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    """The file is `.env` in the working folder."""
    (tmp_path / ".env").write_text("AUTHGRAPH_PORT=none\nWEB_CONCURRENCY=0\n")

    sentence = refusal(run(tmp_path, "table", "describe"))

    assert "AUTHGRAPH_PORT: Input should be a valid integer" in sentence
    assert "WEB_CONCURRENCY: Input should be greater than or equal to 1" in sentence


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert CliRunner().invoke(cli, ["--version"]).output == f"authgraph {project['version']}\n"
