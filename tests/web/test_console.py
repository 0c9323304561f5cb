"""The console's page and assets, without a browser."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app

Visit = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]

PAGE = b"<!doctype html><title>authgraph</title>"
FILES = {
    "index.html": PAGE,
    "icon.svg": b"<svg/>",
    "assets/index-a1b2c3d4.js": b"console.log('ready')",
    "assets/index-e5f6a7b8.css": b"body { color: black }",
    "assets/index-a1b2c3d4.js.map": b"{}",
    "documents.json": b"{}",
}
KEY = "Bearer the-key-of-development"
DIRECT = {"Sec-Fetch-Site": "same-origin"}
DEEP_LINKS = ["", "/", "/users", "/users/a%2Fb", "/keys", "/audit?action=updateUser", "/health", "/no/such/view"]
NO_FILES = [
    "assets/",
    "assets/nothing.js",
    "assets/index-a1b2c3d4.js.map",
    "assets/index-a1b2c3d4.js/",
    "assets/index-a1b2c3d4.js%00",
    "assets//index-a1b2c3d4.js",
    "assets/../index.html",
    "assets/%2e%2e/%2e%2e/settings.py",
    "assets/..%2F..%2Fsettings.py",
    "assets/..%5C..%5Csettings.py",
    "assets/%2Fetc%2Fpasswd",
    "assets/INDEX-A1B2C3D4.JS",
    "assets/\u0130.js",
]
NEVER_FILES = [
    "../web/settings.py",
    "%2e%2e/web/settings.py",
    "..%2fsettings.py",
    "documents.json",
    "index.html",
    "%00",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a build. Only a browser needs the real one."""
    for name, content in FILES.items():
        file = tmp_path / "dist" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "dist"


@pytest.fixture
def visit(folder: Path) -> Visit:
    """Makes clients of applications that serve the console."""

    @asynccontextmanager
    async def visiting(
        *, build: Path = folder, authorization: str | None = KEY, url: str = "http://127.0.0.1:8000", **values: object
    ) -> AsyncIterator[httpx2.AsyncClient]:
        app = create_app(
            Greetings(), settings_of(**values), ready=always_ready, authorization=authorization, console_folder=build
        )
        transport = httpx2.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
            yield client

    return visiting


@pytest.mark.parametrize("path", DEEP_LINKS)
async def test_every_deep_link_is_the_page(visit: Visit, path: str) -> None:
    async with visit() as client:
        response = await client.get(f"/console{path}")
        head = await client.head(f"/console{path}")
    assert (response.status_code, response.content) == (200, PAGE)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(PAGE))


async def test_s69_the_page_runs_nothing_but_our_scripts_and_keeps_nothing(visit: Visit) -> None:
    async with visit() as client:
        headers = (await client.get("/console/users")).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in headers


async def test_pictures_of_other_servers_are_for_whoever_allows_them(visit: Visit) -> None:
    for allowed in (False, True):
        async with visit(console_pictures=allowed) as client:
            policy = (await client.get("/console")).headers["content-security-policy"]
            config = (await client.get("/console/config.json")).json()
        assert ("img-src 'self' data: https:;" in policy) is allowed
        assert config["pictures"] is allowed


@pytest.mark.parametrize(
    ("name", "kind", "cached"),
    [
        ("assets/index-a1b2c3d4.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("assets/index-e5f6a7b8.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("icon.svg", "image/svg+xml", "no-cache"),
    ],
)
async def test_a_file_is_served_with_its_type(visit: Visit, name: str, kind: str, cached: str) -> None:
    """One with a hash in its name is cached forever."""
    async with visit() as client:
        response = await client.get(f"/console/{name}", headers={"Accept-Encoding": "identity"})
        plain = await client.get(f"/console/{name}", headers={"Accept-Encoding": "gzip;q=0, br"})
        packed = await client.get(f"/console/{name}", headers={"Accept-Encoding": "br, gzip"})
    assert (response.status_code, response.content) == (200, FILES[name])
    assert response.headers["content-type"] == kind
    assert response.headers["cache-control"] == cached
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-length"] == str(len(gzip.compress(FILES[name], mtime=0)))
    assert packed.content == FILES[name]


@pytest.mark.parametrize("name", NO_FILES)
async def test_no_other_name_is_an_asset(visit: Visit, name: str) -> None:
    async with visit() as client:
        response = await client.get(f"/console/{name}")
    if response.status_code == 200:
        # The client has removed the dots itself.
        assert response.content == PAGE
    else:
        assert response.status_code == 404
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", NEVER_FILES)
async def test_s69_no_path_reaches_a_file_that_is_no_asset(visit: Visit, name: str) -> None:
    async with visit() as client:
        response = await client.get(f"/console/{name}")
    assert response.status_code in (200, 404)
    assert response.content == PAGE or "errors" in response.json()


async def test_files_that_change_while_the_server_runs_are_not_read(visit: Visit, folder: Path) -> None:
    async with visit() as client:
        (folder / "index.html").write_text("changed")
        (folder / "assets/new.js").write_text("new")
        assert (await client.get("/console")).content == PAGE
        assert (await client.get("/console/assets/new.js")).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_it_is_only_read(visit: Visit, method: str) -> None:
    async with visit() as client:
        for path in ("/console", "/console/users", "/console/config.json", "/console/assets/index-a1b2c3d4.js"):
            response = await client.request(method, path)
            assert response.status_code == 405, path
            assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_without_a_build_it_says_what_to_do(visit: Visit, tmp_path: Path) -> None:
    async with visit(build=tmp_path / "nothing") as client:
        for path in ("/console", "/console/users", "/console/assets/index-a1b2c3d4.js"):
            response = await client.get(path)
            assert response.status_code == 503
            assert response.text == "The console is not built: run `make console`, then start the server again.\n"
            assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("env", "console", "status"),
    [
        ("development", None, 200),
        ("development", False, 404),
        ("production", None, 404),
        ("production", False, 404),
        ("production", True, 200),
    ],
)
async def test_s69_it_is_off_in_production_unless_asked_for(
    visit: Visit, env: str, console: bool | None, status: int
) -> None:
    async with visit(env=env, console=console) as client:
        for path in ("/console", "/console/users", "/console/config.json", "/console/assets/index-a1b2c3d4.js"):
            assert (await client.get(path)).status_code == status, path
        assert (await client.get("/consoles")).status_code == 404


async def test_the_page_itself_gets_the_key_of_development(visit: Visit) -> None:
    """A link, a person and another site do not; test_s58 tries the addresses."""
    for url, site, authorization, is_given in (
        ("http://127.0.0.1:8000", "same-origin", KEY, True),
        ("http://127.0.0.1:8000", "none", KEY, False),
        ("http://127.0.0.1:8000", "cross-site", KEY, False),
        ("http://rebound.example:8000", "same-origin", KEY, False),
        ("http://127.0.0.1:8000", "same-origin", None, False),
    ):
        async with visit(url=url, authorization=authorization) as client:
            response = await client.get("/console/config.json", headers={"Sec-Fetch-Site": site})
        assert response.json() == {
            "developmentKey": "the-key-of-development" if is_given else None,
            "graphql": "/graphql",
            "pictures": False,
        }
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in response.headers
