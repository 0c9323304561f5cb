"""A running server for the test suites in TypeScript, and npm to run them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from dynamo.settings import TableSettings
from dynamo.tables.layout import table_definition
from tests.api import ADMIN_KEY, SECRET

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/graphql")
START_TIMEOUT_SECONDS = 30

Npm = Callable[..., str]
"""`npm(package, *arguments, **environment)`: the output of npm in a folder of the project. The test fails if npm
does."""


@pytest.fixture(scope="session")
def npm() -> Npm:
    """Runs npm in a package's folder, and skips the test if npm is not installed."""

    def run(package: str, *arguments: str, **environment: str) -> str:
        program = shutil.which("npm")
        if program is None:
            pytest.skip("npm is missing: `make setup` brings one")
        folder = ROOT / package
        if not (folder / "node_modules").is_dir():
            pytest.skip(f"the npm packages of {package} are not installed: run `make setup`")
        finished = subprocess.run(
            [program, *arguments],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout
        return finished.stdout

    return run


@pytest.fixture(scope="session")
def server(
    control: "DynamoDBClient", endpoint_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """One server for all suites, on a table of its own. The value is the environment variables that they need."""
    table = TableSettings(table_name=f"clients-{os.getpid()}", dynamodb_endpoint_url=endpoint_url)
    control.create_table(**table_definition(table))
    shared = {
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": endpoint_url,
        "AUTHGRAPH_TABLE_NAME": table.table_name,
    }
    settings = {
        "AUTHGRAPH_SECRET_KEY": SECRET,
        "AUTHGRAPH_PORT": "0",
        "AUTHGRAPH_VIEWER_SESSION_ATTRIBUTES": "device",
        "AUTHGRAPH_DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    command = [sys.executable, "server.py", "serve"]
    environment = {**os.environ, **shared, **settings}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        output = Output(process)
        try:
            yield {**shared, "AUTHGRAPH_URL": f"{output.address}/graphql"}
        finally:
            process.terminate()
            output.join()
    control.delete_table(TableName=table.table_name)


class Output(Thread):
    """Reads all of the server's output, because a full pipe would block it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(name="server-output", daemon=True)
        assert process.stdout is not None
        self._stream = process.stdout
        self._address: Future[str] = Future()
        self.start()

    @property
    def address(self) -> str:
        """The URL that the server prints. Raises an error with its output if it prints none."""
        return self._address.result(START_TIMEOUT_SECONDS)

    def run(self) -> None:
        """Read the output line by line, until the server prints its URL."""
        said = ""
        for line in self._stream:
            said += line
            found = ADDRESS.search(line)
            if found and not self._address.done():
                self._address.set_result(found[1])
        if not self._address.done():
            self._address.set_exception(RuntimeError(f"The server did not start:\n{said}"))
