"""An app in a folder of its own: installed with the packed adapter, built and started as its users do."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from e2e.browser import Browser
from tests.free_ports import free_port

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = Path(__file__).parent
NAMES: Final = sorted(file.parent.name for file in FOLDER.glob("*/tsconfig.json"))
START_SECONDS: Final = 60
STOP_SECONDS: Final = 10
COLOR: Final = re.compile(r"\x1b\[\d+m")
OURS: Final = ("AUTHGRAPH_", "AUTH_", "NEXT", "NODE_", "PORT")
"""How the variables begin that a developer may have set and that an app would read."""
QUIET: Final = {
    "NEXT_TELEMETRY_DISABLED": "1",
    # Or Next.js asks a registry about packages that it misses in a lock file, which names those of all platforms.
    "NEXT_IGNORE_INCORRECT_LOCKFILE": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "npm_config_update_notifier": "false",
}


def npm(folder: Path, *arguments: str) -> str:
    """Run npm in a folder, and return its output. Fails if npm does."""
    program = shutil.which("npm")
    assert program is not None, "npm is missing: `make e2e` brings one"
    finished = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=_environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"npm {' '.join(arguments)} in {folder}:\n{finished.stdout}"
    return finished.stdout


def pack(target: Path) -> None:
    """Put the adapter, as it would be published, into a folder."""
    npm(ROOT / "clients" / "typescript", "pack", "--pack-destination", str(target))


def build(name: str, packed: Path) -> Path:
    """Put the adapter beside the packages of an app, and build the app. Returns its folder."""
    folder = FOLDER / name
    npm(folder, "install", "--no-save", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", str(packed))
    npm(folder, "run", "build")
    return folder


@dataclass(frozen=True, slots=True)
class App:
    """An app that was started, and what it writes."""

    url: str
    strategy: str
    """Where sessions are: in the `database`, or in cookies as a `jwt`."""
    log: Path

    def browser(self) -> Browser:
        """A device on which nobody is signed in to the app."""
        return Browser(self.url)

    def logged(self) -> str:
        """What the app has written so far."""
        return COLOR.sub("", self.log.read_text())

    def errors(self, since: int = 0) -> list[str]:
        """The errors that Auth.js and the framework have logged after so many characters."""
        return re.findall(r"^.*\[error\].*$|^.*⨯.*$", self.logged()[since:], re.MULTILINE)


@contextmanager
def running(folder: Path, log: Path, settings: Mapping[str, str]) -> Iterator[App]:
    """Start a built app on a free port of 127.0.0.1."""
    port = free_port()
    # By this name, because SvelteKit's cookies are for https: everywhere else.
    url = f"http://localhost:{port}"
    own = {"HOST": "127.0.0.1", "PORT": str(port), "ORIGIN": url, "NEXTAUTH_URL": url}
    # A file and no pipe: Node.js has written all of it before it answers a request.
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(shutil.which("npm")), "start"],
            cwd=folder,
            env=_environment({**own, **settings}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # So that what npm starts ends with it.
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield App(url, settings["SESSION_STRATEGY"], log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"The app did not start:\n{log.read_text()}")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, **QUIET, **settings}
