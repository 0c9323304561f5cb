"""The server as a process: how it starts, what it rejects, how it stops, and that no write is lost."""

import json
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynamo.settings import TableSettings
from tests.processes import ADMIN_KEY, SECRET_KEY, STOP_SECONDS, Environment, Served, fetch, refusal, run, serving

CREATE = "mutation($id: ID!) { createUser(input: { userId: $id }) { user { userId } userErrors { message } } }"
FIND = "query($id: ID!) { user(by: { userId: $id }) { userId } }"
KIND = "{ caller { kind } }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the data of this module's development server."""
    return tmp_path_factory.mktemp("development")


@pytest.fixture(scope="module")
def development(folder: Path) -> Iterator[Served]:
    """A server without any settings: with its own engine, table and secrets."""
    with serving(folder) as server:
        yield server


@pytest.fixture
def environment(table_settings: TableSettings) -> Environment:
    """The environment of a production server on the test's table."""
    assert table_settings.dynamodb_endpoint_url is not None
    return {
        "AUTHGRAPH_ENV": "production",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
    }


class TestDevelopment:
    """Without any settings, everything is created."""

    def test_it_prints_where_it_is_and_a_key_that_works(self, development: Served, folder: Path) -> None:
        """The URL, the key, an operation to paste, and how to create users."""
        text = development.printed("server.py seed")
        key = (folder / ".data" / "admin-key").read_text().strip()

        assert f"{development.url}/graphql" in text
        assert key in text
        assert development.data(KIND, key) == {"caller": {"kind": "API_KEY"}}
        assert not [line for line in development.errors if not line.startswith("INFO ")]

    def test_the_printed_command_works(self, development: Served) -> None:
        """It can be pasted into a shell unchanged."""
        (line,) = [line for line in development.printed("curl ").splitlines() if line.startswith("curl ")]

        answer = json.loads(subprocess.run(line, shell=True, capture_output=True, check=True).stdout)

        assert answer["data"]["caller"]["kind"] == "API_KEY"

    def test_secrets_are_for_their_owner_only(self, development: Served, folder: Path) -> None:
        """Other users cannot read the folder and both files."""
        modes = {name: stat.S_IMODE((folder / name).stat().st_mode) for name in (".data", ".data/admin-key")}

        assert modes == {".data": 0o700, ".data/admin-key": 0o600}
        assert stat.S_IMODE((folder / ".data" / "secret-key").stat().st_mode) == 0o600

    def test_graphiql_has_examples_and_the_key(self, development: Served, folder: Path) -> None:
        """A browser on this machine does not have to fill anything in."""
        page = fetch(f"{development.url}/graphql", headers={"accept": "text/html"}).text

        assert "registerUser" in page
        assert (folder / ".data" / "admin-key").read_text().strip() in page

    def test_the_schema_that_is_served_is_the_committed_one(self, development: Served) -> None:
        """`schema.graphql` is what clients generate their types from."""
        committed = (Path(__file__).parents[1] / "schema.graphql").read_text()

        assert fetch(f"{development.url}/schema.graphql").text == committed

    def test_it_is_healthy_and_ready(self, development: Served) -> None:
        """Both paths for health checks succeed."""
        assert fetch(f"{development.url}/healthz").json() == {"status": "ok"}
        assert fetch(f"{development.url}/readyz").json() == {"status": "ready"}

    def test_commands_reach_the_table_of_a_running_server(self, development: Served, folder: Path) -> None:
        """They use its engine, because the folder is in use."""
        made = run(folder, "keys", "create", "--name", "shop", "--scope", "users:read")

        assert made.returncode == 0, made.stderr
        assert development.data(KIND, made.stdout.strip()) == {"caller": {"kind": "API_KEY"}}

    def test_a_second_server_on_the_folder_is_refused(self, development: Served, folder: Path) -> None:
        """The first server is not affected."""
        sentence = refusal(run(folder, "serve", AUTHGRAPH_PORT="0"))

        assert f"The data folder {folder}/.data is in use by process {development.process.pid}" in sentence
        assert fetch(f"{development.url}/readyz").status_code == 200

    def test_a_taken_port_is_found_before_anything_is_made(self, development: Served, tmp_path: Path) -> None:
        """No data folder is created, and no engine is started."""
        port = development.url.rpartition(":")[2]

        sentence = refusal(run(tmp_path, "serve", AUTHGRAPH_PORT=port))

        assert sentence.startswith(f"Port {port} of 127.0.0.1 is used by another program: ")
        assert list(tmp_path.iterdir()) == []


def test_an_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    """The server and its engine are killed. The next start takes over the folder, with the same key and ids."""
    find = "query($id: ID!) { user(by: { userId: $id }) { id userId } }"
    with serving(tmp_path) as server:
        key = (tmp_path / ".data" / "admin-key").read_text().strip()
        server.data(CREATE, key, id="kept")
        before = server.data(find, key, id="kept")
        assert before["user"]["userId"] == "kept"
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL

    with serving(tmp_path) as server:
        assert server.data(find, key, id="kept") == before
        assert server.stop(signal.SIGINT) == 0
    assert not (tmp_path / ".data" / "endpoint").exists()


