"""What a request shows of who is asking: a bearer token, else an Auth.js session cookie."""

import re
from urllib.parse import unquote

from web.errors import Unauthenticated

# The `__Secure-` names first: a page on a sibling domain can plant the others, but not these.
SESSION_COOKIES = (
    "__Secure-authjs.session-token",
    "__Secure-next-auth.session-token",
    "authjs.session-token",
    "next-auth.session-token",
)

# Wider than RFC 6750's b64token, because a bootstrap key and a custom session token may have any form.
_BEARER = re.compile(rb"bearer +([\x21-\x7e]+)", re.IGNORECASE)


def bearer_token(authorization: bytes | None) -> str | None:
    """The token of `Authorization: Bearer …`; None without the header, and an error for any other form of it."""
    if authorization is None:
        return None
    match = _BEARER.fullmatch(authorization.strip(b" \t"))
    if match is None:
        raise Unauthenticated("The Authorization header must read: Bearer, a space, and one token.")
    return match[1].decode("ascii")


def session_token(cookie: bytes | None) -> str | None:
    """The session token of the best Auth.js cookie; of two with one name the first, which has the longer path."""
    if cookie is None or b"session-token" not in cookie:
        return None
    values: dict[str, str] = {}
    for pair in cookie.decode("latin-1").split(";"):
        name, _, value = pair.partition("=")
        values.setdefault(name.strip(), value.strip())
    return next((_decode(values[name]) for name in SESSION_COOKIES if values.get(name)), None)


def _decode(value: str) -> str:
    """Undo what the `cookie` package of npm, which Auth.js writes with, did to the value."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if "%" not in value:
        return value
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return value
