"""The local engine under a running server: it is restarted, nothing is lost, and hopeless restarts end."""

import os
import signal
from pathlib import Path

import pytest

from commands import engine_watch
from commands.engine_watch import RESTARTS, EngineWatch
from commands.errors import EngineLost
from dynamo.local.engine import EngineStartFailed, LocalEngine
from tests.commands.test_workers_share import stopped
from tests.processes import START_SECONDS, STOP_SECONDS, Served, fetch, serving

CREATE = "mutation($id: ID!) { createUser(input: { userId: $id }) { user { userId } userErrors { message } } }"
FIND = "query($id: ID!) { user(by: { userId: $id }) { userId } }"
AGAIN = "WARNING commands.engine_watch: The local engine was stopped by SIGKILL. The server has restarted it"


class Server:
    """A server that notes that it was told to stop."""

    def __init__(self, *, is_stopping: bool = False) -> None:
        self.is_stopping = is_stopping

    def stop(self) -> None:
        self.is_stopping = True


class DyingEngine(LocalEngine):
    """An engine that ends as soon as it is started, or cannot be started."""

    def __init__(self, *, refusal: str | None = None) -> None:
        super().__init__()
        self.restarts = 0
        self._refusal = refusal

    @property
    def pid(self) -> None:
        return None

    @property
    def ending(self) -> str:
        return "exited with status 1"

    def restart(self) -> None:
        self.restarts += 1
        if self._refusal:
            raise EngineStartFailed(self._refusal, "")


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE_SECONDS", "LOOK_SECONDS"):
        monkeypatch.setattr(engine_watch, name, 0.0)


@pytest.mark.parametrize(
    ("refusal", "end"),
    [
        (None, "find the cause, such as a lack of memory, and start the server again."),
        ("There is no room.", "There is no room."),
    ],
)
def test_an_engine_that_ends_again_and_again_stops_the_server_with_a_sentence(refusal: str | None, end: str) -> None:
    engine, server = DyingEngine(refusal=refusal), Server()
    watch = EngineWatch(engine, server)

    watch.run()

    assert engine.restarts == RESTARTS
    assert server.is_stopping
    assert isinstance(watch.failure, EngineLost)
    begin = f"The local engine exited with status 1, and {RESTARTS} restarts within 5 minutes did not help"
    assert str(watch.failure).startswith(begin)
    assert str(watch.failure).endswith(end)


def test_restarts_that_are_long_past_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_watch, "SPAN_SECONDS", -1.0)
    server = Server()

    class SoonEnough(DyingEngine):
        def restart(self) -> None:
            super().restart()
            server.is_stopping = self.restarts == 2 * RESTARTS

    engine = SoonEnough()
    watch = EngineWatch(engine, server)

    watch.run()

    assert engine.restarts == 2 * RESTARTS
    assert watch.failure is None


def test_a_server_that_stops_starts_no_engine() -> None:
    engine = DyingEngine()
    watch = EngineWatch(engine, Server(is_stopping=True))

    watch.run()

    assert engine.restarts == 0
    assert watch.failure is None


def test_a_killed_engine_comes_back_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    """Under two workers, at the URL that other commands use. In the meantime, callers are told to retry."""
    acknowledged: list[str] = []

    def create(name: str) -> None:
        server.data(CREATE, key, id=name)
        acknowledged.append(name)

    with serving(tmp_path, WEB_CONCURRENCY="2") as server:
        key = (tmp_path / ".data" / "admin-key").read_text().strip()
        endpoint = (tmp_path / ".data" / "endpoint").read_text()
        for kill in (1, 2):
            for number in range(5):
                create(f"before-{kill}-{number}")
            # The parent of the workers restarts the engine, and not before both were asked.
            with stopped(server.process.pid):
                os.kill(_engine_pid(tmp_path), signal.SIGKILL)
                assert fetch(f"{server.url}/readyz").status_code == 503
                (error,) = server.ask(CREATE, key, id="refused")["errors"]
                assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
            assert _restarts(server, kill)
            assert fetch(f"{server.url}/readyz").status_code == 200
            create(f"after-{kill}")
        assert [name for name in acknowledged if server.data(FIND, key, id=name)["user"] is None] == []
        assert (tmp_path / ".data" / "endpoint").read_text() == endpoint
        # As when a supervisor stops all processes at the same moment.
        server.process.send_signal(signal.SIGTERM)
        os.kill(_engine_pid(tmp_path), signal.SIGTERM)
        assert server.process.wait(STOP_SECONDS) == 0
    assert not [line for line in server.errors if line.startswith("authgraph: ")]
    assert len([line for line in server.errors if "commands.engine_watch" in line]) == 2


def test_a_java_that_cannot_start_any_more_ends_the_server(tmp_path: Path) -> None:
    """With a sentence that contains Java's output, and exit status 2."""
    options = tmp_path / "options"
    options.write_text("")
    with serving(tmp_path, JDK_JAVA_OPTIONS=f"@{options}") as server:
        options.write_text("-XX:NoSuchFlag")
        os.kill(_engine_pid(tmp_path), signal.SIGKILL)
        assert server.process.wait(START_SECONDS) == 2
    (sentence,) = [line for line in server.errors if not line.startswith("INFO ")]
    begin = (
        f"authgraph: The local engine was stopped by SIGKILL, and {RESTARTS} restarts within 5 minutes did not help. "
    )
    assert sentence.startswith(begin)
    assert "Unrecognized VM option 'NoSuchFlag'" in sentence
    assert not (tmp_path / ".data" / "endpoint").exists()


def _engine_pid(folder: Path) -> int:
    _, pid = (folder / ".data" / "dynamodb" / "lock").read_text().split()
    return int(pid)


def _restarts(server: Served, number: int) -> bool:
    with server.grown:
        return server.grown.wait_for(
            lambda: len([line for line in server.errors if line.startswith(AGAIN)]) == number, START_SECONDS
        )
