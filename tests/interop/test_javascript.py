"""The connection to the adapter itself: errors if it cannot run, and values that arrive as they were sent."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.interop import javascript
from tests.interop.javascript import UNDEFINED, FarDate, JavaScriptError, Node


def test_a_machine_without_node_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert javascript.missing() == "node is not installed: `make setup` brings one"


def test_a_checkout_without_the_packages_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(javascript, "HERE", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert javascript.missing() == "the npm packages of tests/interop are not installed: run `make setup`"


@pytest.mark.parametrize(
    "value",
    [
        {"nested": [datetime(2020, 1, 1, 0, 0, 0, 5000, tzinfo=UTC), UNDEFINED, None, b"\x00\xff", {"a", "b"}]},
        [FarDate(8_640_000_000_000_000), FarDate(None), 2**60, -(2**60), 0.1, True, "\ud800", "\u2028é", {"": 1}],
    ],
)
def test_a_value_comes_back_as_it_went(node: Node, value: object) -> None:
    """By a function that does not change nested values."""
    assert node.call("format.to", {"value": value}) == {"value": value}


def test_what_javascript_throws_is_raised(node: Node) -> None:
    with pytest.raises(JavaScriptError) as thrown:
        node.call("createUser", {})
    assert thrown.value.name == "TypeError"
