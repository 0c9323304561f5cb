r"""Halves of characters, as in `"Zo\ud83d"`: JavaScript cuts text within an emoji, and DynamoDB keeps what is left.

Such text is no text: neither UTF-8 nor any strict parser of JSON has it. Here each half is read as U+FFFD, and whoever
writes the value back as it was read writes what is stored.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

HALF: Final = re.compile("[\ud800-\udfff]")
REPLACEMENT: Final = "\ufffd"


class CutText(str):
    """Text with U+FFFD in place of each half; `stored` is what the table holds."""

    __slots__ = ("stored",)
    stored: str

    def __new__(cls, stored: str) -> "CutText":
        """Make it of what is stored."""
        text = super().__new__(cls, whole(stored))
        text.stored = stored
        return text


def whole(text: str) -> str:
    """Text without halves."""
    return HALF.sub(REPLACEMENT, text)


def stored(text: str) -> str:
    """The text as the table holds it."""
    return text.stored if isinstance(text, CutText) else text


def read(body: bytes) -> Any:
    """Read JSON that a strict parser refuses, with `CutText` where there are halves. Raises `ValueError`."""
    try:
        return _whole(json.loads(body.decode("utf-8", "surrogatepass")))
    except UnicodeDecodeError:
        return _whole(json.loads(body.decode(errors="replace")))
    except RecursionError:
        raise ValueError("nothing of DynamoDB's is nested so deep") from None


def write(payload: Mapping[str, Any]) -> bytes:
    """Write JSON, halves included, as JavaScript writes them."""
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