class TestProduction:
    """Nothing is created, and the server starts only with safe settings."""

    @pytest.mark.parametrize("missing", ["AUTHGRAPH_ADMIN_KEY", "AUTHGRAPH_SECRET_KEY"])
    def test_s30_it_needs_both_secrets(self, tmp_path: Path, environment: Environment, missing: str) -> None:
        """Without either secret, it does not start."""
        del environment[missing]

        sentence = refusal(run(tmp_path, "serve", **environment))

        assert sentence == (
            f"{missing} is not set: in production set it to a random value, such as the output of "
            "`openssl rand -base64 32`."
        )
        assert list(tmp_path.iterdir()) == []

    def test_both_secrets_are_missed_in_one_sentence(self, tmp_path: Path) -> None:
        """An operator sees at once that two variables are missing."""
        sentence = refusal(run(tmp_path, "serve", AUTHGRAPH_ENV="production"))

        assert "AUTHGRAPH_ADMIN_KEY is not set" in sentence
        assert "AUTHGRAPH_SECRET_KEY is not set" in sentence

    def test_a_missing_table_is_not_made(self, tmp_path: Path, environment: Environment) -> None:
        """The message names the table and the command that creates it."""
        sentence = refusal(run(tmp_path, "serve", **environment | {"AUTHGRAPH_TABLE_NAME": "nowhere"}))

        assert sentence.startswith("There is no table nowhere at http://127.0.0.1:")

    def test_a_wrong_key_name_is_named(self, tmp_path: Path, environment: Environment) -> None:
        """The server ends before it serves any request."""
        sentence = refusal(run(tmp_path, "serve", **environment | {"AUTHGRAPH_SORT_KEY": "range"}))

        assert "has the keys pk, sk where the settings say pk, range" in sentence

    def test_an_unreachable_endpoint_is_named(self, tmp_path: Path, environment: Environment) -> None:
        """The server ends and does not wait for the endpoint."""
        elsewhere = {"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:9"}

        assert refusal(run(tmp_path, "serve", **environment | elsewhere)).startswith("There is no response from")

    def test_one_worker(self, tmp_path: Path, environment: Environment) -> None:
        """No GraphiQL, no schema and no introspection without credentials, JSON in the logs, and a graceful end."""
        with serving(tmp_path, **environment) as server:
            assert server.data(KIND) == {"caller": {"kind": "API_KEY"}}
            assert fetch(f"{server.url}/graphql", headers={"accept": "text/html"}).status_code == 404
            assert fetch(f"{server.url}/schema.graphql").status_code == 401
            answer = server.ask("{ __schema { queryType { name } } }", None)
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert server.stop() == 0
        assert server.output == []
        lines = [json.loads(line) for line in server.errors]
        assert lines[0]["message"] == f"Listening on {server.url}."
        assert lines[-1]["message"] == "Stopped."
        assert list(tmp_path.iterdir()) == []

    def test_two_workers_answer(self, tmp_path: Path, environment: Environment) -> None:
        """They share one socket. GraphiQL is on if it is set, without the key."""
        with serving(tmp_path, WEB_CONCURRENCY="2", AUTHGRAPH_GRAPHIQL="true", **environment) as server:
            server.data(CREATE, id="shared")
            assert {server.data(FIND, id="shared")["user"]["userId"] for _ in range(20)} == {"shared"}
            page = fetch(f"{server.url}/graphql", headers={"accept": "text/html"})
            assert page.status_code == 200
            assert ADMIN_KEY not in page.text
            assert server.stop() == 0

    def test_workers_end_with_their_parent(self, tmp_path: Path, environment: Environment) -> None:
        """No process keeps the port of a server that was killed."""
        with serving(tmp_path, WEB_CONCURRENCY="2", **environment) as server:
            server.data(KIND)
            server.stop(signal.SIGKILL)
            # Reading its output ends when the last process with the pipes ends.
        assert _refuses(server)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_is_finished(tmp_path: Path, environment: Environment, workers: str) -> None:
    """SIGTERM closes the listeners, and requests that have begun are finished."""
    body = json.dumps({"query": KIND}).encode()
    with serving(tmp_path, WEB_CONCURRENCY=workers, **environment) as server:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with socket.create_connection(address) as connection, connection.makefile("rb") as answer:
            head = (
                "POST /graphql HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            connection.sendall(head.encode())
            # The server asks for the body once it has begun to handle the request.
            assert answer.readline() == b"HTTP/1.1 100 Continue\r\n"
            server.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while not _refuses(server):
                assert time.monotonic() < deadline, "The door is still open."
            connection.sendall(body)
            rest = answer.read()
        assert b"HTTP/1.1 200 OK" in rest
        assert b'"kind":"ANONYMOUS"' in rest
        assert server.process.wait(STOP_SECONDS) == 0


LAST_MOMENT = """\
import os, signal, sys

class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), stops=(signal.SIGINT, signal.SIGTERM)):
        for stop in stops:
            kill(pid, stop)

if "--multiprocessing-fork" not in sys.orig_argv:
    sys.last = Last()
"""
"""Sends both signals to the process when Python destroys its modules."""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_in_the_last_moment_does_not_change_the_exit_status(
    tmp_path: Path, environment: Environment, workers: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(LAST_MOMENT)
    with serving(tmp_path, WEB_CONCURRENCY=workers, PYTHONPATH=str(tmp_path), **environment) as server:
        assert server.stop() == 0
    assert json.loads(server.errors[-1])["message"] == "Stopped."


def _refuses(server: Served) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))):
            return False
    except ConnectionRefusedError:
        return True
