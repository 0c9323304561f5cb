"""Automatic persisted queries: clients name a document by its SHA-256, and send it in full once.

Apollo's and urql's clients first send the hash alone, in `extensions.persistedQuery`. After `PersistedQueryNotFound`
they send it again together with the text, and from then on the hash is enough. After `PersistedQueryNotSupported` they
send only texts. urql reads the message, Apollo the message or the code; the status of both responses is 200.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

VERSION: Final = 1
HASH_CHARACTERS: Final = 64
NOT_FOUND_MESSAGE: Final = "PersistedQueryNotFound"
NOT_SUPPORTED_MESSAGE: Final = "PersistedQueryNotSupported"

_HEXADECIMAL = re.compile("[0-9a-f]+")


class InvalidPersistedQuery(Exception):
    """A request names its document in a way that no client should; the message is shown to it."""


def persisted_name(extensions: Mapping[str, Any] | None) -> str | None:
    """What a request names its document by, if it does: mostly a hash. Raises `InvalidPersistedQuery`."""
    persisted: Any = extensions.get("persistedQuery") if extensions else None
    if persisted is None:
        return None
    if not isinstance(persisted, Mapping):
        raise InvalidPersistedQuery("`extensions.persistedQuery` must be an object with `version` and `sha256Hash`.")
    version, name = persisted.get("version"), persisted.get("sha256Hash")
    if type(version) is not int or version != VERSION:
        raise InvalidPersistedQuery(f"The only supported `version` of `extensions.persistedQuery` is {VERSION}.")
    if not isinstance(name, str) or not name:
        raise InvalidPersistedQuery("`sha256Hash` of `extensions.persistedQuery` must be a string.")
    return name


def checked_hash(name: str) -> str:
    """A name that is written as a hash. Raises `InvalidPersistedQuery`."""
    if len(name) != HASH_CHARACTERS or _HEXADECIMAL.fullmatch(name) is None:
        raise InvalidPersistedQuery(
            "`sha256Hash` of `extensions.persistedQuery` must be the SHA-256 of the document, as 64 lower-case "
            "hexadecimal digits."
        )
    return name


def is_hash_of(name: str, text: str) -> bool:
    """Whether a text has this SHA-256."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == name


def verify(name: str, text: str) -> None:
    """Raises `InvalidPersistedQuery` unless a text has this SHA-256."""
    if not is_hash_of(name, text):
        raise InvalidPersistedQuery(
            "`sha256Hash` of `extensions.persistedQuery` is not the SHA-256 of `query`: compute it from the text that "
            "is sent."
        )
