"""JWT sessions: the encrypted session cookies of Auth.js 5 and next-auth 4, and whom they sign in.

Such a cookie is a JWE in compact form. Its key is derived from the secret of the app. Only the user's id (`sub`) and
the times are read from it: name, e-mail and whatever else the app has put into it may be out of date.

For one key, each version of Auth.js writes one header, and no other header is accepted. So nobody else chooses an
algorithm, compression or parameters, and a forged cookie costs at most one decryption for each secret.

Only servers with such a secret import this module: what decrypts takes 60 ms to import, and 3 MB.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from resolvers.jwt_cookies import MOST_CHARACTERS, JwtCookie, Named

CLOCK_TOLERANCE: Final = 15
"""By how many seconds the clocks of an app and of this server may differ, as in Auth.js."""
LATEST: Final = 2**37
"""The latest time that is read, in seconds since the Unix epoch: in the year 6325. Python's dates end with 9999."""
READ: Final = ("sub", "exp", "nbf", "iat")
"""The claims that are read. Apps may set any others to anything."""

_REGISTRY = JWERegistry(algorithms=["dir", "A256GCM", "A256CBC-HS512"])


class SessionJwts:
    """Reads the JWTs that apps have encrypted with one of their secrets, of which the newest comes first."""

    def __init__(
        self, secrets: Sequence[str], cookie_names: Sequence[str], now: Callable[[], float] = time.time
    ) -> None:
        self._keys: dict[tuple[str, str], list[OctKey]] = {}
        for secret in dict.fromkeys(secrets):
            for name in cookie_names:
                for header, key in _keys(secret, name):
                    self._keys.setdefault((name, header), []).append(key)
        self._claims = jwt.JWTClaimsRegistry(
            lambda: int(now()), CLOCK_TOLERANCE, sub={"essential": True}, exp={"essential": True}
        )

    def user_id(self, cookie: JwtCookie) -> str | None:
        """The raw id of the user whom `named` finds."""
        found = self.named(cookie)
        return None if found is None else found.user_id

    def named(self, cookie: JwtCookie) -> Named | None:
        """The user that a cookie names; None if the cookie is too long, forged or expired, or names nobody. Only the
        table knows whether this user exists and may sign in."""
        if len(cookie.jwt) > MOST_CHARACTERS:
            return None
        header, _, _ = cookie.jwt.partition(".")
        for key in self._keys.get((cookie.name, header), ()):
            try:
                claims = jwt.decode(cookie.jwt, key, registry=_REGISTRY).claims
                self._claims.validate({name: claims[name] for name in READ if name in claims})
            # A damaged part is a ValueError. Only the holder of a secret can nest the claims too deeply.
            except (JoseError, ValueError, RecursionError):
                continue
            return Named(claims["sub"], _time(claims.get("iat")))
        return None


def _time(claim: object) -> datetime | None:
    """A time in seconds since the Unix epoch; None for anything else."""
    if not isinstance(claim, int | float) or not 0 <= claim <= LATEST:
        return None
    return datetime.fromtimestamp(claim, UTC)


def _keys(secret: str, cookie_name: str) -> Iterator[tuple[str, OctKey]]:
    """The key of each version of Auth.js for a secret and a cookie, with the header that it writes.

    They are in `jwt.js` of `@auth/core` 0.41 and in `jwt/index.js` of `next-auth` 4.24.
    """
    key = _derived(secret, cookie_name, f"Auth.js Generated Encryption Key ({cookie_name})", 64)
    kid = jwk.thumbprint({"kty": "oct", "k": key.as_dict()["k"]}, "sha512")
    yield _header({"alg": "dir", "enc": "A256CBC-HS512", "kid": kid}), key
    yield _header({"alg": "dir", "enc": "A256GCM"}), _derived(secret, "", "NextAuth.js Generated Encryption Key", 32)


def _derived(secret: str, salt: str, info: str, size: int) -> OctKey:
    """A key of `size` bytes."""
    return OctKey.import_key(HKDF(SHA256(), size, salt.encode(), info.encode()).derive(secret.encode()))


def _header(members: dict[str, str]) -> str:
    """A protected header as `jose` writes it: its members as JSON, in this order and without spaces."""
    return urlsafe_b64encode(orjson.dumps(members)).rstrip(b"=").decode()
