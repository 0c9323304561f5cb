"""`docs/security.md` is complete: every requirement has a row, and every row has tests with its number."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
ROWS = {
    int(number): re.findall(r"`(tests/[^`]+)`", tests)
    for number, tests in re.findall(r"^\| S(\d+) \|.*\|([^|]*)\|$", PAGE, re.MULTILINE)
}
LAST = 69


def test_every_requirement_has_a_row() -> None:
    assert sorted(ROWS) == list(range(1, LAST + 1))


@pytest.mark.parametrize("number", ROWS)
def test_every_file_of_a_row_has_tests_of_its_number(number: int) -> None:
    """In the name of the file, or of tests in it, so that `pytest -k s11` finds them."""
    assert ROWS[number]
    for name in ROWS[number]:
        named = re.findall(r"^ *(?:async )?def (test_\w+)", (ROOT / name).read_text(), re.MULTILINE)
        assert named, name
        assert any(f"_s{number}_" in bearer for bearer in (Path(name).name, *named)), name
