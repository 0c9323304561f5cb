"""Cursors: encrypted, bound to our keys and to the list they come from.

The first key makes them; every key of the list accepts them, for rotation.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from resolvers.opaque_text import decoded, derive, encoded


class Cursors:
    """Makes and reads cursors under a list of secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._ciphers = [AESSIV(derive(secret, b"cursor", 64)) for secret in secrets]

    def of(self, position: Any, *bindings: str) -> str:
        """Encrypt a position in the list that the bindings name."""
        sealed = self._ciphers[0].encrypt(orjson.dumps(position), _associated(bindings))
        return encoded(sealed)

    def open(self, cursor: str, *bindings: str) -> Any:
        """The position behind a cursor; None if it is not from the list that the bindings name."""
        raw = decoded(cursor)
        for cipher in self._ciphers if raw else ():
            try:
                return orjson.loads(cipher.decrypt(raw or b"", _associated(bindings)))
            except (InvalidTag, ValueError):
                continue
        return None


def _associated(bindings: Sequence[str]) -> list[bytes]:
    return [binding.encode("utf-8", "surrogatepass") for binding in bindings]
