"""The console in headless Chromium, over 3,000 users: each walk of the folder `console`.

SCREENSHOTS names a folder for pictures of every view, in light and dark, on a desktop, narrow and on a phone.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from dynamo.local.engine import LocalEngine
from e2e.api import Api
from e2e.app import FOLDER, ROOT
from execution.request import GraphQLRequest
from execution.trusted import load
from tests.processes import ADMIN_KEY, SERVER
from web.console import FOLDER as BUILD

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
WALKS: Final = sorted(file.name for file in (FOLDER / "console").glob("*.test.mjs"))
USERS: Final = 3_000
COMMAND_SECONDS: Final = 300
ATTEMPTS: Final = 5
WALK_SECONDS: Final = 600

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM"),
    pytest.mark.skipif(not BUILD.is_dir(), reason="The console is not built: run `make console`"),
]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server in development with many users, every list of the directory, and a run of the doctor."""
    folder = tmp_path_factory.mktemp("console")
    with LocalEngine() as engine:
        settings = {
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": engine.endpoint_url,
            "AUTHGRAPH_DIRECTORY_INDEX_NAME": "directory",
            "AUTHGRAPH_DIRECTORY_LISTS": "email,created,signed_in,name",
        }
        for command in (
            ("table", "create", "--directory-index"),
            ("seed", str(USERS), "--sessions", "1"),
            ("directory", "build"),
            ("doctor",),
        ):
            _run(folder, command, settings)
        api = Api(folder, **settings)
        api.start()
        try:
            yield api
        finally:
            api.stop()


def _run(folder: Path, command: Sequence[str], settings: Mapping[str, str]) -> None:
    """Run a command of the server. If the engine of a busy machine does not answer in time, a repetition goes on."""
    for _ in range(ATTEMPTS):
        done = subprocess.run(
            (sys.executable, SERVER, *command),
            cwd=folder,
            env=os.environ | settings,
            timeout=COMMAND_SECONDS,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode == 0:
            return
    raise AssertionError(done.stderr)


@pytest.mark.parametrize("walk", WALKS)
def test_people_get_their_work_done_in_the_console(seeded: Api, walk: str) -> None:
    """Each step of the walk; the browser complains about nothing, and axe finds nothing in any view."""
    environment = os.environ | {
        "AUTHGRAPH_URL": seeded.url,
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "CHROMIUM": str(CHROMIUM),
    }
    walked = subprocess.run(
        ("node", "--test", walk),
        cwd=FOLDER / "console",
        env=environment,
        timeout=WALK_SECONDS,
        check=False,
        capture_output=True,
        text=True,
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr


def test_what_it_sends_is_a_manifest_of_trusted_documents() -> None:
    """AUTHGRAPH_DOCUMENTS accepts documents.json of the build. The walks complain about what is not in it."""
    manifest = BUILD / "documents.json"
    trusted = load(manifest)
    for text in json.loads(manifest.read_text()).values():
        assert trusted.find(GraphQLRequest(query=text)) == text


@pytest.mark.parametrize("check", ["codegen:check", "typecheck"])
def test_its_types_and_documents_fit_the_schema(check: str) -> None:
    """What the build for `make run` leaves out, because its packages are for development."""
    command = ("npm", "run", "--silent", check)
    checked = subprocess.run(
        command, cwd=ROOT / "console", timeout=COMMAND_SECONDS, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
