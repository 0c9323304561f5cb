"""Global ids: opaque to clients, bound to our keys, and the same for the same thing every time.

An id is readable by whoever decodes it but cannot be made up; a session's id holds a keyed hash of its token. It is not
encrypted: what encrypts one id to one text (AES-SIV, which cursors have) takes three times as long, and lists hold
hundreds of ids. So the schema says that an id names its user.
The first key makes them; every key of the list accepts them, for rotation.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from dynamo import models
from resolvers.opaque_text import decoded, derive, encoded, read_base64

TAG_BYTES: Final = 8
SESSION_HASH_BYTES: Final = 16
_PAYLOAD = re.compile(rb'\["(User|Account|Session|Authenticator|ApiKey)"')

Node = models.User | models.Account | models.Session | models.Authenticator | models.ApiKey


class GlobalId(NamedTuple):
    """What an id names: a type and the parts of its key."""

    type: str
    parts: tuple[str, ...]


class GlobalIds:
    """Makes and reads ids under a list of secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._id_tags = [_Tags(derive(secret, b"id", 32), TAG_BYTES) for secret in secrets]
        self._session_tags = [_Tags(derive(secret, b"token", 32), SESSION_HASH_BYTES) for secret in secrets]

    def id_of(self, record: Node) -> str:
        """The global id of a record: its type and key. A session's holds a keyed hash of the token."""
        # Lists hold hundreds: first what they hold most of.
        if isinstance(record, models.Session):
            return self._seal("Session", record.user_id, self.token_hash(record.token))
        if isinstance(record, models.Account):
            return self._seal("Account", record.user_id, record.provider, record.provider_account_id)
        if isinstance(record, models.User):
            return self._seal("User", record.user_id)
        if isinstance(record, models.Authenticator):
            return self._seal("Authenticator", record.user_id, record.credential_id)
        return self._seal("ApiKey", record.key_id)

    def open_id(self, sealed: str) -> GlobalId | None:
        """What an id names; None for one that was not made here."""
        raw = decoded(sealed)
        if raw is None or len(raw) <= TAG_BYTES:
            return None
        tag, payload = raw[:TAG_BYTES], raw[TAG_BYTES:]
        for tags in self._id_tags:
            if hmac.compare_digest(tag, tags.of(payload)):
                kind, *parts = orjson.loads(payload)
                return GlobalId(kind, tuple(parts))
        return None

    def key_of(self, sealed: str, kind: str) -> tuple[str, ...] | None:
        """The parts of the key in an id of a kind, such as `User`; None for any other text."""
        opened = self.open_id(sealed)
        return opened.parts if opened is not None and opened.type == kind else None

    def token_hash(self, token: str) -> str:
        """A keyed hash of a token: it tells tokens apart, and orders them, without telling anything of them."""
        return self._session_tags[0].of(token.encode()).hex()

    def token_hashes(self, token: str) -> Sequence[str]:
        """A token's keyed hash under every key: those that session ids may hold."""
        data = token.encode()
        return [tags.of(data).hex() for tags in self._session_tags]

    def is_session(self, session_hash: str, token: str) -> bool:
        """Whether a session id's hash is that of a token."""
        data = token.encode()
        return any([hmac.compare_digest(session_hash, tags.of(data).hex()) for tags in self._session_tags])  # noqa: C419 - compare with every key, always

    def _seal(self, *parts: str) -> str:
        payload = orjson.dumps(parts)
        return encoded(self._id_tags[0].of(payload) + payload)


class _Tags:
    """Keyed hashes under one key, which is worked in once: lists hold hundreds of ids."""

    def __init__(self, key: bytes, size: int) -> None:
        self._start = blake2b(digest_size=size, key=key)

    def of(self, data: bytes) -> bytes:
        """The keyed hash of some data."""
        tag = self._start.copy()
        tag.update(data)
        return tag.digest()


def has_form_of_id(text: str) -> bool:
    """Whether a text is a global id by its form, whoever made it and whatever happened to its signature or its end.

    No other text has it: behind eight bytes that may be any, its base64 reads `["User"`, or another type.
    """
    letters = "".join(text.split()).rstrip("=")
    try:
        # One letter alone at the end is less than a byte.
        raw = read_base64(letters[:-1] if len(letters) % 4 == 1 else letters)
    except ValueError:
        return False
    return _PAYLOAD.match(raw, TAG_BYTES) is not None
