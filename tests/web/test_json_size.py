"""The size of a JSON text, compared with that of the parsed value."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from web.json_size import JsonLimits, excess

NAMES = ("a", "", '"', "\\", '\\"', '[{"', "},]", ",,,", "\\\\", "é\u2028", "\n\t", "\\u005b")
MEBIBYTE = 1024 * 1024


def _value(random: Random, levels: int) -> Any:
    """Any value, with characters of JSON's syntax in its texts."""
    kind = random.randrange(8) if levels else random.randrange(4)
    if kind < 4:
        return random.choice([None, True, 1.5, -7, *NAMES])
    members = [_value(random, levels - 1) for _ in range(random.randrange(4))]
    return members if kind < 6 else {random.choice(NAMES): member for member in members}


def _count(value: Any) -> tuple[int, int]:
    """The number of values and levels in a value."""
    if not isinstance(value, dict | list):
        return 1, 0
    members = [_count(member) for member in (value.values() if isinstance(value, dict) else value)]
    return 1 + sum(count for count, _ in members), 1 + max((depth for _, depth in members), default=0)


def test_s46_a_text_is_measured_as_its_values_are() -> None:
    """Exactly at both limits, one below and one above, whatever its strings contain."""
    for seed in range(300):
        random = Random(seed)
        value = [_value(random, 5) for _ in range(6)]
        text = json.dumps(value, ensure_ascii=random.random() < 0.5, indent=random.choice([None, 1])).encode()
        values, depth = _count(value)
        assert excess(text, JsonLimits(depth, values)) is None, seed
        assert excess(text, JsonLimits(depth - 1, values)) == f"is nested deeper than {depth - 1} levels", seed
        assert excess(text, JsonLimits(depth, values - 1)) == f"holds more than {values - 1:,} values", seed


def _filled(piece: bytes) -> bytes:
    return b"[" + b",".join([piece] * ((MEBIBYTE - 2) // (len(piece) + 1))) + b"]"


BOMBS: dict[str, Callable[[], bytes]] = {
    "empty lists": lambda: _filled(b"[]"),
    "empty objects": lambda: _filled(b"{}"),
    "objects of one": lambda: _filled(b'{"a":1}'),
    "nested lists": lambda: _filled(b"[" * 60 + b"]" * 60),
    "numbers": lambda: _filled(b"1"),
    "empty strings": lambda: _filled(b'""'),
    "escapes": lambda: _filled(b'"\\\\\\""'),
    "names": lambda: b"{" + _filled(b'"":0')[1:-1] + b"}",
    "faulty at the end": lambda: _filled(b"[]") + b"x",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_s46_a_mebibyte_of_small_values_is_refused_before_it_is_parsed(kind: str) -> None:
    """A parser would make hundreds of thousands of objects from it."""
    assert excess(BOMBS[kind](), JsonLimits(64, 50_000)) == "holds more than 50,000 values"


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":"' + b"," * MEBIBYTE + b'"}',
        b'{"a":"' + b"[{" * (MEBIBYTE // 2) + b'"}',
        b'{"a":"' + b'\\"' * (MEBIBYTE // 2) + b'"}',
        b'{"a":"' + b"\\\\" * (MEBIBYTE // 2) + b'"}',
        b'{"a":"' + b'\\\\\\",' * (MEBIBYTE // 5) + b'"}',
    ],
    ids=["commas", "brackets", "quotes", "backslashes", "both"],
)
def test_s46_a_long_text_is_one_value(text: bytes) -> None:
    """What it consists of does not count."""
    assert excess(text, JsonLimits(1, 2)) is None


@pytest.mark.parametrize("text", [b"[" * 90 + b"]" * 900, b"]" * 900 + b"[" * 90, b'"' * 99 + b"[" * 90, b"\\" * 99])
def test_what_is_no_json_is_left_to_the_parser(text: bytes) -> None:
    """The parser finds the first error, or the text is rejected here. Neither fails."""
    assert excess(text, JsonLimits(64, 100)) in (None, "is nested deeper than 64 levels")
