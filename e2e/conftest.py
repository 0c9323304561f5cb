"""One engine, one authgraph server, one mail server and one OpenID Connect provider for all apps."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import boto3
import pytest

from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables.layout import table_definition
from e2e.api import Api
from e2e.app import FOLDER, NAMES, App, build, pack, running
from e2e.mailbox import Mailbox

BUILDS_AT_ONCE: Final = 2

# The server that is tried has its own settings, not the developer's.
for _name in [name for name in os.environ if name.startswith(("AUTHGRAPH_", "AWS_"))]:
    del os.environ[_name]


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
def builds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[Path]]]:
    """The folders of the apps that tests were selected of. The next one is built while the tests of one run."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    names = dict.fromkeys(spec.params["built"] for spec in specs if "built" in spec.params)
    packed = pack(tmp_path_factory.mktemp("package"))
    with ThreadPoolExecutor(BUILDS_AT_ONCE) as pool:
        yield {name: pool.submit(build, name, packed) for name in names}
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="session", params=NAMES)
def built(builds: Mapping[str, Future[Path]], request: pytest.FixtureRequest) -> Path:
    """The folder of an app that is ready to start."""
    return builds[request.param].result()


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
