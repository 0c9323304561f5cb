"""The servers that ours is compared with, and how they are installed or built."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.servers import ADMIN_KEY, Kind, ServerFailed

YOGA: Final = Path(__file__).parent / "yoga"
GO: Final = Path(__file__).parent / "go"
GO_BINARY: Final = GO / "peer"
GO_SOURCES: Final = Path("/usr/share/gocode")
"""Where Debian's packages put the sources of Go libraries."""
GO_LIBRARIES: Final = {
    "github.com/aws/aws-sdk-go-v2": "golang-github-aws-aws-sdk-go-v2-dev",
    "github.com/graph-gophers/graphql-go": "golang-github-graph-gophers-graphql-go-dev",
}
"""The Debian package of each library that the Go peer needs."""
BUILD_SECONDS: Final = 600

YOGA_NAME: Final = "yoga"
JIT_NAME: Final = "yoga + jit"
GO_NAME: Final = "go"


class NotInstalled(Exception):
    """What a peer is built with is not installed."""


def yoga(*, jit: bool = False) -> Kind:
    """graphql-yoga, with its own executor or with graphql-jit."""
    environment = {"NODE_ENV": "production", "NODE_NO_WARNINGS": "1", "ADMIN_KEY": ADMIN_KEY} | (
        {"PEER_JIT": "1"} if jit else {}
    )
    name = JIT_NAME if jit else YOGA_NAME
    return Kind(name, True, (_node(), "server.js"), YOGA, "/health", environment)


def go() -> Kind:
    """graph-gophers/graphql-go on one core, as the other servers have one."""
    return Kind(GO_NAME, True, (str(GO_BINARY),), GO, "/health", {"GOMAXPROCS": "1", "ADMIN_KEY": ADMIN_KEY})


def install_yoga() -> None:
    """Install the npm packages of graphql-yoga if they are missing."""
    stamp = YOGA / "node_modules" / ".package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= (YOGA / "package-lock.json").stat().st_mtime:
        return
    print("Installing the npm packages of benchmarks/yoga/package-lock.json …", flush=True)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=YOGA, check=True
    )
    stamp.touch()


def build_go() -> None:
    """Build the Go peer if its sources are newer than its binary. Raises `NotInstalled`, `ServerFailed`."""
    if missing := missing_for_go():
        raise NotInstalled(
            f"The Go peer is not measured: `apt-get install {' '.join(missing)}` installs what it needs."
        )
    newest = max(source.stat().st_mtime for source in GO.glob("*.go"))
    if GO_BINARY.exists() and GO_BINARY.stat().st_mtime >= newest:
        return
    print("Building benchmarks/go, which takes up to two minutes …", flush=True)
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_SOURCES), "GOFLAGS": "-trimpath"}
    built = subprocess.run(
        ["go", "build", "-o", GO_BINARY, "."],
        cwd=GO,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
    )
    if built.returncode:
        raise ServerFailed(f"The Go peer cannot be built: {built.stderr[-2000:]}")


def missing_for_go() -> list[str]:
    """The Debian packages that the Go peer needs and that are not installed."""
    compiler = [] if shutil.which("go") else ["golang-go"]
    return compiler + [package for path, package in GO_LIBRARIES.items() if not (GO_SOURCES / "src" / path).is_dir()]


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise ServerFailed("node runs graphql-yoga and is not installed: `make setup` brings one.")
    return node
