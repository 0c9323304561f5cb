"""GraphiQL in headless Chromium, offline, under its content security policy."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.web.conftest import Serve, run_node
from tests.web.greetings import Greetings
from web.graphiql import Example

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is missing: install Node.js 20 or newer"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM"),
    pytest.mark.skipif(
        not (HERE / "node_modules/playwright-core").is_dir(),
        reason="playwright-core is missing: run npm ci in tests/web",
    ),
    pytest.mark.skipif(
        not (HERE.parent.parent / "node_modules/graphiql").is_dir(), reason="GraphiQL is missing: run make setup"
    ),
]

KEY = "ag_key</script><!--&"


async def test_graphiql_shows_examples_and_runs_queries_without_a_complaint(
    serve: Serve, greetings: Greetings, tmp_path: Path
) -> None:
    address = serve(
        Example("Greet someone", "query Greet($name: String!) {\n  hello(name: $name)\n}", {"name": "Ada"}),
        Example("Who asks", "query WhoAsks {\n  credentials\n}"),
        authorization=f"Bearer {KEY}",
    )
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    code, output, errors = await run_node(str(HERE / "browser.mjs"), str(CHROMIUM), f"{address}/graphql", str(folder))
    assert code == 0, errors
    seen = json.loads(output)
    assert seen["complaints"] == []
    assert seen["violations"] == []
    assert seen["foreign"] == []
    assert seen["tabs"] == ["Greet", "WhoAsks"]
    assert seen["first"].startswith("# Greet someone\nquery Greet")
    assert json.loads(seen["headers"]) == {"Authorization": f"Bearer {KEY}"}
    assert seen["example"] == {"data": {"hello": "Hello, Ada!"}}
    assert seen["typed"] == {"data": {"double": 42}}
    assert "requestId" in seen["explored"]
    assert json.loads(seen["reloadedHeaders"]) == {"Authorization": f"Bearer {KEY}"}
    assert {credentials.bearer for _, credentials in greetings.calls} == {KEY}
    assert (folder / "documentation.png").stat().st_size > 10_000
