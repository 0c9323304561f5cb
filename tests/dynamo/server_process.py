"""An engine in a process of its own, and the items in it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dynamo.aws import connect
from dynamo.local.data_folder import command_line
from dynamo.settings import TableSettings
from dynamo.tables.lifecycle import create_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[2]

SERVER = """
import sys
from pathlib import Path
from dynamo.local.engine import LocalEngine
engine = LocalEngine(Path(sys.argv[1]))
engine.start()
print(engine.endpoint_url, engine.pid, flush=True)
sys.stdin.read()
"""


def client_of(endpoint_url: str) -> "DynamoDBClient":
    return connect(TableSettings(dynamodb_endpoint_url=endpoint_url))


def make_table(endpoint_url: str) -> None:
    create_table(TableSettings(dynamodb_endpoint_url=endpoint_url))


def write(client: "DynamoDBClient", key: str) -> None:
    client.put_item(TableName="next-auth", Item={"pk": {"S": key}, "sk": {"S": key}})


def keys(endpoint_url: str) -> set[str]:
    items = client_of(endpoint_url).scan(TableName="next-auth")["Items"]
    return {item["pk"]["S"] for item in items}


def ends(pid: int, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not command_line(pid)


@contextmanager
def server_process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """A process with an engine of its own: the process, the engine's URL, and the engine's process id."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        endpoint_url, engine_pid = process.stdout.readline().split()
        yield process, endpoint_url, int(engine_pid)
        process.kill()
