"""The tools, and what they make of the templates."""

import json
import os
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

yaml: Any = import_module("yaml")
ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
TOOLS: Final = Path(__file__).parent / ".venv/bin"
TOOL_SECONDS: Final = 120


def output(*command: object, given: str | None = None, cwd: Path = ROOT, **environment: str) -> str:
    """What a tool prints. The test fails if the tool does."""
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=os.environ | environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def script(name: str, *arguments: object, given: str | None = None) -> Any:
    """What a script of this folder prints as JSON, in the environment of the tools."""
    return json.loads(output(TOOLS / "python", Path(__file__).parent / name, *arguments, given=given))


@pytest.fixture(scope="session")
def cloudformation() -> dict[str, Any]:
    """The template of the table, with CloudFormation's short functions as their arguments."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Knows the tags that begin with an exclamation mark."""

    Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))
    template: dict[str, Any] = yaml.load((DEPLOY / "table.yaml").read_text(), Loader)
    return template


@pytest.fixture(scope="session")
def table(cloudformation: dict[str, Any]) -> dict[str, Any]:
    """The properties of the table in CloudFormation's template."""
    properties: dict[str, Any] = cloudformation["Resources"]["Table"]["Properties"]
    return properties


@pytest.fixture(scope="session")
def actions() -> set[str]:
    """What a server may do with the table."""
    policy = json.loads((DEPLOY / "policy-server.json").read_text())
    return {action for statement in policy["Statement"] for action in statement["Action"]}
