"""A production server as a process: what it shows, what it counts, and what happens when it loses its engine."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import create_table
from tests.free_ports import free_port
from tests.processes import ADMIN_KEY, SECRET_KEY, Environment, Served, fetch, refusal, run, serving
from tests.session_jwts import AUTH_SECRET, OLD_SECRET, claims_of, make_jwt
from tests.web.conftest import run_node

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
WEB = Path(__file__).parents[1] / "web"

KIND = "query Kind { caller { kind } }"
CREATE = "mutation Create($id: ID!) { createUser(input: { userId: $id }) { user { userId } userErrors { message } } }"
FIND = "query Find($id: ID!) { user(by: { userId: $id }) { userId } }"


def production(settings: TableSettings) -> Environment:
    """The environment of a production server on a table."""
    assert settings.dynamodb_endpoint_url is not None
    return {
        "AUTHGRAPH_ENV": "production",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_TABLE_NAME": settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": settings.dynamodb_endpoint_url,
    }


@pytest.fixture
def environment(table_settings: TableSettings) -> Environment:
    """The environment of a production server on the test's table."""
    return production(table_settings)


def metric(port: str, name: str) -> float:
    """The sum of all series of a metric."""
    text = fetch(f"http://127.0.0.1:{port}/metrics").text
    lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


# S40


def test_s40_metrics_are_not_on_the_public_listener_and_nowhere_by_default(
    tmp_path: Path, environment: Environment
) -> None:
    with serving(tmp_path, **environment) as server:
        assert fetch(f"{server.url}/metrics").status_code == 404
        listening = _listening_ports(server.process.pid)
        assert listening == {int(server.url.rpartition(":")[2])}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_s40_metrics_have_a_port_of_their_own_on_loopback_and_count_all_workers(
    tmp_path: Path, environment: Environment, workers: str
) -> None:
    port = str(free_port())
    wanted = {"AUTHGRAPH_METRICS_PORT": port, "WEB_CONCURRENCY": workers}
    with serving(tmp_path, **environment, **wanted) as server:
        for number in range(20):
            server.data(CREATE, id=f"user-{number}")
        server.ask("{ nobody }")
        fetch(f"{server.url}/graphql", "PUT")
        assert fetch(f"{server.url}/metrics").status_code == 404
        assert metric(port, "authgraph_operations_total") == 21
        assert metric(port, "authgraph_cost_total") == 200
        assert metric(port, "authgraph_errors_total") == 3
        with pytest.raises(httpx2.ConnectError):
            fetch(f"http://127.0.0.2:{port}/metrics")
        assert server.stop() == 0


def test_s40_a_taken_port_for_metrics_is_named(tmp_path: Path, environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = run(tmp_path, "serve", **environment, AUTHGRAPH_PORT="0", AUTHGRAPH_METRICS_PORT=port)
    assert process.returncode == 2
    assert process.stderr.startswith(f"authgraph: Metrics cannot be served at port {port} of 127.0.0.1")
    assert process.stderr.count("\n") == 1
    assert "Listening" not in process.stdout


def _listening_ports(pid: int) -> set[int]:
    """The TCP ports that a process listens on, according to Linux."""
    sockets = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]
    return {int(row[1].rpartition(":")[2], 16) for row in listening}


# S18, S38, S41


