"""Cursors: encrypted positions in a list, valid for that list only.

The first secret key encrypts them. Every configured key decrypts them, so that keys can be rotated.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from resolvers.opaque_text import decoded, derive, encoded


class Cursors:
    """Makes and reads cursors with a list of secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._ciphers = [AESSIV(derive(secret, b"cursor", 64)) for secret in secrets]

    def of(self, position: Any, *bindings: str) -> str:
        """Encrypt a position in the list that `bindings` names."""
        sealed = self._ciphers[0].encrypt(orjson.dumps(position), _associated(bindings))
        return encoded(sealed)

    def open(self, cursor: str, *bindings: str) -> Any:
        """Decrypt a cursor into a position; None if it does not belong to the list that `bindings` names."""
        raw = decoded(cursor)
        for cipher in self._ciphers if raw else ():
            try:
                return orjson.loads(cipher.decrypt(raw or b"", _associated(bindings)))
            except (InvalidTag, ValueError):
                continue
        return None


def _associated(bindings: Sequence[str]) -> list[bytes]:
    return [binding.encode("utf-8", "surrogatepass") for binding in bindings]
