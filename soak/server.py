"""The server that is tested, in processes of its own, which can be killed in every way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2
import orjson

from benchmarks import processes
from dynamo.local.data_folder import command_line
from dynamo.settings import TableSettings
from tests.free_ports import free_port
from tests.processes import ADMIN_KEY, SECRET_KEY, SERVER

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
WORKERS: Final = 2


class ServerFailed(Exception):
    """The server did not start or stop in time."""


@dataclass(slots=True)
class Server:
    """One server that can be started and killed again and again. Its address and its log stay the same."""

    folder: Path
    table: TableSettings
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL at which the server listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """The file with its standard error, over all restarts."""
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        """The process id of the parent of the workers."""
        if self._process is None:
            raise ServerFailed("The server is not running.")
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers, which serve requests."""
        return [pid for pid in processes.tree(self.pid) if "spawn_main" in (command_line(pid) or "")]

    def start(self) -> None:
        """Start it, and return once both workers can serve requests."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, str(SERVER), "serve"),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the table is reachable and all workers run."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ServerFailed(f"The server ended while it started: {self.log.read_text()[-2000:]}")
            with suppress(httpx2.TransportError):
                if httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200 and len(self.workers) == WORKERS:
                    return
            time.sleep(0.05)
        raise ServerFailed(f"The server was not ready within {START_SECONDS:.0f} seconds.")

    def kill_worker(self, place: int) -> None:
        """End one worker with SIGKILL."""
        workers = self.workers
        if workers:
            _kill(workers[place % len(workers)])

    def kill(self) -> None:
        """End every process of the server with SIGKILL."""
        if self._process is None:
            return
        for pid in list(processes.tree(self.pid)):
            _kill(pid)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def kill_supervisor(self) -> None:
        """End only the parent with SIGKILL. The workers must notice it and end by themselves."""
        if self._process is None:
            return
        everybody = list(processes.tree(self.pid))
        _kill(self.pid)
        self._process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while left := [pid for pid in everybody if command_line(pid) is not None]:
            if time.monotonic() > deadline:
                for pid in left:
                    _kill(pid)
                raise ServerFailed(f"{len(left)} processes of the server outlived it by {STOP_SECONDS:.0f} seconds.")
            time.sleep(0.05)
        self._process = None

    def stop(self) -> None:
        """End it with SIGTERM, as an operator does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise ServerFailed(f"The server did not stop within {STOP_SECONDS:.0f} seconds.") from None
        self._process = None

    def exceptions(self) -> list[str]:
        """The unexpected exceptions in the log."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            if line.startswith("Traceback"):
                found.append(line)
            elif line.startswith("{"):
                with suppress(orjson.JSONDecodeError):
                    entry = orjson.loads(line)
                    # Readiness is checked while the engine is down on purpose.
                    if "exception" in entry and entry["logger"] != "web.health":
                        found.append(entry["exception"])
        return found

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AUTHGRAPH_", "AWS_"))}
        return {
            **own,
            "AUTHGRAPH_ENV": "production",
            "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
            "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
            "AUTHGRAPH_PORT": str(self.port),
            "AUTHGRAPH_TABLE_NAME": self.table.table_name,
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": str(self.table.dynamodb_endpoint_url),
            "AUTHGRAPH_DIRECTORY_INDEX_NAME": self.table.directory_index_name or "",
            "AUTHGRAPH_DIRECTORY_LISTS": ",".join(of.setting for of in self.table.directory_lists),
            # One administrator sends everything, so the limits are turned off.
            "AUTHGRAPH_RATE_LIMIT": "0",
            "AUTHGRAPH_ATTEMPTS": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
            "WEB_CONCURRENCY": str(WORKERS),
        } | dict(self.settings)


@contextmanager
def serving(folder: Path, table: TableSettings, settings: Mapping[str, str]) -> Iterator[Server]:
    """A server with a folder of its own, from its start to its stop."""
    folder.mkdir(parents=True)
    server = Server(folder, table, settings)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
