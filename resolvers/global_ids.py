"""Global ids: signed with the server's secret key, and always the same for the same object.

Anyone can decode an id, but nobody can forge one. A session's id contains a keyed hash of its token. Ids are not
encrypted: deterministic encryption (AES-SIV, used for cursors) takes three times as long, and lists contain
hundreds of ids. So the schema says that an id names its user.

The first secret key signs them. Every configured key verifies them, so that keys can be rotated.
"""

import hmac
import re
from binascii import b2a_base64
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import orjson

from dynamo.models import Account, ApiKey, Authenticator, Session, User
from dynamo.seeds import SEED_BYTES, Seed
from resolvers.opaque_text import URL_SAFE, decoded, derive, encoded, read_base64

TAG_BYTES: Final = 8
SESSION_HASH_BYTES: Final = 16
_PAYLOAD = re.compile(rb'\["(User|Account|Session|Authenticator|ApiKey)"')

Node = User | Account | Session | Authenticator | ApiKey


class GlobalId(NamedTuple):
    """What an id names: the type of an object and the parts of its key."""

    type: str
    parts: tuple[str, ...]


class GlobalIds:
    """Makes and reads ids with a list of secret keys."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._id_tags = [_Tags(derive(secret, b"id", 32), TAG_BYTES) for secret in secrets]
        self._begin_tag = self._id_tags[0].begin
        self._session_tags = [_Tags(derive(secret, b"token", 32), SESSION_HASH_BYTES) for secret in secrets]
        self._begin_session_tag = self._session_tags[0].begin
        self._seeds = _Tags(derive(secrets[0], b"repeat", 32), SEED_BYTES)

    def id_of(self, record: Node) -> str:
        """The global id of a record: its type and its key. For a session, a keyed hash replaces the token."""
        parts: tuple[str, ...]
        # Lists contain hundreds of records, so the most frequent classes come first.
        if isinstance(record, Session):
            tag = self._begin_session_tag()
            tag.update(record.token.encode())
            parts = ("Session", record.user_id, tag.hexdigest())
        elif isinstance(record, Account):
            parts = ("Account", record.user_id, record.provider, record.provider_account_id)
        elif isinstance(record, User):
            parts = ("User", record.user_id)
        elif isinstance(record, Authenticator):
            parts = ("Authenticator", record.user_id, record.credential_id)
        else:
            parts = ("ApiKey", record.key_id)
        # As `_seal` and `encoded`, and above as `token_hash`, without their calls: a list makes hundreds of ids.
        payload = orjson.dumps(parts)
        tag = self._begin_tag()
        tag.update(payload)
        return b2a_base64(tag.digest() + payload, newline=False).translate(URL_SAFE).rstrip(b"=").decode()

    def id_of_user(self, user_id: str) -> str:
        """The global id of a user who may not exist."""
        return self._seal("User", user_id)

    def id_of_session(self, user_id: str, token: str) -> str:
        """The global id of a session that may not exist any more."""
        return self._seal("Session", user_id, self.token_hash(token))

    def id_of_api_key(self, key_id: str) -> str:
        """The global id of an API key that may not exist."""
        return self._seal("ApiKey", key_id)

    def open_id(self, sealed: str) -> GlobalId | None:
        """What an id names; None if this server did not make it."""
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
        """The parts of the key in an id of the given type, such as `User`; None for any other text."""
        opened = self.open_id(sealed)
        return opened.parts if opened is not None and opened.type == kind else None

    def token_hash(self, token: str) -> str:
        """A keyed hash of a token. It can be compared and sorted without revealing the token."""
        return self._session_tags[0].of(token.encode()).hex()

    def token_hashes(self, token: str) -> Sequence[str]:
        """The keyed hashes of a token under every key. A session's id contains one of them."""
        data = token.encode()
        return [tags.of(data).hex() for tags in self._session_tags]

    def is_session(self, session_hash: str, token: str) -> bool:
        """Whether the hash in a session's id is that of the token."""
        data = token.encode()
        return any([hmac.compare_digest(session_hash, tags.of(data).hex()) for tags in self._session_tags])  # noqa: C419 - compare with every key, always

    def seed(self, caller: str, mutation: str, key: str) -> Seed:
        """What a create with an idempotency key derives ids and secrets from: the same for the same caller, mutation
        and key, and known to nobody without the first secret key."""
        return Seed(self._seeds.of(orjson.dumps((caller, mutation, key))), repeatable=True)

    def _seal(self, *parts: str) -> str:
        payload = orjson.dumps(parts)
        return encoded(self._id_tags[0].of(payload) + payload)


class _Tags:
    """Keyed hashes under one key. The key is processed once, because lists contain hundreds of ids."""

    def __init__(self, key: bytes, size: int) -> None:
        self.begin = blake2b(digest_size=size, key=key).copy

    def of(self, data: bytes) -> bytes:
        """The keyed hash of the data, as raw bytes."""
        tag = self.begin()
        tag.update(data)
        return tag.digest()


def read_without_proof(sealed: str) -> GlobalId | None:
    """What an id says that it names, whoever made it: for an operator, who may name anything. None for other text."""
    raw = decoded(sealed)
    if raw is None or _PAYLOAD.match(raw, TAG_BYTES) is None:
        return None
    try:
        kind, *parts = orjson.loads(raw[TAG_BYTES:])
    except orjson.JSONDecodeError:
        return None
    return GlobalId(kind, tuple(parts)) if all(isinstance(part, str) for part in parts) else None


def has_form_of_id(text: str) -> bool:
    """Whether a text has the form of a global id, even with a wrong signature or a cut end.

    Nothing else has this form: after eight arbitrary bytes, the decoded base64 begins with `["User"` or another type.
    """
    letters = "".join(text.split()).rstrip("=")
    try:
        # A single base64 letter at the end is less than a byte.
        raw = read_base64(letters[:-1] if len(letters) % 4 == 1 else letters)
    except ValueError:
        return False
    return _PAYLOAD.match(raw, TAG_BYTES) is not None
