"""The GraphiQL page and its assets, without a browser."""

import json
import re
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app
from web.graphiql import Example

HTML = {"Accept": "text/html"}
HOSTILE = "</script><script>alert(1)</script><!-- <script> &amp; \u2028 \" ' \\"


def visit(npm: Path, base_url: str = "http://127.0.0.1:8000", peer: str = "127.0.0.1") -> httpx2.AsyncClient:
    """Request the page as a browser, with hostile texts in it."""
    example = Example(HOSTILE, f'{{ hello(name: "{HOSTILE}") }}', {"name": HOSTILE})
    app = create_app(
        Greetings(), settings_of(), ready=always_ready, examples=[example], authorization=HOSTILE, node_modules=npm
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(peer, 1)), base_url=base_url)


def settings_in(page: str) -> dict[str, object]:
    """What a browser reads in the data block: everything up to the first end of a script element."""
    match = re.search(r'<script type="application/json" id="settings">(.*?)</script', page, re.DOTALL)
    assert match is not None
    settings: dict[str, object] = json.loads(match[1])
    return settings


async def test_no_text_breaks_out_of_the_data_block(npm: Path) -> None:
    async with visit(npm) as client:
        page = (await client.get("/graphql", headers=HTML)).text
    settings = settings_in(page)
    assert json.loads(str(settings["headers"])) == {"Authorization": HOSTILE}
    assert settings["tabs"] == [
        {
            "query": f'# {HOSTILE}\n{{ hello(name: "{HOSTILE}") }}',
            "variables": json.dumps({"name": HOSTILE}, indent=2, ensure_ascii=False),
        }
    ]
    assert "<script>" not in page
    assert "<!--" not in page


async def test_without_the_npm_packages_the_page_says_what_to_do(tmp_path: Path) -> None:
    async with visit(tmp_path / "nothing") as client:
        response = await client.get("/graphql", headers=HTML)
        asset = await client.get("/graphiql/assets/graphiql.js")
    assert response.status_code == 503
    assert "make graphiql" in response.text
    assert asset.status_code == 404


async def test_every_asset_the_page_names_is_served_with_its_type(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/graphql", headers=HTML)).text
    names = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(names) == 9
    types = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
    for name in names:
        response = await client.get(name)
        assert response.status_code == 200, name
        assert response.headers["content-type"] == types[name.rpartition(".")[2]]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert len(response.content) > 0


async def test_a_browser_keeps_an_asset_until_it_changes(client: httpx2.AsyncClient) -> None:
    first = await client.get("/graphiql/assets/init.js")
    assert first.headers["cache-control"] == "no-cache"
    same = await client.get("/graphiql/assets/init.js", headers={"If-None-Match": f"W/{first.headers['etag']}"})
    assert (same.status_code, same.content) == (304, b"")
    other = await client.get("/graphiql/assets/init.js", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../page.html",
        "..%2F..%2Fsettings.py",
        "%2e%2e/%2e%2e/settings.py",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "page.html",
        "react/umd/react.production.min.js",
        "init.js%00",
        "init.js/",
        "",
    ],
)
async def test_no_other_name_is_a_file(client: httpx2.AsyncClient, name: str) -> None:
    response = await client.get(f"/graphiql/assets/{name}")
    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
