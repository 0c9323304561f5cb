"""The commands and results that the README prints are what really happens."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from commands.main import cli
from dynamo.settings import TableSettings
from execution.settings import Limits
from resolvers.settings import Visibility
from tests.processes import Served, serving
from web.settings import ServerSettings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SETTINGS: list[type[BaseSettings]] = [ServerSettings, TableSettings, Limits, Visibility]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")),
]
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder without any data."""
    return tmp_path_factory.mktemp("checkout")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Served]:
    """The server that `make run` starts, on a free port."""
    with serving(folder) as served:
        yield served


def _blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_command_is_answered_as_printed(server: Served, folder: Path) -> None:
    """In the order of the page, on an empty table, byte for byte."""
    blocks = _blocks(README)
    asked = [
        (command, answer)
        for (language, command), (_, answer) in pairwise(blocks)
        if language == "sh" and command.startswith("curl")
    ]
    assert len(asked) == 3

    for command, answer in asked:
        here = command.replace(ADDRESS, server.url)
        process = subprocess.run(["bash", "-c", here], cwd=folder, capture_output=True, text=True, check=True)
        assert process.stdout == answer.rstrip("\n")


def test_the_first_query_is_the_one_that_is_sent() -> None:
    """In GraphiQL and in the shell alike."""
    (query, command) = [text for language, text in _blocks(README) if language in ("graphql", "sh")][1:3]

    assert f'"query": "{query.strip()}"' in command


def test_the_two_commands_exist() -> None:
    """The Makefile has targets with these names."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    (commands,) = [text for language, text in _blocks(README) if language == "sh" and text.startswith("make")]
    assert re.findall(r"^make (\w+)", commands, re.MULTILINE) == ["run", "test"]
    assert {"run", "test"} <= set(targets)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_listed(settings: type[BaseSettings]) -> None:
    """And no setting that does not exist."""
    listed = set(re.findall(r"`(AUTHGRAPH_[A-Z_]+[A-Z]|WEB_CONCURRENCY)`", README))

    assert _variables(settings) <= listed
    assert listed <= set[str]().union(*map(_variables, SETTINGS))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link of a page leads to a file or folder."""
    file = ROOT / page
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", file.read_text())

    assert [target for target in targets if not (file.parent / target).exists()] == []


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
