"""The audits of the npm package graphql-http against a real server, and error cases that they leave out."""

import json
import shutil
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import Serve, run_node

HERE = Path(__file__).parent

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing: install Node.js 20 or newer")
@pytest.mark.skipif(
    not (HERE.parent / "interop/node_modules/graphql-http").is_dir(),
    reason="graphql-http is missing: run npm ci in tests/interop",
)
async def test_s8_every_audit_passes(serve: Serve) -> None:
    code, output, errors = await run_node(str(HERE / "audit.mjs"), f"{serve()}/graphql")
    assert code == 0, errors
    results = json.loads(output)
    assert len(results) >= 61
    assert [result for result in results if result["status"] != "ok"] == []


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_RESPONSE, 400)])
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        pytest.param("{", None, id="syntax"),
        pytest.param("{ unknownField }", None, id="unknown field"),
        pytest.param("{ hello(name: 1) }", None, id="wrong literal"),
        pytest.param("query ($n: Int!) { double(number: $n) }", {"n": "one"}, id="wrong variable"),
        pytest.param("query ($n: Int!) { double(number: $n) }", {}, id="missing variable"),
        pytest.param("query A { hello } query B { hello }", None, id="no operation named"),
    ],
)
async def test_a_request_error_has_no_data_and_the_status_of_its_media_type(
    client: httpx2.AsyncClient, accept: str, status: int, query: str, variables: dict[str, object] | None
) -> None:
    response = await client.post("/graphql", json={"query": query, "variables": variables}, headers={"Accept": accept})
    assert response.status_code == status
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json().keys() == {"errors"}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_an_error_in_a_field_leaves_the_status_at_200(client: httpx2.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello broken }"}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "Hello, world!", "broken": None}
    assert response.json()["errors"][0]["path"] == ["broken"]
