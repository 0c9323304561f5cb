"""A server on which the pages' examples run, and what happened when they did."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commands.engine import run
from dynamo import building
from dynamo.settings import TableSettings
from dynamo.tables.layout import table_definition
from tests.documentation import typescript
from tests.documentation.blocks import Block, blocks_of, written_in
from tests.processes import Served, serving

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADDRESS = "http://127.0.0.1:8000"
"""Where the pages say that the server is."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a reader starts the server: empty."""
    return tmp_path_factory.mktemp("checkout")


@pytest.fixture(scope="session")
def server(control: "DynamoDBClient", endpoint_url: str, folder: Path) -> Iterator[Served]:
    """The server that `make run` starts, on a free port, a table without users and the engine of the tests."""
    table = TableSettings(table_name=f"documentation-{os.getpid()}", dynamodb_endpoint_url=endpoint_url)
    control.create_table(**table_definition(table))
    # Some pages ask how many users a build has counted.
    run(table, building.build)
    settings = {"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": endpoint_url, "AUTHGRAPH_TABLE_NAME": table.table_name}
    with serving(folder, **settings) as served:
        yield served
    control.delete_table(TableName=table.table_name)


@pytest.fixture(scope="session")
def conversation(server: Served, folder: Path) -> Mapping[Block, str]:
    """What every `curl` of README.md prints. They are sent in the order of the page: each builds on the one before."""
    return {
        block: subprocess.run(
            ["bash", "-c", block.text.replace(ADDRESS, server.url)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for block in blocks_of("README.md")
        if block.text.startswith("curl")
    }


@pytest.fixture(scope="session")
def admin_key(server: Served, folder: Path) -> str:
    """The key that the server has made."""
    assert server.url
    return (folder / ".data" / "admin-key").read_text().strip()


@pytest.fixture(scope="session")
def type_faults(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Block, list[str]]:
    """What tsc says of the TypeScript blocks of all pages."""
    if not typescript.NODE_MODULES.is_dir():
        pytest.skip("the npm packages of tests/tools are not installed: run `make setup`")
    return typescript.faults(written_in(*typescript.EXTENSIONS), tmp_path_factory.mktemp("blocks"))
