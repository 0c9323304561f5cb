"""SIGINT and SIGTERM while a command starts: it ends without a word, with the right status, and leaves no engine."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, START_SECONDS, STOP_SECONDS, serving

DRIVER = """\
import os, runpy, subprocess, sys

folder, event, needle, number = *sys.argv[1:4], int(sys.argv[4])
sys.path.insert(0, folder)
sys.argv[:] = ["server.py", *sys.argv[5:]]
pending = True


class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), number)
        for _ in range(1000):
            pass


def interrupt(happening, arguments):
    global pending
    if pending and happening == event and needle in str(arguments):
        pending = False
        os.kill(os.getpid(), number)


def started(self, *arguments, **options):
    start(self, *arguments, **options)
    interrupt("started", arguments)


def called(self, operation, arguments):
    interrupt("called", operation)
    answer = call(self, operation, arguments)
    interrupt("answered", operation)
    return answer


def destroyed(happening, arguments):
    global pending
    if pending and happening == "open" and needle in str(arguments):
        pending = False
        Destroyed()


if event == "destroyed":
    sys.addaudithook(destroyed)
elif event in ("import", "open"):
    sys.addaudithook(interrupt)
elif event == "started":
    start, subprocess.Popen.__init__ = subprocess.Popen.__init__, started
else:
    from botocore.client import BaseClient

    call, BaseClient._make_api_call = BaseClient._make_api_call, called
runpy.run_path(folder + "/server.py", run_name="__main__")
"""
"""Runs a command, and sends its process a signal at a stage: when something is imported, opened, started or called."""

SIGINT, SIGTERM = signal.SIGINT, signal.SIGTERM
BEFORE_ANYTHING = {
    "the command is imported": ("import", "commands.serve", SIGINT),
    "pydantic is imported": ("import", "pydantic", SIGTERM),
    "settings are read": ("open", ".env", SIGINT),
}
WHILE_STARTING = {
    "the data folder is locked": ("open", "dynamodb/lock", SIGTERM),
    "the engine is not yet noted": ("started", "Launcher", SIGINT),
    "the engine's address is written": ("open", ".data/endpoint", SIGTERM),
    "something is destroyed": ("destroyed", ".data/endpoint", SIGINT),
    "the table is looked for": ("called", "DescribeTable", SIGTERM),
    "the key is made": ("open", "admin-key", SIGINT),
    "the application is imported": ("import", "commands.application", SIGTERM),
    "the schema is imported": ("import", "schema.build", SIGINT),
}
WHILE_THE_TABLE_IS_MADE = {
    "before": ("called", "CreateTable", SIGTERM),
    "after": ("answered", "CreateTable", SIGINT),
    "before expiry": ("called", "UpdateTimeToLive", SIGTERM),
}
"""Both signals have the same handler, so each stage is tried with one of them."""


def interrupted(folder: Path, event: str, needle: str, number: int, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, which the signal brings about."""
    (folder / ".env").write_text("AUTHGRAPH_PORT=0\n")
    return subprocess.run(
        [sys.executable, "-c", DRIVER, str(ROOT), event, needle, str(int(number)), *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def wait_for_the_engine_to_end(folder: Path) -> None:
    """Its lock is free when server and engine are gone."""
    lock = folder / ".data" / "dynamodb" / "lock"
    if lock.exists():
        with lock.open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)


def engines(folder: Path) -> list[str]:
    """The processes that have the folder on their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if f"-dbPath {folder}/" in words:
            found.append(words)
    return found


@pytest.mark.parametrize(("event", "needle", "number"), BEFORE_ANYTHING.values(), ids=BEFORE_ANYTHING)
def test_a_signal_before_anything_is_done_ends_the_process(
    tmp_path: Path, event: str, needle: str, number: int
) -> None:
    """As it ends any program, so that a shell sees 130 or 143."""
    process = interrupted(tmp_path, event, needle, number, "serve")

    assert (process.returncode, process.stdout, process.stderr) == (-number, "", "")
    assert not (tmp_path / ".data").exists()


@pytest.mark.parametrize(("event", "needle", "number"), WHILE_STARTING.values(), ids=WHILE_STARTING)
def test_a_signal_while_the_server_starts_stops_it(tmp_path: Path, event: str, needle: str, number: int) -> None:
    """It has not failed, and it leaves no engine."""
    process = interrupted(tmp_path, event, needle, number, "serve")

    assert process.returncode == 0, process.stderr
    assert [line for line in process.stderr.splitlines() if not line.startswith("INFO ")] == []
    assert engines(tmp_path) == []
    assert not (tmp_path / ".data" / "endpoint").exists()


@pytest.mark.parametrize(("event", "needle", "number"), WHILE_THE_TABLE_IS_MADE.values(), ids=WHILE_THE_TABLE_IS_MADE)
def test_the_next_start_completes_a_table_that_was_being_made(
    tmp_path: Path, event: str, needle: str, number: int
) -> None:
    process = interrupted(tmp_path, event, needle, number, "serve")
    assert (process.returncode, process.stderr) == (0, "")
    assert engines(tmp_path) == []

    with serving(tmp_path) as server:
        assert server.stop() == 0

    assert [line for line in server.errors if not line.startswith("INFO ")] == []


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_a_signal_while_a_command_starts_its_engine_ends_both(tmp_path: Path, number: int) -> None:
    process = interrupted(tmp_path, "called", "CreateTable", number, "seed", "3")

    assert process.returncode in (-number, 128 + number)
    assert "Traceback" not in process.stderr
    wait_for_the_engine_to_end(tmp_path)
    assert engines(tmp_path) == []


WORKER = """\
import os, signal, sys

def press(event, arguments):
    if event == "import" and arguments[0] == "commands.workers":
        os.killpg(os.getpgrp(), signal.SIGINT)

if "--multiprocessing-fork" in sys.orig_argv:
    sys.addaudithook(press)
"""


def test_a_terminal_interrupts_all_workers_while_they_import(tmp_path: Path) -> None:
    """Its Ctrl-C goes to each process; only the parent acts on it, and nobody shows a traceback."""
    (tmp_path / "sitecustomize.py").write_text(WORKER)
    with serving(tmp_path, ("setsid",), WEB_CONCURRENCY="2", PYTHONPATH=str(tmp_path)) as server:
        assert server.process.wait(STOP_SECONDS) == 0

    assert [line for line in server.errors if not line.startswith("INFO ")] == []
    assert engines(tmp_path) == []


def test_a_command_that_ignores_interrupts_goes_on_doing_so(tmp_path: Path) -> None:
    """As one that a script has put into the background."""
    code = (
        "import signal; from commands.interruption import end_at_once; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "end_at_once(); print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"
    )

    output = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)

    assert output == "True\n"
