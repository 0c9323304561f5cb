"""Removes values from messages of graphql-core, which quote input and so may contain tokens."""

import re
from typing import Final

LONGEST_NAME: Final = 30
"""The most characters of a name that is kept in a message. Tokens are longer, or not names."""

_VALUE = re.compile(r"[,;]? [Ff]ound: .*|(?P<kept> cannot represent [^':]*value): .*", re.DOTALL)
"""In these messages, the rest of the text is the value. Only names come before it, so the first match is the right
one."""
_ENUM_VALUE = re.compile(r"Value '.*' does not exist in (?='\w+' enum)", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"(unknown field) '(.*)'(?=\.|$)", re.DOTALL)
_TOKEN = re.compile(r"(BlockString|String|Name|Int|Float|Comment) '(.*)'", re.DOTALL)
_PIECE = re.compile(r"(Invalid [^:]*): .*", re.DOTALL)
_NAME = re.compile(rf"[A-Za-z_]\w{{0,{LONGEST_NAME - 1}}}", re.ASCII)


def without_values(message: str) -> str:
    """A message of graphql-core with the variable, the field and the reason, but without the value."""
    kept = _ENUM_VALUE.sub("The value does not exist in ", message)
    kept = _VALUE.sub(lambda match: match["kept"] or "", kept)
    if kept == message:
        return message
    kept = _UNKNOWN_FIELD.sub(_named, kept)
    return kept if kept.endswith((".", "?")) else kept + "."


def without_tokens(message: str) -> str:
    """The message of a syntax error without the text that caused it."""
    return _PIECE.sub(r"\1.", _TOKEN.sub(lambda match: _named(match) if match[1] == "Name" else match[1], message))


def _named(match: re.Match[str]) -> str:
    """The kind of name and, if it really is a name, the name."""
    return match[0] if _NAME.fullmatch(match[2]) else match[1]
