"""What clients see of errors, what is counted, and what happens when DynamoDB fails."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import orjson
import pytest
from graphql import get_introspection_query

from commands.logs import JsonLines
from dynamo import api_keys, sessions
from dynamo import errors as dynamo_errors
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.metrics import snapshot
from execution.rate_limit import ProcessRateLimit
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.settings import Limits
from resolvers import users
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA
from tests.api import ADMIN_KEY, SECRET, Api
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable
from tests.metrics import metric_value
from tests.resolvers.people import Person, key_with
from web.app import create_app
from web.settings import ServerSettings

INSIDE = "arn:aws:dynamodb:us-east-1:123456789012:table/next-auth with a stack"
LIMITS = Limits(_env_file=None)
BEARER = {"Authorization": f"Bearer {ADMIN_KEY}"}


def executor(table: Table, **policy: Any) -> Executor:
    """An executor over the table, with a policy of its own."""
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,), ProcessRateLimit(1, lambda: 0))
    return Executor(GRAPHQL_SCHEMA, service, Policy(**{"limits": LIMITS} | policy))


@pytest.fixture
def production(proxied_settings: TableSettings) -> Api:
    """An executor as in production, where introspection requires credentials."""
    table = Table.connect(proxied_settings)
    return Api(table, executor(table, anonymous_introspection=False))


@pytest.fixture
async def http(counted_api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole server except its socket, with a limit that a large operation exceeds."""
    app = create_app(
        executor(counted_api.table, rate_limit=ProcessRateLimit(5000, lambda: 0)),
        ServerSettings(_env_file=None, max_body_bytes=4000),
        ready=_never_ready,
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://auth.example") as client:
        yield client


async def _never_ready() -> None:
    raise dynamo_errors.Unavailable(INSIDE)


# S37


async def test_s37_an_unexpected_exception_in_a_resolver_tells_nothing_but_the_request_id(
    api: Api, ada: Person, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(users, "by_raw_id", fail)
    query = {"query": '{ caller { kind } user(by: {userId: "ada"}) { name } }'}
    for _ in range(3):
        response = await http.post("/graphql", json=query, headers=BEARER | {"X-Request-Id": "abc-123"})
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
        assert error["path"] == ["user"]
        assert "abc-123" in error["message"]
        assert response.json()["data"] == {"caller": {"kind": "API_KEY"}, "user": None}
        assert "arn" not in response.text
        assert "Traceback" not in response.text
    assert INSIDE in caplog.text, "whoever runs the server does learn it"


async def test_s37_an_unexpected_exception_before_any_resolver_is_told_as_little(
    production: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(INSIDE)

    monkeypatch.setattr(sessions, "sign_in", fail)
    outcome = await production.acting_as("a-token").send("{ caller { kind } }")
    (error,) = orjson.loads(outcome.body)["errors"]
    assert (outcome.status, error["extensions"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "arn" not in outcome.body.decode()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (dynamo_errors.DynamoError(INSIDE), "INTERNAL_SERVER_ERROR"),
        (dynamo_errors.Misconfigured(INSIDE), "SERVICE_UNAVAILABLE"),
        (dynamo_errors.Unavailable(INSIDE), "SERVICE_UNAVAILABLE"),
    ],
)
async def test_s37_what_dynamodb_said_stays_here(
    production: Api, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: str
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(users, "by_raw_id", fail)
    monkeypatch.setattr(sessions, "sign_in", fail)
    for api in (production, production.acting_as("a-token")):
        outcome = await api.send('{ user(by: {userId: "ada"}) { name } }')
        (error,) = orjson.loads(outcome.body)["errors"]
        assert error["extensions"]["code"] == code
        assert "arn" not in outcome.body.decode()


async def test_s37_a_value_that_does_not_fit_is_the_callers_mistake(production: Api) -> None:
    document = "query($n: Int) { users(first: $n) { nodes { id } } }"
    values: tuple[Any, ...] = ("many", 1.5, [])
    for value in values:
        assert await production.codes(document, {"n": value}) == ["BAD_USER_INPUT"]


# S38


@pytest.mark.parametrize(
    "document",
    [
        get_introspection_query(),
        '{ __type(name: "User") { name } }',
        "{ caller { kind } ...F } fragment F on Query { __schema { types { name } } }",
    ],
    ids=["all of it", "one type", "in a fragment"],
)
async def test_s38_in_production_the_schema_is_for_callers_who_are_known(
    production: Api, proxy: CountingProxy, document: str
) -> None:
    assert await production.codes(document) == []
    program = await key_with(production, "USERS_READ")
    assert await production.acting_as(program).codes(document) == []
    for nobody in (production.acting_as(), production.acting_as("a-guess")):
        assert await nobody.codes(document) == ["UNAUTHENTICATED"]
    assert await production.acting_as().codes("{ __typename }") == []


async def test_s38_in_production_errors_suggest_no_names(production: Api) -> None:
    for document in (
        "{ userz { nodes { id } } }",
        "{ caller { knd } }",
        "{ users(frst: 1) { nodes { id } } }",
        "query($a: Strng) { caller { kind } }",
        '{ user(by: {emial: "x"}) { id } }',
        '{ user(by: {who: "x"}) { id } }',
        '{ user(by: "x") { id } }',
        "{ user(by: {}) { id } }",
        "{ ...F } fragment F on Usr { id }",
        "{ caller @skp(if: true) { kind } }",
        'mutation { createApiKey(input: {name: "x", scopes: [USER_READ]}) { secret } }',
    ):
        for caller in (production.acting_as(), production.acting_as("a-guess"), production):
            body = (await caller.send(document)).body.decode()
            assert "GRAPHQL_VALIDATION_FAILED" in body
            assert "Did you mean" not in body
            assert "sessionToken" not in body


async def test_s38_in_development_they_do(api: Api) -> None:
    assert "Did you mean" in (await api.acting_as().send("{ caller { knd } }")).body.decode()


# S39


def graphql(query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request of an administrator, for `request` of a client."""
    return {"method": "POST", "json": {"query": query, "variables": variables}, "headers": BEARER}


def anonymous(query: str) -> dict[str, Any]:
    """A request without credentials, for `request` of a client."""
    return {"method": "POST", "json": {"query": query}}


USE = 'useVerificationToken(input: {identifier: "i", token: "t"}) { verificationToken { expires } }'
REJECTIONS: dict[str, dict[str, Any]] = {
    "BAD_REQUEST": {"method": "POST", "json": []},
    "UNAUTHENTICATED": anonymous("{ users { nodes { id } } }"),
    "ORIGIN_FORBIDDEN": {
        "method": "POST",
        "json": {"query": "{ caller { kind } }"},
        "headers": {"Cookie": "authjs.session-token=x", "Origin": "https://evil.example"},
    },
    "METHOD_NOT_ALLOWED": {"method": "PUT"},
    "NOT_ACCEPTABLE": {"method": "POST", "json": {"query": "{ a }"}, "headers": {"Accept": "text/csv"}},
    "BODY_TOO_LARGE": {"method": "POST", "content": b" " * 5000, "headers": {"Content-Type": "application/json"}},
    "UNSUPPORTED_MEDIA_TYPE": {"method": "POST", "content": b"{}", "headers": {"Content-Type": "text/plain"}},
    "GRAPHQL_PARSE_FAILED": graphql("{"),
    "GRAPHQL_VALIDATION_FAILED": graphql("{ nobody }"),
    "LIMIT_EXCEEDED": graphql("{ " + "__typename " * 21 + "}"),
    "COST_EXCEEDED": graphql("{ users { nodes { sessions { nodes { user { sessions { nodes { id } } } } } } } }"),
    "OPERATION_RESOLUTION_FAILURE": graphql("query A { __typename } query B { __typename }"),
    "BAD_USER_INPUT": graphql("{ users(first: 0) { nodes { id } } }"),
    "INVALID_CURSOR": graphql('{ users(after: "x") { nodes { id } } }'),
    "THROTTLED": graphql("{ users { nodes { sessions(first: 100) { nodes { id } } } } }"),
}


@pytest.mark.parametrize("code", REJECTIONS)
async def test_s39_every_rejection_has_a_code_and_is_counted(http: httpx2.AsyncClient, code: str) -> None:
    request = dict(REJECTIONS[code])
    before = counted(code)
    response = await http.request(request.pop("method"), "/graphql", **request)
    codes = [error["extensions"]["code"] for error in response.json()["errors"]]
    assert code in codes
    assert counted(code) - before == codes.count(code)


def counted(code: str) -> float:
    """How often an error code was returned."""
    return metric_value("authgraph_errors_total", code=code)


async def test_s39_a_refused_caller_is_counted(http: httpx2.AsyncClient, api: Api) -> None:
    program = await key_with(api, "USERS_READ")
    before = counted("FORBIDDEN")
    query = {"query": "{ apiKeys { nodes { id } } }"}
    response = await http.post("/graphql", json=query, headers={"Authorization": f"Bearer {program}"})
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert counted("FORBIDDEN") - before == 1


async def test_s39_too_many_attempts_are_counted(http: httpx2.AsyncClient) -> None:
    before = counted("THROTTLED")
    for _ in range(2):
        response = await http.post("/graphql", json={"query": f"mutation {{ {USE} }}"}, headers=BEARER)
    assert response.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert counted("THROTTLED") - before == 1


@pytest.mark.parametrize(("path", "code"), [("/nowhere", "NOT_FOUND"), ("/readyz", "SERVICE_UNAVAILABLE")])
async def test_s39_what_is_refused_elsewhere_is_counted_too(http: httpx2.AsyncClient, path: str, code: str) -> None:
    before = counted(code)
    response = await http.get(path)
    assert response.json()["errors"][0]["extensions"]["code"] == code
    assert "arn" not in response.text
    assert counted(code) - before == 1


async def test_s39_an_operation_is_counted_with_its_cost_and_what_dynamodb_did(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    names = ("authgraph_cost_total", "authgraph_dynamodb_requests_total", "authgraph_operation_seconds")
    before = [metric_value(name) for name in names]
    await counted_api.data('{ user(by: {userId: "ada"}) { accounts { nodes { provider } } } }')
    after = [metric_value(name) for name in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [51, proxy.total, 1]


async def test_s39_no_label_holds_what_a_client_sent(counted_api: Api) -> None:
    await counted_api.send("query SentByAClient { sentByAClient }", operation_name="SentByAClient")
    labels = {label for values in snapshot().values() for series in values for label in series}
    assert [label for label in labels if "SentByAClient" in label] == []


# S41


class Lines(logging.Handler):
    """Keeps each log line as it is written in production."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(JsonLines().format(record)))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Lines:
    """The lines of the operation log."""
    caplog.set_level(logging.INFO)
    handler = Lines()
    logger = logging.getLogger("authgraph.operations")
    logger.addHandler(handler)
    handler.addFilter(lambda record: record.name == logger.name)
    return handler


async def test_s41_each_operation_is_one_line_with_its_name_its_cost_and_a_hash_of_the_caller(
    counted_api: Api, ada: Person, log: Lines
) -> None:
    log.lines.clear()
    document = "query Find($e: String!) { user(by: {email: $e}) { id } }"
    await counted_api.acting_as(ada.token).data(document, {"e": "ada@example.com"})
    await counted_api.acting_as(session_cookie=ada.token).data(document, {"e": "else@example.com"})
    first, second = log.lines
    assert {name: first[name] for name in ("operation", "type", "code", "cost", "dynamodbRequests")} == {
        "operation": "Find",
        "type": "query",
        "code": "OK",
        "cost": 1,
        "dynamodbRequests": 2,
    }
    assert first["milliseconds"] >= 0
    assert first["caller"] == second["caller"]
    text = json.dumps(log.lines)
    for private in ("example.com", ada.token, "ada", document):
        assert private not in text


async def test_s41_callers_are_told_apart_and_nobody_is_anonymous(api: Api, ada: Person, log: Lines) -> None:
    log.lines.clear()
    for caller in (api, api.acting_as(ada.token), api.acting_as(), api.acting_as("guess")):
        await caller.answer("{ caller { kind } }")
    callers = [line["caller"] for line in log.lines]
    assert callers[2:] == ["anonymous", "anonymous"]
    assert len({*callers}) == 3


@pytest.mark.parametrize(
    ("document", "code"), [("{", "GRAPHQL_PARSE_FAILED"), ("{ nobody }", "GRAPHQL_VALIDATION_FAILED")]
)
async def test_s41_a_refusal_is_a_line_with_its_code(api: Api, log: Lines, document: str, code: str) -> None:
    log.lines.clear()
    await api.send(document)
    assert [line["code"] for line in log.lines] == [code]


# S43


async def unavailable(api: Api, document: str) -> Outcome:
    """Send an operation for which DynamoDB fails, and check the error."""
    outcome = await api.send(document)
    (error,) = orjson.loads(outcome.body)["errors"]
    assert error["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1}
    return outcome


@pytest.mark.parametrize(
    "error",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError", "ServiceUnavailable"],
)
async def test_s43_a_failing_dynamodb_is_a_typed_error_with_a_hint_and_then_forgotten(
    counted_api: Api, ada: Person, proxy: CountingProxy, error: str
) -> None:
    proxy.fail_next("*", error, times=1000)
    outcome = await unavailable(counted_api, '{ user(by: {userId: "ada"}) { name } }')
    assert orjson.loads(outcome.body)["data"] == {"user": None}
    outcome = await unavailable(counted_api.acting_as(ada.token), "{ viewer { user { name } } }")
    assert (outcome.status, dict(outcome.headers)) == (503, {"Retry-After": "1"})
    proxy.reset()
    assert (await counted_api.data('{ user(by: {userId: "ada"}) { name } }'))["user"] == {"name": "Ada"}


async def test_s43_a_connection_that_breaks_is_tried_again(counted_api: Api, ada: Person, proxy: CountingProxy) -> None:
    proxy.drop_next("GetItem")
    assert (await counted_api.data('{ user(by: {userId: "ada"}) { name } }'))["user"] == {"name": "Ada"}


async def test_s43_connections_that_all_break_are_a_typed_error(
    counted_api: Api, ada: Person, proxy: CountingProxy
) -> None:
    proxy.drop_next("*", times=1000)
    await unavailable(counted_api, '{ user(by: {userId: "ada"}) { name } }')


async def test_s43_a_dynamodb_that_does_not_answer_is_given_up_on(
    proxied_settings: TableSettings, ada: Person, proxy: CountingProxy
) -> None:
    quick = proxied_settings.model_copy(update={"dynamodb_read_timeout_seconds": 0.2, "dynamodb_max_attempts": 2})
    table = Table.connect(quick)
    proxy.delay_next("GetItem", 30, times=10)
    await unavailable(Api(table, executor(table)), '{ user(by: {userId: "ada"}) { name } }')


async def test_s43_a_write_whose_answer_was_lost_is_not_made_twice(
    counted_api: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    proxy.drop_next("TransactWriteItems", answered=True)
    payload = await counted_api.change("createUser", "user { userId }", userId="ada", email="ada@example.com")
    stored = [item for item in raw.items() if item["pk"]["S"] == "USER#ada"]
    assert len(stored) == 1
    assert payload["user"] == {"userId": "ada"}


async def test_s40_the_readiness_check_reads_one_item_by_its_key(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    await api_keys.get(Table.connect(proxied_settings), "ready?")
    assert proxy.operations == ["GetItem"]


async def test_errors_of_the_whole_request_reach_a_client_that_named_an_operation(api: Api) -> None:
    outcome = await replace(api, credentials=Credentials()).executor(
        GraphQLRequest("query A { users { nodes { id } } }", "A"), Credentials()
    )
    assert outcome.request_error
    assert outcome.codes == ("UNAUTHENTICATED",)
