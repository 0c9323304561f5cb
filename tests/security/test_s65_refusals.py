"""S65: a rejection is one log line, like an operation. One for an origin says what was compared, and which setting
decides."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import httpx2
import pytest

from commands.logs import JsonLines
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution import errors
from execution.executor import Executor, Policy
from execution.rate_limit import ProcessRateLimit
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA, sdl
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.metrics import metric_value
from tests.resolvers.people import Person, key_with
from tests.web.conftest import always_ready, settings_of
from web.app import create_app
from web.errors import (
    BadRequest,
    BodyTimeout,
    BodyTooLarge,
    CodingNotImplemented,
    HeadersTimeout,
    HeadersTooLarge,
    MethodNotAllowed,
    MethodNotImplemented,
    NotAcceptable,
    NotFound,
    OperationTimeout,
    OriginForbidden,
    Overloaded,
    RequestRejected,
    TableTimeout,
    Unauthenticated,
    UnsupportedMediaType,
    VersionNotSupported,
)
from web.origins import LONGEST_SHOWN

BEARER = {"Authorization": f"Bearer {ADMIN_KEY}"}
COOKIE = {"Cookie": "authjs.session-token=a-cookie-nobody-should-read-about"}
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
HELLO = {"query": "{ caller { kind } }"}
FIND = {"query": 'query Find { user(by: {userId: "ada"}) { name } }'}
NAMED = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
MEMBERS = {"operation", "type", "code", "milliseconds", "cost", "dynamodbRequests", "caller"}

Server = Callable[..., httpx2.AsyncClient]


class Lines(logging.Handler):
    """Keeps each log line as it is written in production."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(JsonLines().format(record))

    @property
    def only(self) -> dict[str, Any]:
        """The only line that was logged."""
        (text,) = self.texts
        line: dict[str, Any] = json.loads(text)
        return line


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """The lines of the operation log."""
    caplog.set_level(logging.INFO)
    handler = Lines()
    logger = logging.getLogger("authgraph.operations")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


@pytest.fixture
async def server(proxied_settings: TableSettings) -> AsyncIterator[Server]:
    """Makes a client of the whole server in process, from settings and limits."""
    clients: list[httpx2.AsyncClient] = []

    def make(
        policy: Policy | None = None, *, attempts: ProcessRateLimit | None = None, peer: str = "192.0.2.1", **web: Any
    ) -> httpx2.AsyncClient:
        table = Table.connect(proxied_settings)
        service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), attempts)
        executor = Executor(GRAPHQL_SCHEMA, service, policy or Policy(Limits(_env_file=None)))
        app = create_app(executor, settings_of(**web), ready=always_ready, sdl=sdl())
        transport = httpx2.ASGITransport(app, client=(peer, 50000))
        clients.append(httpx2.AsyncClient(transport=transport, base_url="http://auth.example"))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


def counted(code: str) -> float:
    """How often an error code was returned."""
    return metric_value("authgraph_errors_total", code=code)


# Refusals of HTTP


async def endless() -> AsyncIterator[bytes]:
    """A body that never ends."""
    yield b"{"
    await asyncio.Event().wait()


Request = dict[str, Any]
JSON = {"Content-Type": "application/json"}

