"""GraphiQL for browsers, with every asset served from this server."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from starlette.types import Scope

from web.headers import RequestHeaders
from web.http_response import SAFE, HeaderPairs, HTTPResponse
from web.local_browser import BY_HAND, SAME_ORIGIN, is_local_browser

ROOT: Final = Path(__file__).resolve().parent.parent
STATIC: Final = Path(__file__).resolve().parent / "static"

# Only these names are served: no part of a request becomes a file path.
FROM_NPM: Final = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "explorer.js": "@graphiql/plugin-explorer/dist/index.umd.js",
    "explorer.css": "@graphiql/plugin-explorer/dist/style.css",
}
_OURS = ("init.js", "page.css", "icon.svg")
_CONTENT_TYPES = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}

# GraphiQL's style sheet contains its fonts and a few icons as data: URLs.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    b"font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML: HeaderPairs = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Accept"),
    *SAFE,
)
_NOT_INSTALLED = b"GraphiQL is not installed: run `make graphiql`, then reload this page.\n"


@dataclass(frozen=True, slots=True)
class Example:
    """A tab that is open when a person opens GraphiQL for the first time."""

    title: str
    query: str
    variables: Mapping[str, object] | None = None


class GraphiQL:
    """The page and its assets. `authorization` is a whole header value that prefills the header editor."""

    def __init__(
        self, examples: Sequence[Example] = (), authorization: str | None = None, node_modules: Path | None = None
    ) -> None:
        npm = node_modules or ROOT / "node_modules"
        self._files = {name: npm / path for name, path in FROM_NPM.items()} | {name: STATIC / name for name in _OURS}
        self._assets: dict[str, tuple[bytes, bytes]] = {}
        self._page = _render(examples, None)
        self._local_page = _render(examples, authorization)

    def page(self, scope: Scope, headers: RequestHeaders) -> HTTPResponse:
        """The page, or status 503 with a sentence that says how to install it."""
        if not all(path.is_file() for path in self._files.values()):
            return HTTPResponse(503, ((b"content-type", b"text/plain; charset=utf-8"), *SAFE), _NOT_INSTALLED)
        is_local = is_local_browser(scope, (BY_HAND, SAME_ORIGIN))
        return HTTPResponse(200, _HTML, self._local_page if is_local else self._page)

    def asset(self, name: str, if_none_match: str | None) -> HTTPResponse | None:
        """One of the fixed files; None for any other name. Browsers cache it and check whether it has changed."""
        path = self._files.get(name)
        if path is None or not path.is_file():
            return None
        if name not in self._assets:
            body = path.read_bytes()
            self._assets[name] = body, b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode()
        body, etag = self._assets[name]
        headers: HeaderPairs = (
            (b"content-type", _CONTENT_TYPES[Path(name).suffix]),
            (b"cache-control", b"no-cache"),
            (b"etag", etag),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        )
        if if_none_match is not None and etag.decode() in if_none_match:
            return HTTPResponse(304, headers)
        return HTTPResponse(200, headers, body)


def _render(examples: Sequence[Example], authorization: str | None) -> bytes:
    tabs = [
        {
            "query": f"# {example.title}\n{example.query}",
            "variables": _pretty(example.variables) if example.variables else None,
        }
        for example in examples
    ]
    headers = _pretty({"Authorization": authorization}) if authorization is not None else None
    settings = orjson.dumps({"tabs": tabs, "headers": headers})
    # Escaped, so that no text can end the script element or begin a comment in it. JSON strings keep their meaning.
    for character in b"<>&":
        settings = settings.replace(bytes([character]), b"\\u%04x" % character)
    return (STATIC / "page.html").read_bytes().replace(b"{{settings}}", settings)


def _pretty(value: Mapping[str, object]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
