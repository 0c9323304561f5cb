"""Ids and cursors: opaque to clients, bound to our keys, and the same for the same thing every time.

An id is readable by whoever decodes it but cannot be made up; a session's id holds a keyed hash of its token. A
cursor is encrypted and bound to the list it came from. The first key makes them; every key of the list accepts them,
for rotation.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from dynamo import models

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
TAG_BYTES = 8
SESSION_HASH_BYTES = 16


Node = models.User | models.Account | models.Session | models.Authenticator | models.ApiKey


class GlobalId(NamedTuple):
    """What an id names: a type and the parts of its key."""

    type: str
    parts: tuple[str, ...]


class Sealer:
    """Makes and reads ids and cursors under a list of secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._id_keys = [_derive(secret, b"id", 32) for secret in secrets]
        self._session_keys = [_derive(secret, b"token", 32) for secret in secrets]
        self._ciphers = [AESSIV(_derive(secret, b"cursor", 64)) for secret in secrets]

    def id_of(self, record: Node) -> str:
        """The global id of a record: its type and key. A session's holds a keyed hash of the token."""
        match record:
            case models.User():
                return self._seal("User", record.user_id)
            case models.Account():
                return self._seal("Account", record.user_id, record.provider, record.provider_account_id)
            case models.Session():
                return self._seal("Session", record.user_id, self._session_hash(record.token, self._session_keys[0]))
            case models.Authenticator():
                return self._seal("Authenticator", record.user_id, record.credential_id)
            case models.ApiKey():
                return self._seal("ApiKey", record.key_id)

    def open_id(self, sealed: str) -> GlobalId | None:
        """What an id names; None for one that was not made here."""
        raw = _decoded(sealed)
        if raw is None or len(raw) <= TAG_BYTES:
            return None
        tag, payload = raw[:TAG_BYTES], raw[TAG_BYTES:]
        if not any(hmac.compare_digest(tag, _tag(payload, key)) for key in self._id_keys):
            return None
        kind, *parts = orjson.loads(payload)
        return GlobalId(kind, tuple(parts))

    def is_session(self, session_hash: str, token: str) -> bool:
        """Whether a session id's hash is that of a token."""
        return any([hmac.compare_digest(session_hash, self._session_hash(token, key)) for key in self._session_keys])  # noqa: C419 - compare with every key, always

    def cursor(self, position: Any, *bindings: str) -> str:
        """Encrypt a position in the list that the bindings name."""
        sealed = self._ciphers[0].encrypt(orjson.dumps(position), _associated(bindings))
        return _encoded(sealed)

    def open_cursor(self, cursor: str, *bindings: str) -> Any:
        """The position behind a cursor; None if it is not from the list that the bindings name."""
        raw = _decoded(cursor)
        for cipher in self._ciphers if raw else ():
            try:
                return orjson.loads(cipher.decrypt(raw or b"", _associated(bindings)))
            except (InvalidTag, ValueError):
                continue
        return None

    def _seal(self, *parts: str) -> str:
        payload = orjson.dumps(parts)
        return _encoded(_tag(payload, self._id_keys[0]) + payload)

    @staticmethod
    def _session_hash(token: str, key: bytes) -> str:
        return blake2b(token.encode(), digest_size=SESSION_HASH_BYTES, key=key).hexdigest()


def _tag(payload: bytes, key: bytes) -> bytes:
    return blake2b(payload, digest_size=TAG_BYTES, key=key).digest()


def _derive(secret: str, purpose: bytes, size: int) -> bytes:
    return blake2b(secret.encode(), digest_size=size, person=b"authgraph/" + purpose).digest()


def _associated(bindings: Sequence[str]) -> list[bytes]:
    return [binding.encode("utf-8", "surrogatepass") for binding in bindings]


def _decoded(sealed: str) -> bytes | None:
    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # The last letter can hold bits that belong to no byte: one text for one value, or it was changed.
    return raw if _encoded(raw) == sealed else None


def _encoded(raw: bytes) -> str:
    # As `base64.urlsafe_b64encode` without padding, in half the time: lists hold hundreds of ids.
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()
