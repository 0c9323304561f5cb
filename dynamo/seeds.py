"""What a create chooses by itself: ids, tokens and secrets, all derived from one seed.

A caller who gives an idempotency key gets the same seed each time. So a repetition chooses the same values, and meets
what the first call made. Without a key, the seed is random.
"""

import os
from hashlib import blake2b
from typing import Final

import orjson

SEED_BYTES: Final = 32
_FREE_BITS: Final = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_VERSION_4: Final = 0x00000000_0000_4000_8000_000000000000
"""The bits of a UUID that are random, and those that say so (RFC 9562, section 5.4)."""


class Seed:
    """Derives values that nobody can guess who does not know the seed."""

    __slots__ = ("_key", "repeatable")

    def __init__(self, key: bytes | None, *, repeatable: bool) -> None:
        self._key = key
        """None for a random one that nothing was derived from yet."""
        self.repeatable = repeatable
        """Whether it comes from an idempotency key, so that a repetition has the same seed."""

    def hex(self, size: int, purpose: str, *parts: str) -> str:
        """So many bytes in hexadecimal digits. Another purpose, or another part, yields another value."""
        return self._derive(size, purpose, *parts).hex()

    def uuid(self, purpose: str, *parts: str) -> str:
        """A UUID, in the form of a random one."""
        return uuid_of(self._derive(16, purpose, *parts))

    def request_token(self, turn: int = 0) -> str | None:
        """The client request token of the create's transaction; None, for a random one, if nobody repeats it.

        Each `turn` has another: a transaction that was rejected is followed by one with other conditions.
        """
        return self.uuid("request", str(turn)) if self.repeatable else None

    def _derive(self, size: int, *parts: str) -> bytes:
        if self._key is None:
            self._key = os.urandom(SEED_BYTES)
        return blake2b(orjson.dumps(parts), digest_size=size, key=self._key).digest()


def random_seed() -> Seed:
    """The seed of a create that nobody repeats."""
    return Seed(None, repeatable=False)


def random_uuid() -> str:
    """A new random UUID, in text."""
    return uuid_of(os.urandom(16))


def uuid_of(random: bytes) -> str:
    """The UUID of version 4 with these bytes. `uuid.UUID` takes four times as long."""
    digits = f"{int.from_bytes(random) & _FREE_BITS | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
