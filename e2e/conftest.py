"""One engine, one authgraph server, one mail server and one OpenID Connect provider for all apps of a process."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables.layout import table_definition
from e2e.api import Api
from e2e.app import FOLDER, NAMES, App, build, pack, running
from e2e.mailbox import Mailbox

LONGEST: Final = ("test_console.py", "test_image.py")
"""The files that take longest. They are begun first, so that no process waits for the other at the end."""

# The server that is tried has its own settings, not the developer's.
for _name in [name for name in os.environ if name.startswith(("AUTHGRAPH_", "AWS_"))]:
    del os.environ[_name]


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Runs the tests of a file in one process, because they share what takes long to make, and those of each app."""

    def _split_scope(self, nodeid: str) -> str:
        names = (name for name in NAMES if nodeid.endswith((f"[{name}]", f"-{name}]")))
        return next(names, nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread the tests over the processes of a run that has several."""
    return _Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The server, on a table of an engine that outlives it."""
    with LocalEngine() as engine:
        table = TableSettings(dynamodb_endpoint_url=engine.endpoint_url, _env_file=None)
        control = boto3.client(
            "dynamodb",
            endpoint_url=engine.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        control.create_table(**table_definition(table))
        api = Api(tmp_path_factory.mktemp("api"), AUTHGRAPH_DYNAMODB_ENDPOINT_URL=engine.endpoint_url)
        api.start()
        try:
            yield api
        finally:
            api.stop()


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """The mail server, with what nobody has opened yet."""
    with Mailbox() as mailbox:
        yield mailbox
        mailbox.shutdown()


@pytest.fixture(scope="session")
def directory() -> Iterator[str]:
    """The URL of the OpenID Connect provider."""
    command = [str(shutil.which("node")), "server.js"]
    with subprocess.Popen(
        command, cwd=FOLDER / "directory", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


@pytest.fixture(scope="session")
def packed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter as it would be published. The first process of a run packs it, and the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "package"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not any(folder.glob("*.tgz")):
            pack(folder)
    (found,) = folder.glob("*.tgz")
    return found


@pytest.fixture(scope="session", params=NAMES)
def built(packed: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of an app that is ready to start."""
    return build(request.param, packed)


@pytest.fixture(scope="session", params=["database", "jwt"])
def app(
    built: Path,
    api: Api,
    mailbox: Mailbox,
    directory: str,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[App]:
    """Each app, with each kind of session. Whatever happens, no app may log its API key."""
    key = api.create_key(built.name)
    secret = "a secret that signs the cookies of the app"
    settings = {
        "AUTHGRAPH_URL": api.url,
        "AUTHGRAPH_API_KEY": key,
        "AUTH_SECRET": secret,
        "NEXTAUTH_SECRET": secret,
        "AUTH_TRUST_HOST": "true",
        "EMAIL_SERVER": mailbox.url,
        "EMAIL_FROM": "app@example.com",
        "OIDC_ISSUER": directory,
        "OIDC_CLIENT_ID": "app",
        "OIDC_CLIENT_SECRET": "a secret of the app at the directory",
        "SESSION_STRATEGY": request.param,
    }
    with running(built, tmp_path_factory.mktemp("log") / "app.log", settings) as app:
        yield app
        assert key not in app.logged()