def test_s18_a_caller_over_the_limit_is_told_so_over_http(tmp_path: Path, environment: Environment) -> None:
    with serving(tmp_path, **environment, AUTHGRAPH_RATE_LIMIT="2") as server:
        headers = {"authorization": f"Bearer {ADMIN_KEY}"}
        answers = [fetch(f"{server.url}/graphql", "POST", json={"query": KIND}, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 60
        assert answers[2].json()["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_s38_s41_a_stranger_learns_no_schema_and_the_log_no_secrets(tmp_path: Path, environment: Environment) -> None:
    jwt = make_jwt("Auth.js 5", claims_of("ada"), cookie="__Host-app.session")
    apps = {"AUTHGRAPH_AUTH_SECRET": f"{AUTH_SECRET},{OLD_SECRET}", "AUTHGRAPH_SESSION_COOKIES": "__Host-app.session"}
    with serving(tmp_path, **environment, **apps) as server:
        for document in ("{ __schema { queryType { name } } }", "{ caller { knd } }"):
            answer = json.dumps(server.ask(document, None))
            assert '"data"' not in answer
            assert "Did you mean" not in answer
        assert fetch(f"{server.url}/schema.graphql").status_code == 401
        server.data(FIND, id="a-user-nobody-should-read-about")
        server.ask(FIND, "a-bearer-nobody-should-read-about", id="x")
        server.data(CREATE, id="ada")
        for cookie, kind in ((jwt, "PERSON"), (jwt[:-1], "ANONYMOUS")):
            headers = {"cookie": f"__Host-app.session={cookie}", "origin": server.url}
            answered = fetch(f"{server.url}/graphql", "POST", json={"query": KIND}, headers=headers).json()
            assert answered["data"] == {"caller": {"kind": kind}}
        assert server.stop() == 0
    lines = [json.loads(line) for line in server.errors]
    found = next(line for line in lines if line.get("operation") == "Find")
    assert (found["type"], found["code"], found["cost"], found["dynamodbRequests"]) == ("query", "OK", 1, 1)
    assert found["requestId"]
    text = "".join(server.errors)
    for private in (
        "nobody-should-read-about",
        ADMIN_KEY,
        SECRET_KEY,
        AUTH_SECRET,
        OLD_SECRET,
        jwt[:20],
        jwt[-20:],
        "userId",
    ):
        assert private not in text


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("AUTHGRAPH_ADMIN_KEY", "short", "AUTHGRAPH_ADMIN_KEY: it must be at least 32 visible ASCII characters"),
        ("AUTHGRAPH_SECRET_KEY", "short", "AUTHGRAPH_SECRET_KEY: each key must be at least 32 characters long"),
        ("AUTHGRAPH_MAX_DEPTH", "deep", "AUTHGRAPH_MAX_DEPTH"),
        ("AUTHGRAPH_RATE_LIMIT", "-1", "AUTHGRAPH_RATE_LIMIT"),
        ("AUTHGRAPH_DOCUMENTS", "nowhere.json", "The manifest nowhere.json cannot be read"),
        ("AUTHGRAPH_ALLOWED_ORIGINS", "app.example", "AUTHGRAPH_ALLOWED_ORIGINS: an entry is not an origin"),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start_in_one_sentence(
    tmp_path: Path, environment: Environment, variable: str, value: str, reason: str
) -> None:
    sentence = refusal(run(tmp_path, "serve", **environment | {variable: value}))
    assert reason in sentence
    assert "short" not in sentence


# S42


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM")
@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing: install Node.js 20 or newer")
@pytest.mark.skipif(not (WEB / "node_modules/playwright-core").is_dir(), reason="run npm ci in tests/web")
async def test_s42_graphiql_works_under_the_limits_of_production(tmp_path: Path, environment: Environment) -> None:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    with serving(tmp_path, **environment, AUTHGRAPH_GRAPHIQL="true") as server:
        script = str(WEB / "production_browser.mjs")
        code, output, errors = await run_node(script, str(CHROMIUM), f"{server.url}/graphql", str(folder), ADMIN_KEY)
    assert code == 0, errors
    seen = json.loads(output)
    assert seen["violations"] == []
    assert seen["landed"] == f"{server.url}/graphql"
    assert [tab.strip() for tab in seen["tabs"]] == ["Caller", "Users", "Lookup"]
    assert seen["first"].startswith("# Who am I to this server?")
    assert seen["openTool"] == "Headers"
    assert '{"Authorization": "Bearer ag_…"}' in seen["hint"]
    assert seen["documentation"] == ["viewer", "caller", "users"]
    assert seen["answer"]["data"] == {"caller": {"kind": "API_KEY"}}
    assert seen["refused"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (folder / "production.png").stat().st_size > 10_000


# S43


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    """An engine for this test only, to be killed."""
    with LocalEngine(tmp_path / "engine") as engine:
        yield engine


@pytest.fixture
def lonely(tmp_path: Path, engine: LocalEngine) -> Iterator[Served]:
    """A production server that depends on that engine."""
    settings = TableSettings(_env_file=None, table_name="lonely", dynamodb_endpoint_url=engine.endpoint_url)
    create_table(settings)
    local = {"AUTHGRAPH_TIMEOUT_SECONDS": "8", "AUTHGRAPH_DYNAMODB_SETTLE_TRANSACTIONS": "true"}
    with serving(tmp_path, **production(settings), **local) as server:
        yield server


def test_s43_without_its_engine_a_server_says_so_within_the_deadline_and_recovers_by_itself(
    lonely: Served, engine: LocalEngine
) -> None:
    lonely.data(CREATE, id="before")
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    for _ in range(2):
        answer = lonely.ask(FIND, id="before")
        assert answer["data"] == {"user": None}
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert fetch(f"{lonely.url}/readyz").status_code == 503
    assert fetch(f"{lonely.url}/healthz").status_code == 200
    engine.start()
    assert lonely.data(FIND, id="before") == {"user": {"userId": "before"}}, "an acknowledged write is there"
    lonely.data(CREATE, id="after")
    assert fetch(f"{lonely.url}/readyz").status_code == 200
