"""The session cookies of a request: tokens of database sessions, and JWTs, which may be cut into parts."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from resolvers.session_jwts import MOST_CHARACTERS, JwtCookie, looks_like_jwt

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
        self._mentions = tuple(name.encode() for name in names)
        # Possessive quantifiers, so that no text is scanned twice. Cookies with other names take almost no time.
        self._cookie = re.compile(
            rf"(?:^|;)\s*+({'|'.join(map(re.escape, names))})(?:\.(0|[1-9][0-9]?+))?+\s*+=\s*+([^;]*+)"
        )

    def read(self, header: bytes | None) -> tuple[str | JwtCookie, ...]:
        """The sessions of a Cookie header, in the order in which they are tried, at most `MOST_TOKENS`.

        They are sorted by the cookie's name, those that others can hardly set first. Of two with the same name, the
        first comes first, which has the longer path. An expired one does not hide another.
        """
        if header is None or not any(name in header for name in self._mentions):
            return ()
        whole: dict[str, list[str]] = {}
        parts: dict[str, dict[int, list[str]]] = {}
        for match in self._cookie.finditer(header.decode("latin-1")):
            name, number, value = match.groups()
            found = whole.setdefault(name, []) if number is None else _place(parts, name, int(number))
            if len(found) < MOST_TOKENS and (value := value.rstrip()):
                found.append(_decode(value))
        sessions: dict[str | JwtCookie, None] = {}
        for name in self._names:
            for value in (*whole.get(name, ()), *_joined(parts.get(name, {}))):
                if not looks_like_jwt(value):
                    sessions[value] = None
                elif len(value) <= MOST_CHARACTERS:
                    sessions[JwtCookie(name, value)] = None
        return tuple(sessions)[:MOST_TOKENS]


def _exposure(name: str) -> int:
    """How easily others can set a cookie with this name, from 0."""
    return next((place for place, prefix in enumerate(_PREFIXES) if name.startswith(prefix)), len(_PREFIXES))


def _place(parts: dict[str, dict[int, list[str]]], name: str, number: int) -> list[str]:
    """Where the values of a part are collected."""
    return parts.setdefault(name, {}).setdefault(number, [])


def _joined(parts: dict[int, list[str]]) -> Iterator[str]:
    """The JWTs that were cut into these parts, by the number of each; none if a part is missing.

    A part can be there several times, with different paths. Then the first JWT consists of the first value of each
    part, the second of the second ones, and so on.
    """
    if not parts or len(parts) > MOST_PARTS or max(parts) >= len(parts) or not all(parts.values()):
        return
    values = [parts[number] for number in range(len(parts))]
    for turn in range(max(map(len, values))):
        chosen = [found[min(turn, len(found) - 1)] for found in values]
        if sum(map(len, chosen)) <= MOST_CHARACTERS and looks_like_jwt(jwt := "".join(chosen)):
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
