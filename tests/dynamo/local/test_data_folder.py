"""Who may use a data folder, and what happens to an engine that was left running in it."""

import fcntl
import os
import signal
import subprocess
from pathlib import Path

import pytest

from dynamo.local import data_folder
from dynamo.local.data_folder import DataFolderInUse, DataFolderUnusable, command_line
from dynamo.local.engine import LocalEngine
from tests.dynamo.server_process import client_of, ends, keys, make_table, server_process


def test_a_start_right_after_kill_9_of_the_server_waits_for_the_old_engine(tmp_path: Path) -> None:
    with server_process(tmp_path) as (server, endpoint_url, engine_pid):
        make_table(endpoint_url)
        server.kill()
        server.wait()
        with LocalEngine(tmp_path) as local:
            assert not command_line(engine_pid)
            assert keys(local.endpoint_url) == set()


def test_an_engine_that_is_stuck_after_its_server_was_killed_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_folder, "ORPHAN_TIMEOUT_SECONDS", 0.5)
    with server_process(tmp_path) as (server, _, engine_pid):
        os.kill(engine_pid, signal.SIGSTOP)
        server.kill()
        server.wait()
        assert command_line(engine_pid)
        with LocalEngine(tmp_path) as local:
            assert local.pid != engine_pid
            assert ends(engine_pid)


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with LocalEngine(tmp_path) as first:
        with pytest.raises(DataFolderInUse, match=rf"in use by process {os.getpid()}: .*AUTHGRAPH_DATA_DIR"):
            LocalEngine(tmp_path).start()
        assert client_of(first.endpoint_url).list_tables()["TableNames"] == []


def test_a_process_that_took_over_a_recorded_id_is_never_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "ORPHAN_TIMEOUT_SECONDS", 0.1)
    folder = tmp_path / "dynamodb"
    folder.mkdir()
    with (folder / "lock").open("w") as lock, subprocess.Popen(["sleep", "60"]) as stranger:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"0 {stranger.pid}")
        lock.flush()
        with pytest.raises(DataFolderInUse):
            LocalEngine(tmp_path).start()
        assert stranger.poll() is None
        stranger.kill()


def test_a_lock_that_says_nothing_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "ORPHAN_TIMEOUT_SECONDS", 0.1)
    folder = tmp_path / "dynamodb"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DataFolderInUse, match="another process"):
            LocalEngine(tmp_path).start()


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderUnusable, match=r"data cannot be used .*make it writable"):
        LocalEngine(tmp_path / "data").start()
