"""The commands of the Makefile, and what they print."""

import re
import subprocess

import pytest

from tests.processes import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z0-9]+):", MAKEFILE, re.MULTILINE)


def _would_do(*targets: str) -> str:
    """The commands of a make that finds nothing installed."""
    nothing = ["VENV=missing", "--assume-new=requirements.txt", "--assume-new=package-lock.json"]
    return subprocess.check_output(["make", "--dry-run", *nothing, *targets], cwd=ROOT, text=True)


@pytest.mark.parametrize("target", TARGETS)
def test_every_command_is_in_the_help(target: str) -> None:
    """The help says what each command does."""
    shown = subprocess.check_output(["make", "help"], cwd=ROOT, text=True)

    assert re.search(rf"^  make {target} +\S", shown, re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_every_command_is_phony(target: str) -> None:
    """A folder of the name, such as `setup`, does not count as made."""
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)

    assert target in phony.split()


def test_install_brings_what_production_needs_and_nothing_else() -> None:
    """Every package of requirements.txt, checked by hash; no tool of the tests, no npm."""
    commands = _would_do("install")

    assert re.findall(r"^.* -m pip .*$", commands, re.MULTILINE) == [
        "missing/bin/python -m pip --disable-pip-version-check -qq install --require-hashes --requirement "
        "requirements.txt"
    ]
    assert "npm" not in commands
    assert "requirements-dev.txt" not in commands


def test_the_tools_of_the_tests_are_in_no_production_install() -> None:
    runtime = (ROOT / "requirements.txt").read_text()

    assert not re.findall(
        r"^(pytest|ruff|mypy|hypothesis|schemathesis|coverage|boto3-stubs|uv)\b", runtime, re.MULTILINE
    )
    requirements = re.split(r"^(?=[a-z0-9])", runtime, flags=re.MULTILINE)[1:]
    assert [text for text in requirements if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("target", ["run", "graphiql", "setup", "e2e"])
def test_npm_is_never_run_without_the_watch_over_it(target: str) -> None:
    commands = _would_do(target)

    assert "-m setup.npm_packages ./" in commands
    assert "npm ci" not in commands
