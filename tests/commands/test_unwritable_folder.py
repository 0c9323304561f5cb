"""A data folder that cannot be written: one sentence that names it, and no traceback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import SERVER, START_SECONDS, Environment, refusal

UNDER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.getuid() == 0 else ()
"""Whoever is root may write everywhere, unless this right is given up."""

pytestmark = pytest.mark.skipif(
    bool(UNDER) and shutil.which("setpriv") is None, reason="setpriv is missing: run as another user than root"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that can be deleted afterwards."""
    yield tmp_path
    for each in [tmp_path, *tmp_path.rglob("*")]:
        if each.is_dir():
            each.chmod(0o700)


def _run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*UNDER, sys.executable, str(SERVER), *command],
        cwd=folder,
        env={**os.environ, "AUTHGRAPH_PORT": "0"} | environment,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


COMMANDS = ["serve", "table create", "seed 1", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_made_is_named(folder: Path, command: str) -> None:
    folder.chmod(0o555)

    sentence = refusal(_run(folder, *command.split()))

    assert sentence.startswith(".data cannot be used (Permission denied): ")


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_folder_that_cannot_be_written_is_named(folder: Path, command: str) -> None:
    (folder / ".data").mkdir(0o555)

    sentence = refusal(_run(folder, *command.split()))

    assert sentence.startswith(f"The data folder {folder}/.data cannot be used (Permission denied): ")


@pytest.mark.parametrize("part", [".data", ".data/dynamodb", ".data/dynamodb/*"])
@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_folder_that_was_made_read_only_is_named(folder: Path, part: str, command: str) -> None:
    """The whole, only the engine's part of it, or only its files."""
    assert _run(folder, "table", "create").returncode == 0
    for found in folder.glob(part):
        for path in (found, *found.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)

    sentence = refusal(_run(folder, *command.split()))

    assert ".data" in sentence or "AUTHGRAPH_DATA_DIR" in sentence


def test_the_doctor_of_another_engine_says_where_else_its_state_may_be(folder: Path, environment: Environment) -> None:
    """As in a container with a read-only file system."""
    (folder / ".data").mkdir(0o555)

    assert refusal(_run(folder, "doctor", **environment)) == (
        f".data/doctor/{environment['AUTHGRAPH_TABLE_NAME']}.state cannot be used (Permission denied): make it "
        "writable, or name another file with --state."
    )


def test_a_dotenv_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / ".env").touch(0o000)

    assert refusal(_run(folder, "table", "describe")) == (
        ".env cannot be read (Permission denied): correct it, or remove it."
    )
