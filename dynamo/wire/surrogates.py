r"""Lone surrogates, as in `"Zo\ud83d"`: JavaScript can cut a text within an emoji, and DynamoDB stores what is left.

Such a text can neither be written as UTF-8 nor read by a strict JSON parser. Here each lone surrogate is read as
U+FFFD. When the value is written back as it was read, the stored text is written.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

HALF: Final = re.compile("[\ud800-\udfff]")
REPLACEMENT: Final = "\ufffd"


class CutText(str):
    """Text with U+FFFD in place of each lone surrogate. `stored` is the text in the table."""

    __slots__ = ("stored",)
    stored: str

    def __new__(cls, stored: str) -> "CutText":
        """Make the text from what is stored."""
        text = super().__new__(cls, whole(stored))
        text.stored = stored
        return text


def whole(text: str) -> str:
    """The text with U+FFFD in place of each lone surrogate."""
    return HALF.sub(REPLACEMENT, text)


def stored(text: str) -> str:
    """The text as it is stored in the table."""
    return text.stored if isinstance(text, CutText) else text


def read(body: bytes) -> Any:
    """Read JSON that a strict parser rejects, with `CutText` for texts with lone surrogates. Raises `ValueError`."""
    try:
        return _whole(json.loads(body.decode("utf-8", "surrogatepass")))
    except UnicodeDecodeError:
        return _whole(json.loads(body.decode(errors="replace")))
    except RecursionError:
        raise ValueError("nothing of DynamoDB's is nested so deep") from None


def write(payload: Mapping[str, Any]) -> bytes:
    """Write JSON as JavaScript does, which escapes lone surrogates."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:
        return json.dumps(payload, separators=(",", ":")).encode()


def _whole(value: Any) -> Any:
    match value:
        case str():
            return CutText(value) if HALF.search(value) else value
        case dict():
            # The name of an attribute, unlike its value, is never written back.
            return {whole(name): _whole(member) for name, member in value.items()}
        case list():
            return [_whole(member) for member in value]
        case _:
            return value
