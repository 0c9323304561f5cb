"""The credentials of a request: a bearer token, or Auth.js session cookies."""

import re

from starlette.types import Scope

from execution.request import Credentials
from web.errors import Unauthenticated
from web.headers import RequestHeaders
from web.origins import OriginPolicy
from web.proxies import TrustedProxies
from web.session_cookies import SessionCookies

# Wider than RFC 6750's b64token, because a bootstrap key and a custom session token may have any form.
# Without IGNORECASE, which would compare each character of the token in both cases.
_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([\x21-\x7e]+)")


class CredentialReader:
    """Reads credentials by the same rules for every endpoint."""

    def __init__(self, proxies: TrustedProxies, origins: OriginPolicy, session_cookies: SessionCookies) -> None:
        self._proxies = proxies
        self._origins = origins
        self._session_cookies = session_cookies

    def read(self, scope: Scope, headers: RequestHeaders) -> Credentials:
        """The credentials of a request. A bearer token always counts. A cookie counts only from a trusted page.

        Browsers send cookies by themselves. A GET may come from a link or an image on another site's page, and has no
        Origin even from our own pages. So for GET, a cookie counts only with a header that such a page cannot send
        without a CORS preflight.
        """
        address = self._proxies.client_address(scope, headers)
        if (bearer := bearer_token(headers.get(b"authorization"))) is not None:
            return Credentials(bearer=bearer, address=address)
        cookies = self._session_cookies.read(headers.get(b"cookie"))
        if not cookies:
            return Credentials(address=address)
        if scope["method"] == "GET":
            if b"graphql-require-preflight" not in headers:
                return Credentials(address=address)
            if b"origin" not in headers:
                return Credentials(session_cookies=cookies, address=address)
        self._origins.require_trusted(scope, headers)
        return Credentials(session_cookies=cookies, address=address)


def bearer_token(authorization: bytes | None) -> str | None:
    """The token of `Authorization: Bearer …`; None without the header. Raises `Unauthenticated` for any other form
    of it."""
    if authorization is None:
        return None
    match = _BEARER.fullmatch(authorization.strip(b" \t"))
    if match is None:
        raise Unauthenticated("The Authorization header must have the form `Bearer <token>`.")
    return match[1].decode("ascii")
