"""What the README says of the project is true. tests/documentation runs the code blocks of all pages."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from commands.main import cli
from dynamo.settings import TableSettings
from execution.settings import Limits
from resolvers.settings import Visibility
from tests.documentation.blocks import blocks_of
from web.settings import ServerSettings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = blocks_of("README.md")
SETTINGS: list[type[BaseSettings]] = [ServerSettings, TableSettings, Limits, Visibility]


def test_the_first_query_is_the_one_that_is_sent() -> None:
    """In GraphiQL and in the shell alike."""
    (query, command) = [block.text for block in BLOCKS if block.language in ("graphql", "sh")][1:3]

    assert f'"query": "{query.strip()}"' in command


def test_the_two_commands_exist() -> None:
    """The Makefile has targets with these names."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    (commands,) = [block.text for block in BLOCKS if block.language == "sh" and block.text.startswith("make")]
    assert re.findall(r"^make (\w+)", commands, re.MULTILINE) == ["run", "test"]
    assert {"run", "test"} <= set(targets)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_listed(settings: type[BaseSettings]) -> None:
    """And no setting that does not exist."""
    listed = set(re.findall(r"`(AUTHGRAPH_[A-Z_]+[A-Z]|WEB_CONCURRENCY)`", README))

    assert _variables(settings) <= listed
    assert listed <= set[str]().union(*map(_variables, SETTINGS))


def test_every_dependency_has_its_reason() -> None:
    """The reasons are in the table of the README."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (table,) = re.findall(r"^## Dependencies$(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r"[a-z0-9-]+", "".join(re.findall(r"^\|(.*?)\|", table, re.MULTILINE))))

    assert {re.split("[=;\\[]", name)[0] for name in needed} <= listed


def test_every_command_is_listed() -> None:
    """At least the name of each group of commands."""
    names = {command.name for command in cli.registered_commands} | {group.name for group in cli.registered_groups}

    assert [name for name in names if f"server.py {name}" not in README and f"`{name} " not in README] == []


def _variables(settings: type[BaseSettings]) -> set[str]:
    prefix = str(settings.model_config["env_prefix"])
    names = {name: field.validation_alias or f"{prefix}{name}" for name, field in settings.model_fields.items()}
    return {str(name).upper() for name in names.values()}
