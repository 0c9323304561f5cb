"""Which web pages may call this server, and which of them with the visitor's cookies."""

import re
from collections.abc import Iterable
from typing import Final

from starlette.types import Scope

from web.errors import OriginForbidden
from web.headers import RequestHeaders
from web.http_response import HeaderPairs
from web.proxies import TrustedProxies

REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "GraphQL-Require-Preflight",
    "X-Request-Id",
    # Apollo Client and its gateway.
    "apollo-federation-include-trace",
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "x-apollo-operation-type",
    # W3C Trace Context and Baggage: what OpenTelemetry and Sentry add in a browser.
    "baggage",
    "sentry-trace",
    "traceparent",
    "tracestate",
)
"""The request headers that GraphQL clients send from pages."""
LONGEST_SHOWN: Final = 200
"""The most characters of an origin in a message. A domain name has at most 253."""

_EXPOSED: HeaderPairs = (
    (b"access-control-expose-headers", b"Retry-After, Traceresponse, WWW-Authenticate, X-Request-Id"),
)
_ODD = re.compile(r"[^\x21-\x7e]")


class OriginPolicy:
    """The origins of `AUTHGRAPH_ALLOWED_ORIGINS`, for CORS and for cookies.

    `*` allows pages of every origin to call the API with a key, but never with cookies. `headers` are names of request
    headers that pages may send besides `REQUEST_HEADERS`.
    """

    def __init__(self, allowed: Iterable[str], proxies: TrustedProxies, headers: Iterable[str] = ()) -> None:
        origins = frozenset(allowed)
        self._listed = origins - {"*"}
        self._proxies = proxies
        self._cors = {origin.encode(): _credentialed(origin) for origin in self._listed}
        self._others: HeaderPairs = ((b"access-control-allow-origin", b"*"), *_EXPOSED) if "*" in origins else ()
        self._preflight: HeaderPairs = (
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", ", ".join([*REQUEST_HEADERS, *headers]).encode()),
            (b"access-control-max-age", b"600"),
        )

    def cors_headers(self, origin: bytes | None) -> HeaderPairs:
        """The headers with which a page of `origin` may read the response; none for other pages."""
        return self._cors.get(origin, self._others) if origin is not None else ()

    def preflight_headers(self, scope: Scope, headers: RequestHeaders) -> HeaderPairs:
        """The headers of a response to a CORS preflight. Raises `OriginForbidden` for an origin that is not allowed."""
        allowed = self.cors_headers(headers.get(b"origin"))
        if not allowed:
            raise OriginForbidden(f"Pages of this origin may not call this API. {self._compared(scope, headers)}")
        return allowed + self._preflight

    def require_trusted(self, scope: Scope, headers: RequestHeaders) -> None:
        """Raise `OriginForbidden` for a cookie unless the page is of our own origin or of a listed one.

        Browsers send Origin with every cross-site POST. A request without it does not come from a current browser.
        """
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and (origin in self._listed or origin == self._proxies.public_origin(scope, headers)):
            return
        raise OriginForbidden(
            "A session cookie is accepted only from pages of the server's own origin or of a listed origin. "
            + self._compared(scope, headers)
        )

    def _compared(self, scope: Scope, headers: RequestHeaders) -> str:
        """With what the request's origin was compared, and the settings that decide it."""
        ours = _shown(self._proxies.public_origin(scope, headers))
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin:
            said = (
                f"The Origin header is {_shown(origin)}. The server's own origin is {ours}, and "
                "AUTHGRAPH_ALLOWED_ORIGINS does not list that of the page."
            )
        else:
            said = (
                f"The Origin header is missing. The server's own origin is {ours}, and AUTHGRAPH_ALLOWED_ORIGINS "
                "lists others."
            )
        if self._proxies.derives_from_host_behind_a_proxy(scope, headers):
            said += (
                " The server takes its own origin from the Host header, although a proxy is in front of it: add the "
                "proxy's network to AUTHGRAPH_TRUSTED_PROXIES, and let the proxy send X-Forwarded-Proto and "
                "X-Forwarded-Host."
            )
        return said


def _credentialed(origin: str) -> HeaderPairs:
    return (
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
        *_EXPOSED,
    )


def _shown(origin: str) -> str:
    """An origin that is safe to put into a message: short, and without unusual characters."""
    shown = _ODD.sub("?", origin[:LONGEST_SHOWN])
    return shown + "…" if len(origin) > LONGEST_SHOWN else shown
