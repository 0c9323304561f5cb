"""What is served besides GraphQL, and how the application starts and stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dynamo.errors import Unavailable
from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import SDL, Greetings
from web import health
from web.app import create_app
from web.health import Ready


def reach(
    ready: Ready = always_ready,
    sdl: str | None = SDL,
    timeout_seconds: float = 1,
    execute: Greetings | None = None,
    **settings: object,
) -> httpx2.AsyncClient:
    """A client of an application with this readiness, SDL, executor and settings."""
    server = settings_of(timeout_seconds=timeout_seconds, **settings)
    app = create_app(execute or Greetings(), server, ready=ready, sdl=sdl)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://auth.example")


async def test_the_schema_is_served_as_text() -> None:
    async with reach() as client:
        response = await client.get("/schema.graphql")
    assert response.text == SDL
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


async def test_without_an_sdl_there_is_no_schema() -> None:
    async with reach(sdl=None) as client:
        assert (await client.get("/schema.graphql")).status_code == 404


async def test_healthz_needs_nothing_but_the_process() -> None:
    async def never() -> None:
        raise AssertionError("healthz asked for readiness")

    async with reach(never) as client:
        response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_readyz_is_200_when_ready() -> None:
    async with reach() as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_readyz_is_503_without_a_reason_when_not_ready() -> None:
    async def not_ready() -> None:
        raise ConnectionError("https://dynamodb.internal:8001 table next-auth")

    async with reach(not_ready) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    assert "dynamodb" not in response.text


@pytest.mark.parametrize(
    ("error", "line", "has_trace"),
    [
        (Unavailable("DynamoDB cannot be reached."), "The server is not ready: DynamoDB cannot be reached.", False),
        (TimeoutError(), "The server is not ready: no response in time.", False),
        (KeyError("pk"), "The server is not ready: 'pk'", True),
    ],
)
async def test_an_outage_is_one_line_a_probe_and_only_what_nobody_expects_has_a_stack_trace(
    error: Exception, line: str, has_trace: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def not_ready() -> None:
        raise error

    async with reach(not_ready) as client:
        assert (await client.get("/readyz")).status_code == 503
    (record,) = [record for record in caplog.records if record.name == "web.health"]
    assert record.getMessage() == line
    assert bool(record.exc_info) == has_trace


async def test_many_probes_are_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one after another, as long as a result is kept."""
    monkeypatch.setattr(health, "KEPT_SECONDS", 3600)
    asked = 0

    async def count() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)

    async with reach(count) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
        answers += [await client.get("/readyz") for _ in range(50)]
        assert asked == 1
        monkeypatch.setattr(health, "KEPT_SECONDS", 0)
        answers.append(await client.get("/readyz"))
    assert {answer.status_code for answer in answers} == {200}
    assert asked == 2


async def test_readyz_takes_silence_for_a_no() -> None:
    async def silent() -> None:
        await asyncio.sleep(60)

    async with reach(silent, timeout_seconds=0.01) as client:
        assert (await client.get("/readyz")).status_code == 503


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("env", ["development", "production"])
async def test_a_browser_at_the_root_is_led_to_graphiql(method: str, env: str) -> None:
    """Wherever the page is served."""
    async with reach(env=env, graphiql=True) as client:
        response = await client.request(method, "/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["location"], response.content) == (307, "/graphql", b"")
    assert response.headers["vary"] == "Accept"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "accept", "graphiql"),
    [
        ("GET", "text/html", False),
        ("GET", "*/*", True),
        ("GET", "application/json", True),
        ("POST", "text/html", True),
        ("POST", "application/json", True),
        ("DELETE", "*/*", True),
        ("OPTIONS", "*/*", True),
    ],
)
async def test_the_root_is_nothing_for_everybody_else(method: str, accept: str, graphiql: bool) -> None:
    """A client that is set to the wrong address is told the right one."""
    async with reach(graphiql=graphiql) as client:
        response = await client.request(method, "/", headers={"Accept": accept})
    assert response.status_code == 404
    assert "The GraphQL endpoint is /graphql." in response.text


@pytest.mark.parametrize("path", ["/", "/graphql/", "/graphql/x", "/GRAPHQL", "/docs", "/metrics"])
async def test_an_unknown_path_is_a_graphql_error(path: str) -> None:
    async with reach() as client:
        response = await client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    message = "There is no resource at this path. The GraphQL endpoint is /graphql."
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "NOT_FOUND"}}]}


async def test_a_wrong_method_is_a_graphql_error_with_the_methods_that_work() -> None:
    async with reach() as client:
        response = await client.post("/healthz")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_an_unexpected_error_shows_its_request_id_and_nothing_else(greetings: Greetings) -> None:
    greetings.failure = ValueError("cannot be encoded")
    async with reach(sdl=SDL, execute=greetings) as client:
        response = await client.get("/schema.graphql")
    assert response.status_code == 500
    (error,) = response.json()["errors"]
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "requestId": response.headers["x-request-id"],
    }
    assert "encode" not in response.text
    assert response.headers["cache-control"] == "no-store"


async def test_other_addresses_have_request_ids_too() -> None:
    async with reach() as client:
        response = await client.get("/healthz", headers={"X-Request-Id": "edge-1"})
        other = await client.get("/nowhere")
    assert response.headers["x-request-id"] == "edge-1"
    assert len(other.headers["x-request-id"]) == 32


def test_the_lifespan_surrounds_the_requests() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        events.append("start")
        yield
        events.append("stop")

    app = create_app(Greetings(), settings_of(), ready=always_ready, lifespan=lifespan)
    with TestClient(app) as client:
        events.append(str(client.get("/healthz").status_code))
    assert events == ["start", "200", "stop"]
