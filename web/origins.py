"""Which web pages may talk to this server, and which of them with the visitor's cookies."""

from collections.abc import Iterable

from starlette.types import Scope

from web.answer import HeaderPairs
from web.errors import OriginForbidden
from web.headers import RequestHeaders
from web.proxies import TrustedProxies

_EXPOSED: HeaderPairs = ((b"access-control-expose-headers", b"X-Request-Id, Retry-After"),)
_PREFLIGHT: HeaderPairs = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, GraphQL-Require-Preflight, X-Request-Id"),
    (b"access-control-max-age", b"600"),
)


class OriginPolicy:
    """The allow-list of `AUTHGRAPH_ALLOWED_ORIGINS`, for CORS and for cookies.

    `*` opens the API to pages of every origin, for callers that bring a key; it never extends to cookies.
    """

    def __init__(self, allowed: Iterable[str], proxies: TrustedProxies) -> None:
        origins = frozenset(allowed)
        self._listed = origins - {"*"}
        self._proxies = proxies
        self._cors = {origin.encode(): _credentialed(origin) for origin in self._listed}
        self._others: HeaderPairs = ((b"access-control-allow-origin", b"*"), *_EXPOSED) if "*" in origins else ()

    def cors_headers(self, origin: bytes | None) -> HeaderPairs:
        """What lets a page of `origin` read the answer; nothing for a page that may not."""
        return self._cors.get(origin, self._others) if origin is not None else ()

    def preflight_headers(self, origin: bytes | None) -> HeaderPairs:
        """The answer to a browser that asks first; an origin that is not allowed is an error."""
        allowed = self.cors_headers(origin)
        if not allowed:
            raise OriginForbidden("Pages of this origin may not call this API.")
        return allowed + _PREFLIGHT

    def require_trusted(self, scope: Scope, headers: RequestHeaders) -> None:
        """Refuse a cookie unless the page that sends it is our own or listed by name.

        Browsers send Origin with every cross-site POST; one without it comes from something older or stranger.
        """
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and (origin in self._listed or origin == self._proxies.public_origin(scope, headers)):
            return
        raise OriginForbidden(
            "A session cookie is accepted only from pages of this server or of an allowed origin; the Origin header is "
            + ("foreign." if origin else "missing.")
        )


def _credentialed(origin: str) -> HeaderPairs:
    return (
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
        *_EXPOSED,
    )
