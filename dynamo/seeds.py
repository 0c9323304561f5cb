"""What a create chooses by itself: ids, tokens and secrets, all derived from one seed.

A caller who gives an idempotency key gets the same seed each time. So a repetition chooses the same values, and meets
what the first call made. Without a key, the seed is random.
"""

import secrets
import uuid
from hashlib import blake2b
from typing import Final

import orjson

SEED_BYTES: Final = 32


class Seed:
    """Derives values that nobody can guess who does not know the seed."""

    __slots__ = ("_key", "repeatable")

    def __init__(self, key: bytes, *, repeatable: bool) -> None:
        self._key = key
        self.repeatable = repeatable
        """Whether it comes from an idempotency key, so that a repetition has the same seed."""

    def hex(self, size: int, purpose: str, *parts: str) -> str:
        """So many bytes in hexadecimal digits. Another purpose, or another part, yields another value."""
        return self._derive(size, purpose, *parts).hex()

    def uuid(self, purpose: str, *parts: str) -> str:
        """A UUID, in the form of a random one."""
        return str(uuid.UUID(bytes=self._derive(16, purpose, *parts), version=4))

    def request_token(self, turn: int = 0) -> str | None:
        """The client request token of the create's transaction; None, for a random one, if nobody repeats it.

        Each `turn` has another: a transaction that was rejected is followed by one with other conditions.
        """
        return self.uuid("request", str(turn)) if self.repeatable else None

    def _derive(self, size: int, *parts: str) -> bytes:
        return blake2b(orjson.dumps(parts), digest_size=size, key=self._key).digest()


def random_seed() -> Seed:
    """The seed of a create that nobody repeats."""
    return Seed(secrets.token_bytes(SEED_BYTES), repeatable=False)
