"""The real command line in processes of its own, as users run it."""

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Thread
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "server.py"
ADMIN_KEY = "3Pq0vYk7sVwT1mZr9Lx2hQbN8cDfJ5uE6aGtR4yHoKs="
SECRET_KEY = "Xw8dN2rB6zTf0qLk4VhPj9YmCs7uGe1aQ5oRx3iKtZg="
START_SECONDS = 60
STOP_SECONDS = 60

Environment = dict[str, str]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a folder of its own, so that no `.env` of a developer is read."""
    with TemporaryDirectory() as files:
        written = [Path(files) / name for name in ("output", "errors")]
        for file in written:
            file.touch()
        command = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": _environment(environment),
            "output": str(written[0]),
            "errors": str(written[1]),
            "seconds": START_SECONDS,
        }
        process = _command_process()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(command) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, *(file.read_text() for file in written))


@cache
def _command_process() -> subprocess.Popen[str]:
    """The process that forks for each command."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.command_process"],
        cwd=ROOT,
        env=_environment({}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # It ends when its standard input does.
    atexit.register(process.communicate)
    return process


def refusal(process: subprocess.CompletedProcess[str]) -> str:
    """The sentence of a command that must fail and print nothing else."""
    assert process.returncode == 2, (process.stdout, process.stderr)
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    assert line.startswith("authgraph: ")
    return line.removeprefix("authgraph: ")


def fetch(url: str, method: str = "GET", **options: Any) -> httpx2.Response:
    """The response of a server, for which a busy machine may need long."""
    return httpx2.request(method, url, **{"timeout": START_SECONDS} | options)


@dataclass(slots=True)
class Served:
    """A running server. `output` and `errors` grow while it runs."""

    process: subprocess.Popen[str]
    url: str = ""
    output: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    grown: Condition = field(default_factory=Condition)
    """Is notified of each line of output."""

    def printed(self, text: str) -> str:
        """Wait for the text on standard output, and return everything up to the end of its line."""
        with self.grown:
            if not self.grown.wait_for(lambda: any(text in line for line in self.output), START_SECONDS):
                raise AssertionError(f"{text!r} was not printed: {''.join(self.output)}")
            return "".join(self.output)

    def ask(self, query: str, key: str | None = ADMIN_KEY, **variables: Any) -> dict[str, Any]:
        """The whole response to an operation."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = fetch(f"{self.url}/graphql", "POST", json=body, headers=headers).json()
        return answer

    def data(self, query: str, key: str | None = ADMIN_KEY, **variables: Any) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        answer = self.ask(query, key, **variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def serving(folder: Path, under: Sequence[str] = (), /, **environment: str) -> Iterator[Served]:
    """A server on a free port, once it has printed its URL. `under` is a command that runs it."""
    process = subprocess.Popen(
        [*under, sys.executable, str(SERVER), "serve"],
        cwd=folder,
        env=_environment({"AUTHGRAPH_PORT": "0"} | environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)
    readers = [
        Thread(target=_collect, args=(stream, lines, served.grown), daemon=True)
        for stream, lines in ((process.stdout, served.output), (process.stderr, served.errors))
    ]
    for reader in readers:
        reader.start()
    try:
        served.url = _address(served, readers)
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_SECONDS)
        for reader in readers:
            reader.join()


def _collect(stream: Any, lines: list[str], grown: Condition) -> None:
    with stream:
        for line in stream:
            with grown:
                lines.append(line)
                grown.notify_all()


def _address(served: Served, readers: list[Thread]) -> str:
    """Wait for the URL in the output. Fails if the process ends before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = "".join([*served.output, *served.errors])
        if found := re.search(r"http://(127\.0\.0\.1|\[::1\]):\d+(?=/graphql|\.\")", text):
            return found[0]
        if served.process.poll() is not None:
            for reader in readers:
                reader.join()
            break
        time.sleep(0.02)
    raise AssertionError(f"The server did not start: {''.join([*served.output, *served.errors])}")


def _environment(settings: Environment) -> Environment:
    return {**os.environ, "PYTHONUNBUFFERED": "1"} | settings
