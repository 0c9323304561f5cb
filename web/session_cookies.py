"""The session cookies of a request: tokens of database sessions, and JWTs, which may be cut into parts."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from os.path import commonprefix
from typing import Any, Final
from urllib.parse import unquote

from resolvers.jwt_cookies import MOST_CHARACTERS, JwtCookie, looks_like_jwt

MOST_TOKENS: Final = 4
"""The most sessions of a request that are tried: a browser after two upgrades of Auth.js has as many, and each costs a
read or a decryption."""
MOST_PARTS: Final = 5
"""The most parts of a JWT. Auth.js fills each part but the last with more than 3,900 characters."""

_PREFIXES = ("__Host-", "__Secure-")
"""Browsers protect cookies with these names: a page on a sibling domain cannot set the first, and the second only with
TLS."""


class SessionCookies:
    """Finds the sessions in the Cookie header of a request, by the names of their cookies."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = sorted(names, key=_exposure)
        # What all names end with, to pass over other cookies with one look.
        self._ending = commonprefix([name[::-1] for name in names])[::-1].encode()  # noqa: RUF071 - of characters
        # Possessive quantifiers, so that no text is scanned twice. Cookies with other names take almost no time.
        self._cookie = re.compile(rf"(?:^|;)\s*+({'|'.join(map(re.escape, names))})(?:\.([0-9]))?+\s*+=\s*+([^;]*+)")

    def read(self, header: bytes | None) -> tuple[str | JwtCookie, ...]:
        """The sessions of a Cookie header, in the order in which they are tried, at most `MOST_TOKENS`.

        They are sorted by the cookie's name, those that others can hardly set first. Of two with the same name, the
        first comes first, which has the longer path. An expired one does not hide another.
        """
        if header is None or self._ending not in header:
            return ()
        values: dict[tuple[Any, ...], list[str]] = {}
        for match in self._cookie.finditer(header.decode("latin-1")):
            found = values.setdefault(match.group(1, 2), [])
            if len(found) < MOST_TOKENS and (value := match[3].rstrip()):
                found.append(_decode(value))
        sessions: dict[str | JwtCookie, None] = {}
        for name in self._names:
            found = values.get((name, None), [])
            if (name, "0") in values:
                # One part more than there may be, to see that there are too many.
                found += _joined([values.get((name, str(number)), []) for number in range(MOST_PARTS + 1)])
            for value in found:
                if not looks_like_jwt(value):
                    sessions[value] = None
                elif len(value) <= MOST_CHARACTERS:
                    sessions[JwtCookie(name, value)] = None
        return tuple(sessions)[:MOST_TOKENS]


def _exposure(name: str) -> int:
    """How easily others can set a cookie with this name, from 0."""
    return next((place for place, prefix in enumerate(_PREFIXES) if name.startswith(prefix)), len(_PREFIXES))


def _joined(parts: Sequence[Sequence[str]]) -> Iterator[str]:
    """The JWTs that were cut into parts, from the values of the first part, of the second, and so on.

    A part has several values if it is there with several paths. Then the first JWT consists of the first value of each
    part, the second of the second ones, and so on.
    """
    present = list(takewhile(bool, parts))
    if len(present) > MOST_PARTS:
        return
    for turn in range(max(map(len, present), default=0)):
        chosen = [found[min(turn, len(found) - 1)] for found in present]
        if looks_like_jwt(jwt := "".join(chosen)):
            yield jwt


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
