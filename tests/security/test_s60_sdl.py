"""S60: the schema file is served to exactly those callers who may use introspection."""

from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, make_policy
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA, sdl
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, key_with
from tests.web.conftest import always_ready, settings_of
from web.app import create_app
from web.sdl import INTROSPECTION

OURS = {"Origin": "http://auth.example"}
PREFLIGHTED = {"GraphQL-Require-Preflight": "1"}


def server(settings: TableSettings, *, production: bool, graphiql: bool = False, **limits: Any) -> httpx2.AsyncClient:
    """A client of the whole server in process."""
    table = Table.connect(settings)
    policy = make_policy(Limits(_env_file=None, **limits), table, anonymous_introspection=not production)
    executor = Executor(GRAPHQL_SCHEMA, Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,)), policy)
    env = "production" if production else "development"
    app = create_app(executor, settings_of(env=env, graphiql=graphiql), ready=always_ready, sdl=sdl())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example")


async def callers(api: Api, ada: Person) -> dict[str, dict[str, str]]:
    """The headers of every kind of caller, including anonymous ones."""
    cookie = {"Cookie": f"authjs.session-token={ada.token}"}
    return {
        "nobody": {},
        "administrator": {"Authorization": f"Bearer {ADMIN_KEY}"},
        "program": {"Authorization": f"Bearer {await key_with(api, 'USERS_READ')}"},
        "person": {"Authorization": f"Bearer {ada.token}"},
        "page": cookie | PREFLIGHTED,
        "our page": cookie | PREFLIGHTED | OURS,
        "link": cookie,
        "foreign page": cookie | PREFLIGHTED | {"Origin": "https://evil.example"},
        "stale cookie": {"Cookie": "authjs.session-token=ended"} | PREFLIGHTED,
        "unknown key": {"Authorization": "Bearer ag_0_x"},
        "unknown token": {"Authorization": "Bearer x"},
        "malformed": {"Authorization": "Basic x"},
    }


@pytest.mark.parametrize("manifest", [None, "without", "with"])
@pytest.mark.parametrize("graphiql", [True, False])
@pytest.mark.parametrize("production", [True, False])
async def test_s60_introspection_and_the_file_answer_the_same_callers(
    table_settings: TableSettings,
    api: Api,
    ada: Person,
    tmp_path: Path,
    production: bool,
    graphiql: bool,
    manifest: str | None,
) -> None:
    limits: dict[str, Any] = {}
    if manifest is not None:
        listed = INTROSPECTION.query if manifest == "with" else "{ caller { kind } }"
        file = tmp_path / "manifest.json"
        file.write_bytes(orjson.dumps({"document": listed}))
        limits["documents"] = (file,)
    opened = set()
    async with server(table_settings, production=production, graphiql=graphiql, **limits) as client:
        for name, headers in (await callers(api, ada)).items():
            asked = await client.get("/graphql", params={"query": INTROSPECTION.query}, headers=headers)
            sdl_file = await client.get("/schema.graphql", headers=headers)
            answers = asked.status_code == 200 and "errors" not in asked.json()
            assert (sdl_file.status_code == 200) is answers, name
            assert (sdl_file.text == sdl()) is answers, name
            if answers:
                opened.add(name)
                continue
            assert sdl_file.status_code in (400, 401, 403), name
            assert sdl_file.json()["errors"][0]["extensions"]["code"] == asked.json()["errors"][0]["extensions"]["code"]
            assert "type Query" not in sdl_file.text
    known = {"administrator", "program", "person", "page", "our page"}
    if manifest == "without":
        assert opened == set()
    else:
        assert opened == (known if production else known | {"nobody", "link", "stale cookie"})


async def test_s60_a_stranger_is_told_to_bring_a_credential(table_settings: TableSettings) -> None:
    async with server(table_settings, production=True) as client:
        response = await client.get("/schema.graphql")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.headers["content-type"].startswith("application/json")
    assert response.headers["cache-control"] == "no-store"


async def test_s60_credentials_that_fail_there_count_as_everywhere(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    async with server(proxied_settings, production=True, failed_credentials=3) as client:
        asked = [
            (await client.get("/schema.graphql", headers={"Authorization": f"Bearer guess-{number}"})).status_code
            for number in range(5)
        ]
        assert asked == [401, 401, 401, 429, 429]
        assert proxy.total == 3
        body = {"query": INTROSPECTION.query}
        elsewhere = await client.post("/graphql", json=body, headers={"Authorization": "Bearer guess"})
        assert elsewhere.status_code == 429
        assert proxy.total == 3


async def test_s60_the_file_is_paid_for(table_settings: TableSettings) -> None:
    async with server(table_settings, production=False, rate_limit=20) as client:
        asked = [(await client.get("/schema.graphql")).status_code for _ in range(6)]
    assert asked[0] == 200
    assert asked[-1] == 429


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_s60_the_file_is_read_and_nothing_else(table_settings: TableSettings, method: str) -> None:
    async with server(table_settings, production=False) as client:
        response = await client.request(method, "/schema.graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
