"""The servers that are measured, each a process of its own on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final
from urllib.error import URLError
from urllib.request import urlopen

from dynamo.local import engine
from dynamo.settings import TableSettings

ROOT: Final = Path(__file__).parents[1]
ADMIN_KEY: Final = "Jt4xWm9Qc7ZsV1pKr6YgB3nLd8HfTu5eAo2iXvEwN0k="
SECRET_KEY: Final = "Rb6uHq2MzX9cTf4WvJ8kNs1LyP7gDa5eUo3iGtYxK0w="
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
LISTENING: Final = "0A"
"""The state of a socket that listens, in the kernel's table."""
LISTENING_POLL_SECONDS: Final = 0.005
ANSWER_POLL_SECONDS: Final = 0.01


class ServerFailed(Exception):
    """A server did not start."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is running, with the id of its process and its URL."""

    name: str
    pid: int
    url: str
    peer: bool = True
    """Whether it is compared with this server."""
    listened_after: float = 0.0
    """Seconds from the start of its process until it took a connection."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the compared servers: its name, and how to start it."""

    name: str
    peer: bool
    command: tuple[str, ...]
    folder: Path
    health: str
    environment: Mapping[str, str]


OURS: Final = "authgraph"


def authgraph(workers: int = 1) -> Kind:
    """This server, configured as in production."""
    environment = {
        "AUTHGRAPH_ENV": "production",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_RATE_LIMIT": "0",
        # One write per session and hour would be counted as a part of the first response.
        "AUTHGRAPH_SESSION_LAST_SEEN": "false",
        "WEB_CONCURRENCY": str(workers),
    }
    return Kind(OURS, False, (sys.executable, "server.py", "serve"), ROOT, "/healthz", environment)


@contextmanager
def serving(kind: Kind, table: TableSettings, endpoint_url: str) -> Iterator[Server]:
    """Run a server on a table that it reaches at an endpoint."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = _own_environment() | dict(kind.environment) | _table(kind, table, endpoint_url, port)
    begun = time.perf_counter()
    with _process(kind.command, kind.folder, environment) as (process, log):
        _await(lambda: _require_listener(port), LISTENING_POLL_SECONDS, process, log, kind.name)
        listened_after = time.perf_counter() - begun
        _await(lambda: _get(url + kind.health), ANSWER_POLL_SECONDS, process, log, kind.name)
        yield Server(kind.name, process.pid, url, kind.peer, listened_after)


@contextmanager
def replaying(endpoint_url: str) -> Iterator[str]:
    """Run the DynamoDB that responds from memory. The value is its URL."""
    command = (sys.executable, "-m", "benchmarks.replay", endpoint_url)
    with _process(command, ROOT, dict(os.environ), stdout=subprocess.PIPE) as (process, _):
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()


@contextmanager
def local_engine(folder: Path | None = None) -> Iterator[engine.LocalEngine]:
    """Run the engine, in memory or on a data folder, with both of Java's compilers, because a measurement is long
    enough for the second one to pay off."""
    with engine.LocalEngine(folder, for_long=True) as running:
        yield running


def _table(kind: Kind, table: TableSettings, endpoint_url: str, port: int) -> dict[str, str]:
    if kind.peer:
        return {"PORT": str(port), "DYNAMODB_ENDPOINT": endpoint_url, "TABLE_NAME": table.table_name}
    index = {"AUTHGRAPH_DIRECTORY_INDEX_NAME": table.directory_index_name} if table.directory_index_name else {}
    return index | {
        "AUTHGRAPH_PORT": str(port),
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": endpoint_url,
        # Measured as with AWS, which needs no reads after transactions.
        "AUTHGRAPH_DYNAMODB_SETTLE_TRANSACTIONS": "false",
        "AUTHGRAPH_TABLE_NAME": table.table_name,
    }


def _own_environment() -> dict[str, str]:
    """The environment without the settings of a developer's own server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AUTHGRAPH_", "AWS_"))}


@contextmanager
def _process(
    command: tuple[str, ...], folder: Path, environment: dict[str, str], stdout: int | None = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Run a process. Its standard error goes to a file, as a server's log does."""
    with (
        TemporaryFile() as log,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=log
        ) as process,
    ):
        try:
            yield process, log
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(
    attempt: Callable[[], None], pause: float, process: subprocess.Popen[bytes], log: IO[bytes], name: str
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log.seek(0)
            raise ServerFailed(f"{name} ended while it started: {log.read()[-2000:].decode(errors='replace')}")
        try:
            attempt()
        except (URLError, OSError):
            time.sleep(pause)
        else:
            return
    raise ServerFailed(f"{name} did not answer within {START_SECONDS:.0f} seconds.")


def _require_listener(port: int) -> None:
    """Raise `ConnectionRefusedError` if nobody listens at a port.

    The kernel is asked, because an attempt to connect can take the port itself: its own end may get the same number.
    """
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(FileNotFoundError), open(table) as lines:
            for _, local, _, state, *_ in map(str.split, lines):
                if state == LISTENING and int(local.rpartition(":")[2], 16) == port:
                    return
    raise ConnectionRefusedError(port)


def _get(url: str) -> None:
    with urlopen(url, timeout=1):
        pass


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
