"""How many values a JSON text holds and how deep they nest, told from its bytes before anything is made of it."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """The most levels of nesting, and the most values: the whole, and all members of lists and objects in it."""

    depth: int
    values: int


def excess(text: bytes, limits: JsonLimits) -> str | None:
    """What of a text is over a limit, as the end of a sentence; None where it may be parsed.

    It takes linear time and is exact for JSON. Of anything else only what precedes the first fault is measured right,
    which is all that a parser reads.
    """
    openings = text.count(b"{") + text.count(b"[")
    # No text has more values than commas, openings and one; none nests deeper than its openings. Most are done here.
    if openings <= limits.depth and openings + text.count(b",") < limits.values:
        return None
    bare = _without_escapes(text)
    too_many = f"holds more than {limits.values:,} values"
    # A string is a value or the name of one.
    if bare.count(b'"') > 4 * limits.values:
        return too_many
    # Of each string a quote stays, so that a list of one is not taken for an empty one.
    bare = b'"'.join(bare.split(b'"')[::2]).translate(None, b" \t\r\n")
    openings = bare.count(b"{") + bare.count(b"[")
    filled = openings - bare.count(b"[]") - bare.count(b"{}")
    if 1 + filled + bare.count(b",") > limits.values:
        return too_many
    if openings > limits.depth and _is_deeper(bare, openings, limits.depth):
        return f"is nested deeper than {limits.depth} levels"
    return None


def _without_escapes(text: bytes) -> bytes:
    """The text without escaped backslashes and quotes: each quote that is left begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text


def _is_deeper(bare: bytes, openings: int, levels: int) -> bool:
    brackets = bare.translate(None, _NO_BRACKETS)
    # More ends than beginnings are no JSON; the parser says so.
    return len(brackets) <= 2 * openings and max(accumulate(map(_STEPS.__getitem__, brackets))) > levels
