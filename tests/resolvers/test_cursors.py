"""Cursors: encrypted, and valid for one secret key and one list."""

import pytest

from resolvers.cursors import Cursors

CURSORS = Cursors(["a secret"])


def test_cursors_of_an_older_key_are_read_still() -> None:
    both = Cursors(["a new secret", "a secret"])
    assert both.open(CURSORS.of([1], "list"), "list") == [1]


def test_new_cursors_are_made_with_the_first_key() -> None:
    both = Cursors(["a new secret", "a secret"])
    assert CURSORS.open(both.of([1], "list"), "list") is None


@pytest.mark.parametrize("position", ["a", ["a", "b", True], 0, "é\0"])
def test_a_cursor_holds_a_position(position: object) -> None:
    assert CURSORS.open(CURSORS.of(position, "list"), "list") == position


@pytest.mark.parametrize("bindings", [(), ("other",), ("list", ""), ("list", "ada"), ("lis", "t")])
def test_a_cursor_is_bound_to_its_list(bindings: tuple[str, ...]) -> None:
    assert CURSORS.open(CURSORS.of("a", "list"), *bindings) is None


def test_a_binding_may_hold_anything() -> None:
    assert CURSORS.open(CURSORS.of("a", "\ud800"), "\ud800") == "a"
