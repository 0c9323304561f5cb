"""The console, a back office in the browser: its page, its assets, and what it has to know of this server.

Its files are read once, when the server starts. No part of a request becomes a file path.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import orjson
from starlette.types import Scope

from web.http_response import SAFE, HeaderPairs, HTTPResponse
from web.local_browser import SAME_ORIGIN, is_local_browser

FOLDER: Final = Path(__file__).resolve().parent / "static" / "console"
"""Where `make console` puts what it builds: the page, its assets, and the manifest of its documents."""
PATH: Final = "/console"
ASSETS: Final = "assets/"
"""The part of the build whose files have a hash of their content in their name."""
CONFIG: Final = "config.json"
FOREVER: Final = b"public, max-age=31536000, immutable"
NEVER: Final = b"no-cache"

CONTENT_TYPES: Final = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}
"""The only kinds of files that are served besides the page."""

_NOT_BUILT = b"The console is not built: run `make console`, then start the server again.\n"
_PLAIN: HeaderPairs = ((b"content-type", b"text/plain; charset=utf-8"), *SAFE)
_JSON: HeaderPairs = (
    (b"content-type", b"application/json"),
    (b"cross-origin-resource-policy", b"same-origin"),
    *SAFE,
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the build, ready to be sent."""

    content_type: bytes
    body: bytes
    packed: bytes
    """The body for browsers that take gzip."""
    cached: bytes
    """The value of Cache-Control: a file without a hash in its name can change."""

    def answer(self, *, packed: bool) -> HTTPResponse:
        """The response with this file."""
        headers: HeaderPairs = (
            (b"content-type", self.content_type),
            (b"cache-control", self.cached),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"vary", b"Accept-Encoding"),
        )
        if packed:
            return HTTPResponse(200, (*headers, (b"content-encoding", b"gzip")), self.packed)
        return HTTPResponse(200, headers, self.body)


@dataclass(frozen=True, slots=True)
class Build:
    """The files of a build: the page, and the assets by their path below it."""

    page: bytes
    assets: Mapping[str, File]


class Console:
    """Answers the paths of the console. `key` is filled in for a browser on this machine; None in production.

    With `pictures`, the page may load pictures of users from other servers, which learn the operator's address.
    """

    def __init__(self, key: str | None = None, *, pictures: bool = False, folder: Path | None = None) -> None:
        self._build = read_build(folder or FOLDER)
        self._key = key
        self._pictures = pictures
        self._page_headers = _page_headers(pictures=pictures)

    def answer(self, scope: Scope, path: str, accept_encoding: str = "") -> HTTPResponse | None:
        """The response to GET of a path below `/console`; None if there is nothing at this path.

        Every path that is no file answers the page, which shows what the path says.
        """
        if path == CONFIG:
            return self._config(scope)
        if self._build is None:
            return HTTPResponse(503, _PLAIN, _NOT_BUILT)
        if path in self._build.assets:
            return self._build.assets[path].answer(packed=_takes_gzip(accept_encoding))
        return None if path.startswith(ASSETS) else HTTPResponse(200, self._page_headers, self._build.page)

    def _config(self, scope: Scope) -> HTTPResponse:
        """What the page has to know. Only the page itself asks for it, so the key is not for a link or a person."""
        key = self._key if is_local_browser(scope, (SAME_ORIGIN,)) else None
        body = orjson.dumps({"developmentKey": key, "graphql": "/graphql", "pictures": self._pictures})
        return HTTPResponse(200, _JSON, body)


@cache
def read_build(folder: Path) -> Build | None:
    """Read the files of a build; None if there is none. A process reads each folder once."""
    page = folder / "index.html"
    if not page.is_file():
        return None
    files = [file for file in folder.rglob("*") if file.suffix in CONTENT_TYPES and file.is_file()]
    named = {file.relative_to(folder).as_posix(): file for file in files}
    return Build(page.read_bytes(), {name: _read(file, name) for name, file in named.items()})


def _read(file: Path, name: str) -> File:
    body = file.read_bytes()
    cached = FOREVER if name.startswith(ASSETS) else NEVER
    return File(CONTENT_TYPES[file.suffix], body, gzip.compress(body, mtime=0), cached)


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is listed without a weight of 0. Browsers list it without a weight."""
    return "gzip" in (encoding.strip() for encoding in accept_encoding.lower().split(","))


def _page_headers(*, pictures: bool) -> HeaderPairs:
    images = b"img-src 'self' data: https:" if pictures else b"img-src 'self' data:"
    policy = (
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        + images
        + b"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", policy),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-robots-tag", b"noindex"),
        *SAFE,
    )