TURNED_AWAY: dict[type[RequestRejected], Request] = {
    BadRequest: {"method": "POST", "json": []},
    Unauthenticated: {"method": "POST", "json": HELLO, "headers": {"Authorization": "Basic nobody-should-read-this"}},
    OriginForbidden: {"method": "POST", "json": HELLO, "headers": COOKIE | {"Origin": "https://evil.example"}},
    NotFound: {"method": "GET", "headers": {"Accept": "text/html"}},
    MethodNotAllowed: {"method": "PUT"},
    NotAcceptable: {"method": "POST", "json": HELLO, "headers": {"Accept": "image/png"}},
    BodyTimeout: {"method": "POST", "content": endless, "headers": JSON},
    BodyTooLarge: {"method": "POST", "json": {"query": " " * 3000}},
    UnsupportedMediaType: {"method": "POST", "content": "query={caller{kind}}"},
    OperationTimeout: {"method": "POST", "json": FIND, "headers": BEARER},
    TableTimeout: {"method": "POST", "json": FIND, "headers": BEARER},
}
BY_CONNECTIONS = {
    CodingNotImplemented,
    HeadersTimeout,
    HeadersTooLarge,
    MethodNotImplemented,
    Overloaded,
    VersionNotSupported,
}
"""Rejections by a connection, which the intruder's tests check over sockets."""
CUT_OFF = (OperationTimeout, TableTimeout)
"""Rejections by the time limit. The operation had begun, and has its own log line."""


Kind = TypeVar("Kind")


