"""The form of an API key: `ag_`, its id, `_`, and a secret of which only a hash is stored."""

import hashlib
from typing import Final

from dynamo.seeds import Seed, random_seed

API_KEY_PREFIX: Final = "ag_"
SECRET_BYTES: Final = 32


def looks_like_api_key(bearer: str) -> bool:
    """Whether a bearer token has the form of an API key rather than of a session token."""
    return bearer.startswith(API_KEY_PREFIX)


def new_secret(seed: Seed | None = None) -> str:
    """The secret part of a new API key: 256 random bits in hexadecimal digits, or as many of a seed."""
    return (seed or random_seed()).hex(SECRET_BYTES, "secret")


def hash_secret(secret: str) -> str:
    """The hash of an API key's secret that is stored. The secret is random and long, so one SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def format_api_key(key_id: str, secret: str) -> str:
    """The whole key, in the form that its holder sends."""
    return f"{API_KEY_PREFIX}{key_id}_{secret}"


def parsed(bearer: str) -> tuple[str, str]:
    """The id and the secret of a whole key. Any other text yields an id that no key has, or an empty secret."""
    key_id, _, secret = bearer.removeprefix(API_KEY_PREFIX).partition("_")
    return key_id, secret
