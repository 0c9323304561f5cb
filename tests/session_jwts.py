"""JWT session cookies as Auth.js 5 and next-auth 4 write them, made without these packages.

`tests/jwt_sessions` compares them with those that the packages make.
"""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha512
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import OctKey

from resolvers.jwt_cookies import JwtCookie
from resolvers.session_jwts import SessionJwts
from web.settings import SESSION_COOKIES

AUTH_SECRET = "T3q9Lw0ZrXy7mVn2KdBf5HsJc8PuGe1aQ4oRxItMhkY="
OLD_SECRET = "b7Jd4WcS0qYt9ZpLx2VnGk6MfRh1uEa8iOo5DsTgQyU="
FOREIGN_SECRET = "nK5vXz1RbT8hWqPc3YmJd7LsGf0uEe9aIo2VxQtHrM4="
COOKIE = "__Secure-authjs.session-token"
MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Version:
    """How one version of Auth.js encrypts."""

    enc: str
    info: str
    """What the key is for; `{0}` is the cookie's name."""
    salt: str
    size: int
    names_key: bool
    """Whether the header has the thumbprint of the key."""

    def key(self, secret: str, cookie: str) -> bytes:
        """The key for a secret and a cookie's name."""
        salt, info = self.salt.format(cookie), self.info.format(cookie)
        return HKDF(SHA256(), self.size, salt.encode(), info.encode()).derive(secret.encode())

    def header(self, secret: str, cookie: str) -> dict[str, Any]:
        """The protected header of every JWT with this key."""
        header = {"alg": "dir", "enc": self.enc}
        if self.names_key:
            key = json.dumps({"k": base64(self.key(secret, cookie)), "kty": "oct"}, separators=(",", ":"))
            header["kid"] = base64(sha512(key.encode()).digest())
        return header


VERSIONS = {
    "Auth.js 5": Version("A256CBC-HS512", "Auth.js Generated Encryption Key ({0})", "{0}", 64, True),
    "next-auth 4": Version("A256GCM", "NextAuth.js Generated Encryption Key", "", 32, False),
}


def make_jwt(
    version: str,
    claims: Mapping[str, Any] | bytes,
    *,
    secret: str = AUTH_SECRET,
    cookie: str = COOKIE,
    **header: Any,
) -> str:
    """Encrypt claims. `header` adds to the protected header, or replaces its members."""
    made_by = VERSIONS[version]
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    registry = JWERegistry(algorithms=["dir", "A256CBC-HS512", "A256GCM", "DEF"], strict_check_header=False)
    key = OctKey.import_key(made_by.key(secret, cookie))
    return encrypt_compact(made_by.header(secret, cookie) | header, text, key, registry=registry)


def claims_of(user_id: str, **others: Any) -> dict[str, Any]:
    """The claims of a session that begins now and lasts 30 days, as Auth.js sets them."""
    now = int(time.time())
    return {"name": "Ada", "sub": user_id, "iat": now, "exp": now + MONTH, "jti": str(uuid4())} | others


def jwt_cookie(user_id: str, *, version: str = "Auth.js 5", cookie: str = COOKIE, **others: Any) -> JwtCookie:
    """The cookie of a session that begins now. `others` are claims."""
    return JwtCookie(cookie, make_jwt(version, claims_of(user_id, **others), cookie=cookie))


def session_jwts() -> SessionJwts:
    """A reader of two secrets in rotation, for the usual names of the cookie."""
    return SessionJwts((AUTH_SECRET, OLD_SECRET), SESSION_COOKIES)


def base64(raw: bytes) -> str:
    """Bytes as URL-safe base64 without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
