"""S58: using GraphiQL with a key leaves no key in the browser."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import Serve, run_node
from web.graphiql import Example

WEB = Path(__file__).parents[1] / "web"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
KEY = "Zm9vIHJhbmRvbSBieXRlcyB0aGF0IGFyZSBub3Q="
PAGE_KEY = "b2YgdGhlIHBhZ2UgaXRzZWxmLCBhbmQgbm90IGE="
API_KEY = f"ag_{'0123456789abcdef'}_{'0123456789abcdef' * 4}"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is missing: install Node.js 20 or newer"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM"),
    pytest.mark.skipif(not (WEB / "node_modules/playwright-core").is_dir(), reason="run npm ci in tests/web"),
    pytest.mark.skipif(not (WEB.parents[1] / "node_modules/graphiql").is_dir(), reason="run make setup"),
]


async def seen(serve: Serve, folder: Path, authorization: str | None) -> dict[str, Any]:
    """What the browser has stored and shown after the page was used with keys."""
    address = f"{serve(Example('Greet', 'query Greet { hello }'), authorization=authorization)}/graphql"
    profile = folder / "profile"
    code, output, errors = await run_node(
        str(WEB / "storage_browser.mjs"), str(CHROMIUM), address, str(profile), KEY, API_KEY
    )
    assert code == 0, errors
    found: dict[str, Any] = json.loads(output)
    return found


async def test_s58_no_storage_of_the_browser_holds_a_key(serve: Serve, tmp_path: Path) -> None:
    found = await seen(serve, tmp_path, None)
    for moment in ("before", "after"):
        kept = found[moment]
        assert "query First" in kept["localStorage"]["graphiql:queries"], "there is something to look through"
        assert "query Second" in kept["localStorage"]["graphiql:favorites"]
        assert "query Second" in kept["localStorage"]["graphiql:tabState"]
        text = json.dumps(kept, ensure_ascii=False)
        for secret in (KEY, API_KEY):
            assert secret not in text
        assert (kept["sessionStorage"], kept["databases"], kept["caches"], kept["workers"]) == ({}, {}, {}, 0)
    assert found["cookies"] == []
    assert found["headersAfterReload"] == found["headersFromHistory"] == ""
    assert found["offersToPersist"] == 0, "the switch would keep headers for good"


async def test_s58_no_file_of_the_browsers_profile_holds_a_key(serve: Serve, tmp_path: Path) -> None:
    await seen(serve, tmp_path, None)
    files = [path for path in (tmp_path / "profile").rglob("*") if path.is_file()]
    assert any(b"graphiql:queries" in path.read_bytes() for path in files), "storage is where it is looked for"
    for path in files:
        content = path.read_bytes()
        for secret in (KEY, API_KEY):
            for written in (secret.encode(), secret.encode("utf-16-le")):
                assert written not in content, path


async def test_s58_the_key_that_the_page_brings_is_there_again_and_kept_nowhere(serve: Serve, tmp_path: Path) -> None:
    found = await seen(serve, tmp_path, f"Bearer {PAGE_KEY}")
    assert PAGE_KEY not in json.dumps([found["before"], found["after"]])
    assert KEY not in json.dumps([found["before"], found["after"]])
    for shown in (found["headersAfterReload"], found["headersFromHistory"]):
        assert json.loads(shown) == {"Authorization": f"Bearer {PAGE_KEY}"}
