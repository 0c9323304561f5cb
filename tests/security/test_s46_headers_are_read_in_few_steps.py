"""S46: a header with the worst text of the allowed length is read in few steps.

Steps are the executed lines and the calls of functions, including those in C.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from starlette.types import Message

from tests.web.conftest import always_ready, settings_of
from tests.web.greetings import Greetings
from web import media
from web.app import Application, create_app
from web.headers import WANTED
from web.media import LONGEST, is_json, negotiate, prefers_html

LONG = 32 * 1024
MOST_STEPS = 15_000
"""An ordinary request takes about 600 steps. The worst one that is allowed, with an Accept of a kibibyte, takes ten
times as many."""

TEXTS = {
    "commas": b"a,",
    "semicolons": b"a;",
    "bare commas": b",",
    "bare semicolons": b";",
    "equals": b"a=b;",
    "qualities": b"a;q=0.1,",
    "parameters": b"*/*;a=b;",
    "ranges": b"text/html,",
    "spaces": b" ",
    "quotes": b'"',
    "percents": b"%41",
    "names": b"authjs.session-token=%25;",
    "parts": b"authjs.session-token.1=%25;",
    "JWTs": b"authjs.session-token=eyJ....;",
    "loopback": b"127.0.0.1,",
    "six": b"::1, ",
    "colons": b":",
    "slashes": b"/",
    "digits": b"9",
    "letters": b"a",
    "beyond ASCII": b"\xff",
}
BEGINNINGS = {
    b"": b"",
    b"authorization": b"Bearer ",
    b"content-type": b"application/json;",
    b"cookie": b"a=session-token;",
}
"""What has to come first in each header so that the rest is parsed."""


@dataclass
class Steps:
    """The number of lines and calls that were executed."""

    count: int = 0

    def trace(self, _: FrameType, event: str, __: Any) -> Any:
        """Count a line or a call of a Python function."""
        self.count += 1
        return self.trace

    def profile(self, _: FrameType, event: str, __: Any) -> None:
        """Count a call of a function in C."""
        self.count += event == "c_call"


@contextmanager
def counted() -> Iterator[Steps]:
    """Count the steps that are executed within the context."""
    steps = Steps()
    before = sys.gettrace()
    sys.setprofile(steps.profile)
    sys.settrace(steps.trace)
    try:
        yield steps
    finally:
        sys.settrace(before)
        sys.setprofile(None)


@pytest.fixture
def app(greetings: Greetings) -> Application:
    """An application that trusts the proxy from which the requests come."""
    settings = settings_of(trusted_proxies="127.0.0.0/8,::/64", allowed_origins="https://app.example")
    return create_app(greetings, settings, ready=always_ready)


async def _ask(app: Application, method: str, query: bytes, headers: dict[bytes, bytes]) -> int:
    """The status of the response to a request."""
    scope = {
        "type": "http",
        "method": method,
        "path": "/graphql",
        "headers": list(headers.items()),
        "query_string": query,
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    await app(scope, receive, send)
    (status,) = statuses
    return status


async def _steps(app: Application, method: str, headers: dict[bytes, bytes], query: bytes = b"") -> int:
    with counted() as steps:
        await _ask(app, method, query, headers)
        # One step of the coroutine is enough, because none of these requests waits for anything.
        await asyncio.sleep(0)
    return steps.count


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("name", sorted(WANTED))
async def test_s46_the_worst_text_of_each_header_takes_few_steps(app: Application, name: bytes, method: str) -> None:
    """Alone, and after what makes the rest worth parsing."""
    ordinary = {b"host": b"x", b"content-type": b"application/json", b"origin": b"https://app.example"}
    for kind, text in TEXTS.items():
        for beginning in {b"", BEGINNINGS.get(name, b"")}:
            value = (beginning + text * LONG)[:LONG]
            steps = await _steps(app, method, ordinary | {name: value})
            assert steps < MOST_STEPS, (kind, steps)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_s46_the_worst_query_string_takes_few_steps(app: Application, text: bytes) -> None:
    """In each parameter, and as a name. It is decoded once."""
    most = MOST_STEPS + 6 * (LONG // 3)
    for beginning in (b"", b"query=", b"variables=", b"extensions=", b"operationName="):
        steps = await _steps(app, "GET", {b"accept": b"text/html"}, (beginning + text * LONG)[:LONG])
        assert steps < most, (beginning, steps)


@pytest.mark.parametrize("length", [8, 300, LONGEST])
@pytest.mark.parametrize("text", [b"a/b,", b"text/html;q=1,", b"*/*,"], ids=["neither", "page", "any"])
async def test_s46_one_request_negotiates_once(
    app: Application, monkeypatch: pytest.MonkeyPatch, text: bytes, length: int
) -> None:
    """An error is sent in the media type that was chosen before, also if none was acceptable."""
    read: list[bytes] = []
    real = media._ranges

    def note(accept: bytes) -> Mapping[bytes, float]:
        read.append(accept)
        return real(accept)

    monkeypatch.setattr(media, "_ranges", note)
    value = (text * length)[: length - 4] + b"once"
    assert await _ask(app, "POST", b"", {b"accept": value}) in (406, 415)
    assert read == [value]


@pytest.mark.parametrize("text", [b"application/json", b"*/*", b"text/html"])
def test_s46_a_header_over_a_kibibyte_is_taken_for_none(text: bytes) -> None:
    """Nobody sends one except to cause work."""
    value = text + b";a=" + b"b" * 1024
    assert negotiate(value) is negotiate(None)
    assert prefers_html(value) is False
    assert is_json(value) is False
