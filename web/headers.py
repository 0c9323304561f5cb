"""The request headers that the server uses, collected in one pass."""

from collections.abc import Iterable, Mapping
from typing import Final

RequestHeaders = Mapping[bytes, bytes]

WANTED: Final = frozenset(
    {
        b"accept",
        b"access-control-request-method",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"graphql-require-preflight",
        b"host",
        b"origin",
        b"sec-websocket-key",
        b"traceparent",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-request-id",
    }
)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> RequestHeaders:
    """The wanted headers, by name in lower case.

    A repeated header is joined as in RFC 9110 §5.3. So a second Authorization, Origin or Host makes the value
    malformed, and two servers cannot disagree about which one counts.
    """
    found: dict[bytes, bytes] = {}
    for name, value in raw:
        if name not in WANTED:
            continue
        if name in found:
            found[name] += (b"; " if name == b"cookie" else b", ") + value
        else:
            found[name] = value
    return found
