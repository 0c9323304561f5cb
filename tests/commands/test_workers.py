"""Workers that end are replaced, and the log says how they ended."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from uvicorn import Config
from uvicorn.supervisors import multiprocess

import commands.workers
from commands.interruption import STOPS
from commands.shared_listener import Shares
from commands.workers import HANG_SECONDS, GracefulServer, Worker, Workers, _ending
from tests.processes import START_SECONDS, Environment, Served, serving
from tests.security.test_production import environment

__all__ = ["environment"]

KIND = "{ caller { kind } }"
SLOW_SECONDS = 7
"""Longer than a worker that runs has to respond."""
ENDINGS = {
    signal.SIGKILL: "was ended by signal 9 (Killed)",
    signal.SIGSTOP: "did not respond and was killed",
}
"""By what happens to a worker."""


def workers(server: Served) -> list[int]:
    """The processes that accept connections."""
    pid = server.process.pid
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def warnings(server: Served) -> list[str]:
    """What the log has said about workers so far."""
    lines = [json.loads(line) for line in server.errors if line.startswith("{")]
    return [line["message"] for line in lines if (line["logger"], line["level"]) == ("commands.workers", "warning")]


@pytest.mark.parametrize("number", ENDINGS)
def test_a_worker_that_ends_is_replaced_and_the_log_says_how_it_ended(
    tmp_path: Path, environment: Environment, number: signal.Signals
) -> None:
    with serving(tmp_path, WEB_CONCURRENCY="2", **environment) as server:
        server.data(KIND)
        ended = workers(server)[0]
        line = f"Worker {ended} {ENDINGS[number]}. Another one replaces it."
        os.kill(ended, number)
        try:
            with server.grown:
                assert server.grown.wait_for(lambda: line in warnings(server), START_SECONDS), server.errors
        finally:
            # The server waits for its end.
            with suppress(ProcessLookupError):
                os.kill(ended, signal.SIGKILL)
        assert ended not in workers(server)
        assert server.stop() == 0


def test_workers_that_hang_when_they_are_told_to_stop_are_killed(tmp_path: Path, environment: Environment) -> None:
    """Otherwise the server would not end. The log says so of each."""
    with serving(tmp_path, WEB_CONCURRENCY="3", AUTHGRAPH_TIMEOUT_SECONDS="1", **environment) as server:
        server.data(KIND)
        hanging = workers(server)[-2:]
        # Meanwhile the server does not find out that they do not respond.
        server.process.send_signal(signal.SIGSTOP)
        for pid in hanging:
            os.kill(pid, signal.SIGSTOP)
        server.process.send_signal(signal.SIGTERM)
        server.process.send_signal(signal.SIGCONT)
        try:
            assert server.process.wait(START_SECONDS) == 0
        finally:
            for pid in hanging:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    # Rarely, the server had just asked whether one responds.
    ended = {pid: [line for line in warnings(server) if line.startswith(f"Worker {pid} did not ")] for pid in hanging}
    assert all(ended.values()), server.errors


@pytest.mark.parametrize("tell", [lambda server: server.handle_exit(signal.SIGTERM, None), GracefulServer.stop])
async def test_a_server_that_is_told_to_stop_does_not_wait_until_it_looks(
    tell: Callable[[GracefulServer], None],
) -> None:
    class Server(GracefulServer):
        async def on_tick(self, counter: int) -> bool:
            looked.set()
            return bool(await asyncio.get_running_loop().create_future())

    looked = asyncio.Event()
    server = Server(Config("an application"))
    running = asyncio.create_task(server.main_loop())
    await looked.wait()
    tell(server)
    await asyncio.wait_for(running, START_SECONDS)
    assert server.is_stopping
    # A second signal does no harm.
    tell(server)


@pytest.mark.parametrize("number", STOPS)
def test_a_later_signal_ends_no_request_that_runs(number: signal.Signals) -> None:
    """uvicorn cancels them when an impatient user presses Ctrl-C again. The server ends within seconds anyway."""
    server = GracefulServer(Config("an application"))
    for _ in range(3):
        server.handle_exit(number, None)
    assert server.is_stopping
    assert not server.force_exit


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_does_not_wait_until_all_workers_are_restarted(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A supervisor sends SIGHUP to reload a service, and may stop it meanwhile."""
    with monkeypatch.context() as patched:
        # A supervisor takes the signals of its process, and uvicorn's class of processes.
        patched.setattr(signal, "signal", lambda *_: None)
        patched.setattr(multiprocess, "Process", multiprocess.Process)
        supervisor = Workers(Config("an application", workers=2), [])
        started = Mock()
        patched.setattr(multiprocess, "Process", started)
        former = [Mock(), Mock()]
        supervisor.processes = [*former]
        supervisor.signal_queue += [signal.SIGHUP, number]
        supervisor.handle_signals()
    assert not started.called
    assert supervisor.processes == former
    assert supervisor.is_stopping


