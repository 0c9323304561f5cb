"""How many values a JSON text contains and how deeply they are nested, found from its bytes before it is parsed."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """The most levels of nesting and the most values, counting all members of lists and objects."""

    depth: int
    values: int


def excess(text: bytes, limits: JsonLimits) -> str | None:
    """Which limit a text exceeds, as the last part of a sentence; None if it may be parsed.

    It takes linear time and is exact for JSON. For other text it is exact up to the first syntax error, and a parser
    reads no further.
    """
    openings = text.count(b"{") + text.count(b"[")
    # A text has at most as many values as commas and openings plus one, and at most as many levels as openings. This
    # decides most texts.
    if openings <= limits.depth and openings + text.count(b",") < limits.values:
        return None
    bare = _without_escapes(text)
    too_many = f"holds more than {limits.values:,} values"
    # Each string is a value or the name of one, and has two quotes.
    if bare.count(b'"') > 4 * limits.values:
        return too_many
    # One quote of each string is kept, so that a list of one string differs from an empty list.
    bare = b'"'.join(bare.split(b'"')[::2]).translate(None, b" \t\r\n")
    openings = bare.count(b"{") + bare.count(b"[")
    filled = openings - bare.count(b"[]") - bare.count(b"{}")
    if 1 + filled + bare.count(b",") > limits.values:
        return too_many
    if openings > limits.depth and _is_deeper(bare, openings, limits.depth):
        return f"is nested deeper than {limits.depth} levels"
    return None


def _without_escapes(text: bytes) -> bytes:
    """The text without escaped backslashes and quotes, so that every remaining quote begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _is_deeper(bare: bytes, openings: int, levels: int) -> bool:
    brackets = bare.translate(None, _NO_BRACKETS)
    # With more closing brackets than opening ones it is not JSON, which the parser reports.
    return len(brackets) <= 2 * openings and max(accumulate(map(_STEPS.__getitem__, brackets))) > levels
