"""The peers, as far as they can be checked without running them."""

from pathlib import Path

import pytest

from benchmarks import peers
from benchmarks.client import requests_of
from benchmarks.operations import OPERATIONS, UNIQUE, Operation
from benchmarks.peers import GO_LIBRARIES, NotInstalled
from benchmarks.population import person
from benchmarks.servers import Server


def test_a_peer_that_cannot_be_built_says_which_packages_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The other servers are measured without it."""
    monkeypatch.setattr(peers, "GO_SOURCES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="golang-go"):
        peers.build_go()
    assert peers.missing_for_go() == ["golang-go", *GO_LIBRARIES.values()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operations_that_add_items_differ_in_every_request(operation: Operation) -> None:
    """A session token or an e-mail address can be taken once only. Other operations have nothing to replace."""
    bodies = [body for _, body in requests_of(operation, Server(peers.GO_NAME, 0, ""), [person(n) for n in range(300)])]
    assert all((UNIQUE.encode() in body) == operation.adds for body in bodies)


def test_the_load_script_replaces_the_same_placeholder() -> None:
    """The load script is no Python, so that it repeats it."""
    assert f'PLACEHOLDER = "{UNIQUE}"' in (Path(peers.__file__).parent / "load.lua").read_text()
