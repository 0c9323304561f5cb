"""Requests as bytes, sent straight to the application, and what must hold for every response."""

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, settings
from starlette.types import Message

from tests.api import Api
from tests.resolvers.people import Person, api_key, passkey, sign_up
from web.app import Application

HOST = "auth.example"
PLAIN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CALLER = "{ caller { kind } }"
VIEWER = "{ viewer { user { userId } } }"

Headers = Iterable[tuple[bytes, bytes]]


def fuzz(examples: int) -> settings:
    """Generate the same examples every time, and no more than so many."""
    return settings(
        max_examples=examples,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True, slots=True)
class Guests:
    """The users and keys in the table, and an administrator's API."""

    api: Api
    ada: Person
    bob: Person
    secret: str
    """The API key of a program that may read users."""
    ids: Mapping[str, str]
    """A global id of each type. All belong to Ada, except the API key's."""


async def admit(api: Api) -> Guests:
    """Create two users, an API key and a passkey."""
    ada, bob = await sign_up(api, "ada"), await sign_up(api, "bob")
    key_id, secret = await api_key(api, ["USERS_READ"])
    ids = {
        "User": ada.id,
        "Account": ada.account_id,
        "Session": ada.session_id,
        "Authenticator": await passkey(api, ada, "a2V5"),
        "ApiKey": key_id,
    }
    return Guests(api, ada, bob, secret, ids)


@dataclass(frozen=True, slots=True)
class Reply:
    """The status, headers and body of a response."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes

    @property
    def json(self) -> Any:
        """The body. Every response of the API is JSON."""
        return orjson.loads(self.body)

    @property
    def data(self) -> Any:
        """The data of an operation that was executed; None otherwise."""
        return self.json.get("data")

    @property
    def codes(self) -> list[str]:
        """The codes of all errors."""
        return [error["extensions"]["code"] for error in self.json.get("errors", ())]


class Door(logging.Handler):
    """Sends requests, one at a time."""

    def __init__(self, application: Application, runner: asyncio.Runner) -> None:
        super().__init__(logging.ERROR)
        self._application = application
        self._runner = runner
        self._errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note an error that was logged."""
        self._errors.append(record.getMessage())

    def push(self, method: str, headers: Headers, body: bytes = b"", query_string: bytes = b"") -> Reply:
        """Send one request. Fails for an error of the server, in the response or in the log."""
        self._errors.clear()
        reply = self._runner.run(self._send(method, headers, body, query_string))
        assert self._errors == []
        assert reply.status < 500, reply
        assert "INTERNAL_SERVER_ERROR" not in reply.codes
        assert PLAIN.fullmatch(reply.headers[b"x-request-id"])
        for name, value in reply.headers.items():
            assert b"\r" not in name + value
            assert b"\n" not in name + value
        return reply

    def post(self, document: str, variables: Mapping[str, Any] | None = None, headers: Headers = ()) -> Reply:
        """Send an operation as JSON."""
        body = orjson.dumps({"query": document, "variables": variables or {}})
        return self.push("POST", [(b"content-type", b"application/json"), *headers], body)

    def who(self, headers: Headers) -> tuple[str, str | None] | None:
        """The kind and user of the caller with these headers; None if the request is rejected."""
        data = self.post(CALLER, headers=headers).data
        if data is None:
            return None
        kind = data["caller"]["kind"]
        viewer = self.post(VIEWER, headers=headers).data["viewer"] if kind == "PERSON" else None
        return kind, None if viewer is None else viewer["user"]["userId"]

    async def _send(self, method: str, headers: Headers, body: bytes, query_string: bytes) -> Reply:
        messages: list[Message] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": query_string,
            "root_path": "",
            "headers": [(b"host", HOST.encode()), *headers],
            "client": ("127.0.0.1", 50000),
            "server": (HOST, 80),
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(dict(message))

        await self._application(scope, receive, send)
        start = messages[0]
        whole = b"".join(message.get("body", b"") for message in messages[1:])
        return Reply(start["status"], dict(start["headers"]), whole)
