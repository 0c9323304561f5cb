"""What an API key looks like: `ag_`, its id, `_`, and a secret of which only a hash is kept."""

import hashlib
import secrets
from typing import Final

API_KEY_PREFIX: Final = "ag_"


def looks_like_api_key(bearer: str) -> bool:
    """Whether a bearer token has the form of an API key rather than of a session token."""
    return bearer.startswith(API_KEY_PREFIX)


def new_secret() -> str:
    """The secret part of a new API key: 256 random bits in hexadecimal digits."""
    return secrets.token_hex(32)


def hash_secret(secret: str) -> str:
    """What is kept of an API key's secret. It is random and long, so one SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def format_api_key(key_id: str, secret: str) -> str:
    """The whole key, as its holder sends it."""
    return f"{API_KEY_PREFIX}{key_id}_{secret}"


def parsed(bearer: str) -> tuple[str, str]:
    """The id and the secret of a whole key; what is none gives an id that no key has, or no secret."""
    key_id, _, secret = bearer.removeprefix(API_KEY_PREFIX).partition("_")
    return key_id, secret
