"""The machine and the versions with which something was measured."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks import interpreter
from benchmarks.peers import GO_LIBRARIES, YOGA, missing_for_go

PYTHON_PACKAGES: Final = ("strawberry-graphql", "graphql-core", "msgspec", "uvicorn", "uvloop", "orjson")
NPM_PACKAGES: Final = (
    "graphql-yoga",
    "graphql",
    "graphql-jit",
    "@auth/dynamodb-adapter",
    "@aws-sdk/client-dynamodb",
    "dataloader",
)


def describe() -> str:
    """The date, the machine and the versions, as a Markdown list."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    python = [interpreter.describe(interpreter.built_with()), *(f"{name} {version(name)}" for name in PYTHON_PACKAGES)]
    peer = [f"Node {node}", *(f"{name} {_npm_version(name)}" for name in NPM_PACKAGES)]
    return (
        f"- {datetime.now(UTC):%Y-%m-%d}, {platform.system()}\n"
        f"- {os.cpu_count()} × {_processor()}, {_memory_gigabytes():.0f} GB\n"
        f"- authgraph: {', '.join(python)}\n"
        f"- yoga: {', '.join(peer)}\n"
        f"- go: {_go_versions()}\n"
    )


def load_average() -> float:
    """How many processes wanted to run in the last minute. If there are more than processors, measurements are
    blurred."""
    return os.getloadavg()[0]


def _go_versions() -> str:
    if missing := missing_for_go():
        return f"not measured, without {', '.join(missing)}"
    compiler = subprocess.run(["go", "version"], capture_output=True, text=True, check=True).stdout.split()[2]
    query = ["dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *GO_LIBRARIES.values()]
    packages = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    return ", ".join([compiler, *packages])


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _npm_version(name: str) -> str:
    found: str = json.loads((YOGA / "node_modules" / name / "package.json").read_text())["version"]
    return found