def kinds(of: type[Kind]) -> Iterator[type[Kind]]:
    """All subclasses of a class, at any depth."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_s65_every_kind_of_refusal_is_tried() -> None:
    assert set(kinds(RequestRejected)) == set(TURNED_AWAY) | BY_CONNECTIONS


@pytest.mark.parametrize("kind", TURNED_AWAY, ids=lambda kind: kind.__name__)
async def test_s65_what_http_turns_away_is_one_line(
    server: Server, log: Lines, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, kind: type[RequestRejected]
) -> None:
    seconds = 0.5 if kind in (BodyTimeout, *CUT_OFF) else 30
    client = server(graphiql=False, max_body_bytes=2000, timeout_seconds=seconds)
    request = dict(TURNED_AWAY[kind])
    if "content" in request and callable(request["content"]):
        request["content"] = request["content"]()
    if kind is TableTimeout:
        proxy.delay_next("*", 5, times=100)
    if kind is OperationTimeout:
        monkeypatch.setattr("execution.executor.Executor._execute", _never_end)
    before = counted(kind.code)
    request["headers"] = request.get("headers", {}) | {"traceparent": TRACEPARENT}
    response = await client.request(request.pop("method"), "/graphql", **request)
    assert (response.status_code, code_of(response)) == (kind.status, kind.code)
    line = log.only
    assert line.keys() >= MEMBERS
    assert (line["code"], line["requestId"]) == (kind.code, response.headers["x-request-id"])
    assert line["traceId"] == TRACE_ID
    assert "nobody-should-read" not in log.texts[0]
    assert counted(kind.code) - before == 1
    if kind not in CUT_OFF:
        assert line["reason"] == response.json()["errors"][0]["message"]
    else:
        assert line["operation"] == "Find"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", "NOT_FOUND"),
        ("POST", "/healthz", "METHOD_NOT_ALLOWED"),
        ("PUT", "/schema.graphql", "METHOD_NOT_ALLOWED"),
        ("GET", "/graphiql/assets/nothing", "NOT_FOUND"),
    ],
)
async def test_s65_what_other_addresses_turn_away_is_one_line(
    server: Server, log: Lines, method: str, path: str, code: str
) -> None:
    response = await server().request(method, path, headers={"traceparent": TRACEPARENT})
    assert code_of(response) == code
    assert log.only["traceId"] == TRACE_ID
    assert (log.only["code"], log.only["requestId"]) == (code, response.headers["x-request-id"])
    assert log.only.keys() >= MEMBERS | {"reason"}


def code_of(response: httpx2.Response) -> str:
    """The code of the only error."""
    (error,) = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


# Refusals of the executor


CODES = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str)}
LIMITS = Limits(_env_file=None)
USE = 'mutation { useVerificationToken(input: {identifier: "i", token: "t"}) { userErrors { code } } }'

REFUSED: dict[str, Request] = {
    errors.PARSE_FAILED: {"json": {"query": "{"}},
    errors.VALIDATION_FAILED: {"json": {"query": "{ nobody }"}},
    errors.RESOLUTION_FAILED: {"json": {"query": "query A { __typename } query B { __typename }"}},
    errors.BAD_USER_INPUT: {"json": {"query": "{ users(first: 0) { nodes { id } } }"}, "headers": BEARER},
    errors.COST_EXCEEDED: {
        "json": {"query": "{ users(first: 100) { nodes { sessions(first: 100) { nodes { id } } } } }"}
    },
    errors.LIMIT_EXCEEDED: {"json": {"query": "{ " + "__typename " * 21 + "}"}},
    errors.UNAUTHENTICATED: {"json": HELLO, "headers": {"Authorization": "Bearer nobody-should-read-this"}},
    errors.FORBIDDEN: {"json": {"query": "{ apiKeys { nodes { id } } }"}},
    errors.NOT_TRUSTED: {"json": HELLO},
    errors.PERSISTED_QUERY_NOT_FOUND: {"json": NAMED},
    errors.PERSISTED_QUERY_NOT_SUPPORTED: {"json": NAMED},
    errors.BAD_REQUEST: {"json": HELLO | NAMED},
    errors.THROTTLED: {"json": HELLO, "headers": BEARER},
    errors.UNAVAILABLE: {"json": HELLO, "headers": {"Authorization": "Bearer ag_0_x"}},
    errors.TIMEOUT: {"json": FIND, "headers": BEARER},
    errors.INTERNAL: {"json": HELLO, "headers": BEARER},
    errors.RESPONSE_TOO_LARGE: {"json": HELLO, "headers": BEARER},
}
BEFORE_THE_APPLICATION = {errors.OVERLOADED}


def test_s65_every_code_is_tried() -> None:
    assert set(REFUSED) | BEFORE_THE_APPLICATION == CODES


@pytest.mark.parametrize("code", REFUSED)
async def test_s65_what_the_executor_refuses_is_one_line(
    server: Server, log: Lines, api: Api, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    request = dict(REFUSED[code])
    limit = ProcessRateLimit(1, lambda: 0)
    policy = {
        errors.COST_EXCEEDED: Policy(LIMITS.model_copy(update={"max_cost": 10})),
        errors.NOT_TRUSTED: Policy(LIMITS, trusted=_nothing_trusted()),
        errors.PERSISTED_QUERY_NOT_SUPPORTED: Policy(LIMITS, trusted=_nothing_trusted()),
        errors.THROTTLED: Policy(LIMITS, rate_limit=limit),
        errors.RESPONSE_TOO_LARGE: Policy(LIMITS.model_copy(update={"max_response_bytes": 10})),
    }.get(code)
    client = server(policy, timeout_seconds=0.5 if code == errors.TIMEOUT else 30)
    if code == errors.FORBIDDEN:
        request["headers"] = {"Authorization": f"Bearer {await key_with(api, 'USERS_READ')}"}
    if code == errors.THROTTLED:
        await client.post("/graphql", **request)
    if code == errors.UNAVAILABLE:
        proxy.fail_next("*", "InternalServerError", times=100)
    if code == errors.TIMEOUT:
        monkeypatch.setattr("execution.executor.Executor._execute", _never_end)
    if code == errors.INTERNAL:
        monkeypatch.setattr("execution.executor._permit", _fail)
    log.texts.clear()
    before = counted(code)
    response = await client.post("/graphql", **request)
    assert code_of(response) == code
    assert log.only.keys() >= MEMBERS
    assert (log.only["code"], log.only["requestId"]) == (code, response.headers["x-request-id"])
    assert "nobody-should-read" not in log.texts[0]
    assert counted(code) - before == 1
    if code in errors.PASSING:
        come_back(response)
    else:
        assert "retry-after" not in response.headers


def _nothing_trusted() -> Any:
    class Nothing:
        def find(self, _: object) -> None:
            return None

    return Nothing()


async def _never_end(*_: object) -> None:
    await asyncio.Event().wait()


def _fail(*_: object) -> None:
    raise ValueError("broken")


# What will pass says when


def come_back(response: httpx2.Response) -> None:
    """Status, header and extension of a temporary error agree."""
    (error,) = response.json()["errors"]
    seconds = error["extensions"]["retryAfter"]
    assert response.status_code == errors.PASSING[error["extensions"]["code"]]
    assert response.headers["retry-after"] == str(seconds)
    assert isinstance(seconds, int)
    assert 1 <= seconds <= 61


@pytest.mark.parametrize(
    "kind", [kind for kind in kinds(RequestRejected) if kind.code in errors.PASSING], ids=lambda kind: kind.__name__
)
def test_s65_a_refusal_of_http_that_will_pass_says_when(kind: type[RequestRejected]) -> None:
    refusal = kind("Why.")
    (error,) = json.loads(refusal.body)["errors"]
    assert refusal.status == errors.PASSING[refusal.code]
    assert dict(refusal.headers)[b"retry-after"] == b"%d" % error["extensions"]["retryAfter"]


THROTTLING: dict[str, tuple[Policy | None, ProcessRateLimit | None, Request]] = {
    "rate limit": (Policy(LIMITS, ProcessRateLimit(1, lambda: 0)), None, {"json": HELLO, "headers": BEARER}),
    "rate limit of nobody": (Policy(LIMITS, ProcessRateLimit(1, lambda: 0)), None, {"json": HELLO}),
    "failed bearers": (
        Policy(LIMITS, failures=ProcessRateLimit(1, lambda: 0)),
        None,
        {"json": HELLO, "headers": {"Authorization": "Bearer x"}},
    ),
    "failed cookies": (
        Policy(LIMITS, failures=ProcessRateLimit(1, lambda: 0)),
        None,
        {"json": HELLO, "headers": COOKIE | {"Origin": "http://auth.example"}},
    ),
    "attempts": (None, ProcessRateLimit(1, lambda: 0), {"json": {"query": USE}, "headers": BEARER}),
}


@pytest.mark.parametrize("limit", THROTTLING)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_s65_every_limit_says_when_to_come_back(server: Server, limit: str, accept: str) -> None:
    policy, attempts, request = THROTTLING[limit]
    client = server(policy, attempts=attempts)
    headers = request.get("headers", {}) | {"Accept": accept}
    for _ in range(2):
        response = await client.post("/graphql", json=request["json"], headers=headers)
    assert code_of(response) == "THROTTLED"
    come_back(response)


@pytest.mark.parametrize(
    "headers", [BEARER, {"Authorization": "Bearer ag_0_x"}, COOKIE | {"Origin": "http://auth.example"}]
)
async def test_s65_without_its_table_the_server_says_when_to_come_back(
    server: Server, proxy: CountingProxy, headers: dict[str, str]
) -> None:
    proxy.fail_next("*", "InternalServerError", times=100)
    response = await server().post("/graphql", json=FIND, headers=headers)
    come_back(response)


async def test_s65_an_answer_in_part_keeps_its_status_and_says_when_to_ask_for_the_rest(
    server: Server, api: Api, ada: Person
) -> None:
    client = server(attempts=ProcessRateLimit(1, lambda: 0))
    await client.post("/graphql", json={"query": USE}, headers=BEARER)
    use = USE.removeprefix("mutation {").removesuffix("}")
    made = 'createUser(input: {userId: "new"}) { user { userId } }'
    for both in (
        f"mutation {{ {made} {use} }}",
        f"mutation {{ ...Both }} fragment Both on Mutation {{ {made} {use} }}",
    ):
        response = await client.post("/graphql", json={"query": both}, headers=BEARER)
        assert response.status_code == 200, "a client that sends a request again for its status would make two users"
        assert response.headers["retry-after"] == str(response.json()["errors"][0]["extensions"]["retryAfter"])
        assert (await api.changed("deleteUser", "user { userId }", by={"userId": "new"}))["user"] == {"userId": "new"}


# Origins


PUBLIC = "http://auth.example"
PROXIED = {"X-Forwarded-For": "203.0.113.7"}
FORWARDED = PROXIED | {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "id.example"}


@pytest.mark.parametrize(
    ("peer", "headers", "ours", "hint"),
    [
        ("192.0.2.1", {}, PUBLIC, False),
        ("192.0.2.1", PROXIED, PUBLIC, True),
        ("192.0.2.1", FORWARDED, PUBLIC, True),
        ("10.0.0.9", PROXIED, PUBLIC, True),
        ("10.0.0.9", FORWARDED, "https://id.example", False),
        ("10.0.0.9", PROXIED | {"X-Forwarded-Proto": "https"}, "https://auth.example", True),
    ],
)
@pytest.mark.parametrize("origin", ["https://page.example", None])
async def test_s65_a_refused_origin_is_told_what_it_was_compared_with(
    server: Server, log: Lines, peer: str, headers: dict[str, str], ours: str, hint: bool, origin: str | None
) -> None:
    client = server(peer=peer, trusted_proxies="10.0.0.0/8", allowed_origins="https://app.example")
    page = {"Origin": origin} if origin else {}
    response = await client.post("/graphql", json=HELLO, headers=COOKIE | headers | page)
    message = response.json()["errors"][0]["message"]
    assert code_of(response) == "ORIGIN_FORBIDDEN"
    assert (f"is {origin}." if origin else "is missing.") in message
    assert f"own origin is {ours}," in message
    assert "AUTHGRAPH_ALLOWED_ORIGINS" in message
    assert ("AUTHGRAPH_TRUSTED_PROXIES" in message) is hint
    assert log.only["reason"] == message


async def test_s65_a_refused_preflight_is_told_the_same(server: Server, log: Lines) -> None:
    headers = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    response = await server().options("/graphql", headers=headers)
    message = response.json()["errors"][0]["message"]
    assert "is https://page.example. The server's own origin is http://auth.example," in message
    assert "AUTHGRAPH_ALLOWED_ORIGINS" in message
    assert (log.only["code"], log.only["reason"]) == ("ORIGIN_FORBIDDEN", message)


HOSTILE = [
    b"https://evil.example\r\nINFO authgraph: all is well",
    b'https://evil.example", "code": "OK',
    b"https://evil.example\x1b[2J\x07\x00\x85\xa0\xff",
    b"https://evil.example %(code)s {0} %s",
    b"https://" + b"e" * 30_000,
]


@pytest.mark.parametrize("header", ["origin", "host", "x-forwarded-host", "x-forwarded-proto"])
@pytest.mark.parametrize("value", HOSTILE, ids=["a line", "a member", "controls", "a format", "a lot"])
async def test_s65_what_was_sent_is_shown_short_and_forges_no_line(
    server: Server, log: Lines, header: str, value: bytes
) -> None:
    sent = {b"cookie": b"authjs.session-token=t", b"origin": b"https://page.example", b"host": b"auth.example"}
    sent |= {b"x-forwarded-host": b"id.example", b"x-forwarded-proto": b"https"}
    sent[header.encode()] = value
    client = server(peer="10.0.0.9", trusted_proxies="10.0.0.0/8")
    app = client._transport.app  # type: ignore[attr-defined]
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "scheme": "http"}
    await app(scope | {"headers": [*sent.items()], "client": ("10.0.0.9", 1)}, receive, send)
    assert messages[0]["status"] == 403
    reason = log.only["reason"]
    assert len(reason) < 600 + 2 * LONGEST_SHOWN
    assert reason.isprintable()
    plain = logging.Formatter("%(levelname)s %(name)s: %(message)s").format(
        logging.LogRecord("authgraph.operations", logging.INFO, "", 1, "%(reason)s", ({"reason": reason},), None)
    )
    assert len(plain.splitlines()) == 1
    assert log.only["code"] == "ORIGIN_FORBIDDEN"