@pytest.mark.parametrize("stops", [False, True])
def test_a_worker_that_hangs_while_the_server_is_told_to_stop_is_not_killed_without_a_word(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, stops: bool
) -> None:
    """It is not replaced then."""
    with monkeypatch.context() as patched:
        # A supervisor takes the signals of its process, and uvicorn's class of processes.
        patched.setattr(signal, "signal", lambda *_: None)
        patched.setattr(multiprocess, "Process", multiprocess.Process)
        supervisor = Workers(Config("an application", workers=1), [])
        hanging = Worker(Shares(1), supervisor.config, [])

        def is_alive() -> bool:
            # The signal comes while the server waits for its response.
            supervisor.signal_queue += [signal.SIGTERM] * stops
            return False

        hanging.process = Mock(exitcode=None, pid=7, is_alive=is_alive)
        supervisor.processes = [hanging]
        patched.setattr(multiprocess, "Process", Mock())
        supervisor.keep_subprocess_alive()
    assert (supervisor.processes == [hanging]) is stops
    said = "Worker 7 did not respond and was killed."
    assert caplog.messages == [said if stops else f"{said} Another one replaces it."]


def test_workers_that_are_told_to_stop_at_one_time_have_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(commands.workers, "monotonic", lambda: now)
    shares = Shares(2)
    waited: list[float] = []

    def wait(seconds: float | None = None) -> None:
        nonlocal now
        if seconds is not None:
            waited.append(seconds)
            now += seconds

    told = [Worker(shares, Config("an application", timeout_graceful_shutdown=15), []) for _ in range(2)]
    for worker in told:
        worker.process = Mock(exitcode=None, pid=os.getpid(), join=wait, is_alive=Mock(return_value=True))
    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", lambda *_: None)
        for worker in told:
            worker.terminate()
    for worker in told:
        worker.join()
    assert waited == [15 + HANG_SECONDS, 0]
    assert all(worker.process.kill.call_count == 1 for worker in told)  # type: ignore[attr-defined]


def test_a_worker_that_takes_long_to_start_is_not_taken_for_one_that_hangs(
    tmp_path: Path, environment: Environment
) -> None:
    """It has a fraction of a processor, for example."""
    slow = tmp_path / "slow"
    slow.mkdir()
    wait = f"import sys, time\nif '--multiprocessing-fork' in sys.orig_argv:\n    time.sleep({SLOW_SECONDS})\n"
    (slow / "sitecustomize.py").write_text(wait)
    with serving(tmp_path, WEB_CONCURRENCY="2", PYTHONPATH=str(slow), **environment) as server:
        server.data(KIND)
        assert warnings(server) == []
        assert server.stop() == 0


def test_nobody_waits_for_a_worker_that_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile the other workers are watched, and signals are handled. One that ends while it starts is replaced."""
    now = 1000.0
    monkeypatch.setattr(commands.workers, "monotonic", lambda: now)
    monkeypatch.setattr(commands.workers, "START_SECONDS", 0.1)
    shares = Shares(3)

    def started() -> Worker:
        worker = Worker(shares, Config("an application"), [])
        worker.process = Mock(is_alive=Mock(return_value=True))
        return worker

    responding, ended, hanging = started(), started(), started()
    assert all(worker.is_alive() for worker in (responding, ended, hanging))
    responding.child_conn.recv()
    responding.child_conn.send(False)
    ended.process.is_alive.return_value = False  # type: ignore[attr-defined]
    assert [worker.is_alive() for worker in (responding, ended, hanging)] == [True, False, True]
    now += 1
    # One that has responded is asked each time, and has to respond soon.
    assert [worker.is_alive(0) for worker in (responding, hanging)] == [False, False]
    assert responding.child_conn.recv() == b"ping"
    responding.child_conn.send(True)
    assert responding.is_alive(0)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (0, "ended with exit status 0"),
        (3, "ended with exit status 3"),
        (-11, "was ended by signal 11 (Segmentation fault)"),
        (-15, "was ended by signal 15 (Terminated)"),
        (-40, "was ended by signal 40 (Real-time signal 6)"),
        (None, "did not respond and was killed"),
    ],
)
def test_every_ending_is_told_in_words(status: int | None, sentence: str) -> None:
    assert _ending(status) == sentence
