"""What the tools work on: the schema, every document of the project, and a running server."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conftest import ROOT, server
from tests.documentation.blocks import written_in

__all__ = ["server"]

TOOLS = Path(__file__).parent
NODE_MODULES = TOOLS / "node_modules"
PYTHON = TOOLS / ".venv" / "bin"

Run = Callable[..., str]
"""`run(program, *arguments, cwd=…, **environment)`: its output. The test fails if the program does."""


def _run(*command: object, cwd: Path, **environment: str) -> str:
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


@pytest.fixture(scope="session")
def node() -> Run:
    """Runs a script of this folder, or a program of its packages, with Node.js."""
    if not NODE_MODULES.is_dir():
        pytest.skip("the npm packages of tests/tools are not installed: run `make setup`")

    def run(script: str, *arguments: object, cwd: Path = TOOLS, **environment: str) -> str:
        program = TOOLS / script if script.endswith(".mjs") else (NODE_MODULES / ".bin" / script).resolve()
        return _run("node", program, *arguments, cwd=cwd, **environment)

    return run


@pytest.fixture(scope="session")
def python() -> Run:
    """Runs a script of this folder, or a program of its environment, with the environment's Python."""
    if not PYTHON.is_dir():
        pytest.skip("the Python packages of tests/tools are not installed: run `make setup`")

    def run(script: str, *arguments: object, cwd: Path = TOOLS, **environment: str) -> str:
        program = (PYTHON / "python", TOOLS / script) if script.endswith(".py") else (PYTHON / script,)
        return _run(*program, *arguments, cwd=cwd, **environment)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with both schemas, and in `documents` the documents of the pages and of the adapter."""
    for name in ("schema.graphql", "schema.released.graphql"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    documents = tmp_path / "documents"
    shutil.copytree(ROOT / "clients/typescript/src/operations", documents / "adapter")
    for name, text in named_documents().items():
        (documents / f"{name}.graphql").write_text(text)
    return tmp_path


def named_documents() -> dict[str, str]:
    """The documents of the pages that have a name."""
    found = {}
    for block in written_in("graphql"):
        if operation := re.match(r"(?:query|mutation) (\w+)", block.text):
            found[operation[1]] = block.text
    return found
