"""Checks of a request's head, before the request is processed."""

import re
from collections.abc import Iterable

from web.errors import BadRequest, CodingNotImplemented, VersionNotSupported

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")


def check_head(version: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Reject a head that two servers could interpret differently. Header names are in lower case.

    Checked are the version (RFC 9110 §15.6.6), the single Host (RFC 9112 §3.2) and the transfer coding (RFC 9112 §6.1).
    """
    if version not in ("1.1", "1.0"):
        raise VersionNotSupported(f"HTTP/{version} is not supported. Use HTTP/1.1.")
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value):
                raise BadRequest("The Host header is no host with a port.")
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            raise CodingNotImplemented("The only supported Transfer-Encoding is chunked.")
    if hosts != 1 and (hosts or version == "1.1"):
        raise BadRequest(f"The request has {hosts} Host headers; it must have one.")
