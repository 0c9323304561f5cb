"""The credentials of a request: a bearer token, or Auth.js session cookies."""

import re
from typing import Final
from urllib.parse import unquote

from starlette.types import Scope

from execution.request import Credentials
from web.errors import Unauthenticated
from web.headers import RequestHeaders
from web.origins import OriginPolicy
from web.proxies import TrustedProxies

# The `__Secure-` names come first: a page on a sibling domain without TLS can set the others, but not these.
SESSION_COOKIES: Final = (
    "__Secure-authjs.session-token",
    "__Secure-next-auth.session-token",
    "authjs.session-token",
    "next-auth.session-token",
)
MOST_TOKENS: Final = 4
"""The most session tokens of a request that are tried: a browser after two upgrades of Auth.js has as many, and each
costs a read."""

# Wider than RFC 6750's b64token, because a bootstrap key and a custom session token may have any form.
_BEARER = re.compile(rb"bearer +([\x21-\x7e]+)", re.IGNORECASE)
# Possessive quantifiers, so that no text is scanned twice. Cookies with other names take almost no time.
_SESSION_COOKIE = re.compile(rf"(?:^|;)\s*+({'|'.join(map(re.escape, SESSION_COOKIES))})\s*+=\s*+([^;]*+)")


class CredentialReader:
    """Reads credentials by the same rules for every endpoint."""

    def __init__(self, proxies: TrustedProxies, origins: OriginPolicy) -> None:
        self._proxies = proxies
        self._origins = origins

    def read(self, scope: Scope, headers: RequestHeaders) -> Credentials:
        """The credentials of a request. A bearer token always counts. A cookie counts only from a trusted page.

        Browsers send cookies by themselves. A GET may come from a link or an image on another site's page, and has no
        Origin even from our own pages. So for GET, a cookie counts only with a header that such a page cannot send
        without a CORS preflight.
        """
        address = self._proxies.client_address(scope, headers)
        if (bearer := bearer_token(headers.get(b"authorization"))) is not None:
            return Credentials(bearer=bearer, address=address)
        tokens = session_tokens(headers.get(b"cookie"))
        if not tokens:
            return Credentials(address=address)
        if scope["method"] == "GET":
            if b"graphql-require-preflight" not in headers:
                return Credentials(address=address)
            if b"origin" not in headers:
                return Credentials(session_cookies=tokens, address=address)
        self._origins.require_trusted(scope, headers)
        return Credentials(session_cookies=tokens, address=address)


def bearer_token(authorization: bytes | None) -> str | None:
    """The token of `Authorization: Bearer …`; None without the header. Raises `Unauthenticated` for any other form
    of it."""
    if authorization is None:
        return None
    match = _BEARER.fullmatch(authorization.strip(b" \t"))
    if match is None:
        raise Unauthenticated("The Authorization header must have the form `Bearer <token>`.")
    return match[1].decode("ascii")


def session_tokens(cookie: bytes | None) -> tuple[str, ...]:
    """The session tokens of a Cookie header, in the order in which they are tried, at most `MOST_TOKENS`.

    They are sorted by the cookie's name. Of two with the same name, the first comes first, which has the longer path.
    An expired one does not hide another.
    """
    if cookie is None or b"session-token" not in cookie:
        return ()
    found: dict[str, list[str]] = {name: [] for name in SESSION_COOKIES}
    for match in _SESSION_COOKIE.finditer(cookie.decode("latin-1")):
        name, value = match.groups()
        if len(found[name]) < MOST_TOKENS and (value := value.rstrip()):
            found[name].append(value)
    tokens = dict.fromkeys(_decode(value) for values in found.values() for value in values)
    return tuple(tokens)[:MOST_TOKENS]


def _decode(value: str) -> str:
    """Undo the encoding of the npm package `cookie`, with which Auth.js writes cookies."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if "%" not in value:
        return value
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value
