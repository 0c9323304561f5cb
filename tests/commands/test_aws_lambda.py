"""The handler of AWS Lambda, with events of function URLs and of HTTP APIs."""

import asyncio
import base64
import gc
import json
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commands import aws_lambda
from commands.aws_lambda import Handler, make_handler
from commands.logs import configure_logs
from commands.settings import read_settings
from dynamo import directory_state
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.models import EPOCH
from dynamo.settings import TableSettings
from tests.commands.lambda_events import HOSTS, asking, event
from tests.processes import ADMIN_KEY, SECRET_KEY

BEARER = {"authorization": f"Bearer {ADMIN_KEY}"}
KIND = "{ caller { kind } }"
ORIGIN = "https://app.example"
SOURCES = pytest.mark.parametrize("source", HOSTS)
Environment = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, table_settings: TableSettings) -> Environment:
    """Sets the environment of a function on the test's table, and more variables."""
    # Otherwise it would take away what pytest captures.
    monkeypatch.setattr(aws_lambda, "configure_logs", lambda **_: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    assert table_settings.dynamodb_endpoint_url is not None
    for name in aws_lambda.DEFAULTS:
        # It is set by the handler, and taken back at the end of the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    own = {
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
        "AUTHGRAPH_ALLOWED_ORIGINS": ORIGIN,
    }

    def set_(**more: str) -> None:
        for name, value in (own | more).items():
            monkeypatch.setenv(name, value)

    return set_


@pytest.fixture
def handler(environment: Environment) -> Iterator[Handler]:
    """The handler of an instance."""
    environment()
    former = asyncio.get_event_loop_policy().get_event_loop()
    handler = make_handler()
    loop = asyncio.get_event_loop()
    yield handler
    loop.run_until_complete(handler._parts.table.close())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    asyncio.set_event_loop(former)


def answered(handler: Handler, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of a response."""
    answer = handler(json.loads(json.dumps(sent)), None)
    # Lambda takes nothing else.
    assert json.loads(json.dumps(answer)) == answer
    text = base64.b64decode(answer["body"]).decode() if answer["isBase64Encoded"] else answer["body"]
    assert answer["headers"]["x-request-id"]
    assert answer["headers"]["cache-control"] == "no-store"
    return answer["statusCode"], json.loads(text)


def code_of(handler: Handler, sent: dict[str, Any]) -> tuple[int, str]:
    """The status and the code of the only error."""
    status, answer = answered(handler, sent)
    (error,) = answer["errors"]
    return status, error["extensions"]["code"]


CREATE = "mutation($id: ID!) { createUser(input: {userId: $id}) { user { userId } userErrors { message } } }"
SESSION = """mutation($token: String!) { createSession(input: {user: {userId: "ada"}, sessionToken: $token}) {
  session { id } userErrors { message } } }"""


@SOURCES
def test_queries_and_mutations_are_answered_by_one_instance(handler: Handler, source: str) -> None:
    made = answered(handler, asking(source, CREATE, {"id": "ada"}, headers=BEARER))
    assert made == (200, made[1])
    assert made[1]["data"] == {"createUser": {"user": {"userId": "ada"}, "userErrors": []}}
    for _ in range(2):
        status, found = answered(handler, asking(source, '{ user(by: {userId: "ada"}) { userId } }', headers=BEARER))
        assert (status, found["data"]) == (200, {"user": {"userId": "ada"}})
    by_get = event(
        source,
        method="GET",
        query="query=%7B%20caller%20%7B%20kind%20%7D%20%7D",
        headers=BEARER | {"graphql-require-preflight": "1"},
    )
    assert answered(handler, by_get)[1]["data"] == {"caller": {"kind": "API_KEY"}}


@SOURCES
@pytest.mark.parametrize("place", ["cookies", "header"])
def test_a_cookie_signs_in_wherever_it_comes(handler: Handler, source: str, place: str) -> None:
    answered(handler, asking(source, CREATE, {"id": "ada"}, headers=BEARER))
    answered(handler, asking(source, SESSION, {"token": "a-session-token"}, headers=BEARER))
    cookies = ["theme=dark", "__Secure-authjs.session-token=a-session-token"]
    given: dict[str, Any] = {"cookies": cookies} if place == "cookies" else {}
    headers = {"origin": ORIGIN} if place == "cookies" else {"origin": ORIGIN, "cookie": "; ".join(cookies)}
    document = "{ viewer { user { userId } } }"
    status, answer = answered(handler, asking(source, document, headers=headers, **given))
    assert "errors" not in answer, answer
    assert (status, answer["data"]) == (200, {"viewer": {"user": {"userId": "ada"}}})
    # What is written in the background is written before the instance is frozen.
    assert handler._parts.last_seen is not None
    assert handler._parts.last_seen._writes == set()
    own = asking(source, document, headers=headers | {"origin": f"https://{HOSTS[source]}"}, **given)
    assert answered(handler, own)[0] == 200
    for foreign in ("https://evil.example", f"http://{HOSTS[source]}"):
        refused = asking(source, document, headers=headers | {"origin": foreign, "x-forwarded-proto": "http"}, **given)
        assert code_of(handler, refused) == (403, "ORIGIN_FORBIDDEN")


@SOURCES
def test_a_page_of_a_listed_origin_may_read_the_response(handler: Handler, source: str) -> None:
    preflight = event(source, method="OPTIONS", headers={"origin": ORIGIN, "access-control-request-method": "POST"})
    answer = handler(preflight, None)
    assert (answer["statusCode"], answer["headers"]["access-control-allow-origin"]) == (204, ORIGIN)
    assert handler(asking(source, KIND, headers={"origin": ORIGIN}), None)["headers"]["vary"] == "Accept, Origin"


@SOURCES
def test_bodies_in_base64_are_read(handler: Handler, source: str) -> None:
    sent = asking(
        source, "query($a: ID!) { user(by: {userId: $a}) { id } }", {"a": "å"}, headers=BEARER, base64_encoded=True
    )
    assert answered(handler, sent)[1]["data"] == {"user": None}


@SOURCES
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_answers_are_text(handler: Handler, source: str, accept: str) -> None:
    answer = handler(asking(source, KIND, headers={"accept": accept}), None)
    assert not answer["isBase64Encoded"]
    assert answer["headers"]["content-type"].startswith(accept)


def huge(source: str) -> dict[str, Any]:
    """A request with a body over the limit."""
    return event(source, b'{"query": "' + b" " * (1024 * 1024) + b'"}')


REFUSED: dict[str, tuple[Callable[[str], dict[str, Any]], tuple[int, str]]] = {
    "no document": (lambda source: asking(source, "{"), (200, "GRAPHQL_PARSE_FAILED")),
    "a form": (
        lambda source: asking(source, KIND, headers={"content-type": "text/plain"}),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
    ),
    "no body": (lambda source: event(source, headers={"content-type": "application/json"}), (400, "BAD_REQUEST")),
    "a long body": (huge, (413, "BODY_TOO_LARGE")),
    "a false length": (
        lambda source: event(source, b" " * (1024 * 1024 + 1), headers={"content-length": "2"}),
        (413, "BODY_TOO_LARGE"),
    ),
    "a path": (lambda source: asking(source, KIND, path="/nowhere"), (404, "NOT_FOUND")),
    "a method": (lambda source: asking(source, KIND, method="PUT"), (405, "METHOD_NOT_ALLOWED")),
    "no key": (lambda source: asking(source, KIND, headers={"authorization": "Bearer x"}), (401, "UNAUTHENTICATED")),
    "two keys": (
        lambda source: asking(source, KIND, headers={"authorization": "Bearer x, Bearer y"}),
        (401, "UNAUTHENTICATED"),
    ),
    "a host with a path": (lambda source: asking(source, KIND, headers={"host": "a/b"}), (400, "BAD_REQUEST")),
    "a host with ports": (lambda source: asking(source, KIND, headers={"host": "a:1:2"}), (400, "BAD_REQUEST")),
    "two hosts": (lambda source: asking(source, KIND, headers={"host": "a.example, b.example"}), (400, "BAD_REQUEST")),
    "no host": (lambda source: asking(source, KIND, headers={"host": None}), (400, "BAD_REQUEST")),
    "a coding": (lambda source: asking(source, KIND, headers={"transfer-encoding": "gzip"}), (501, "NOT_IMPLEMENTED")),
    "many headers": (
        lambda source: asking(source, KIND, headers={f"x-{number}": "" for number in range(101)}),
        (431, "HEADERS_TOO_LARGE"),
    ),
    "long cookies": (lambda source: asking(source, KIND, cookies=["a=" + "x" * 40_000]), (431, "HEADERS_TOO_LARGE")),
    "another format": (lambda source: asking(source, KIND) | {"version": "1.0"}, (400, "BAD_REQUEST")),
    "no request": (lambda _: {"Records": []}, (400, "BAD_REQUEST")),
    "broken Base64": (
        lambda source: event(source, b"{}") | {"body": "a", "isBase64Encoded": True},
        (400, "BAD_REQUEST"),
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_wrong_with_a_request_is_answered_as_everywhere(handler: Handler, kind: str) -> None:
    made, expected = REFUSED[kind]
    for source in HOSTS:
        assert code_of(handler, made(source)) == expected


@SOURCES
@pytest.mark.parametrize("path", ["/", "/graphql", "/healthz", "/readyz", "/schema.graphql", "/console", "/nowhere"])
def test_the_response_to_head_has_no_body(handler: Handler, source: str, path: str) -> None:
    answer = handler(event(source, method="HEAD", path=path, headers=BEARER), None)
    assert (answer["body"], answer["isBase64Encoded"]) == ("", False)
    assert answer["headers"]["x-request-id"]


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_of_head_has_no_body(handler: Handler, kind: str) -> None:
    made, _ = REFUSED[kind]
    for source in HOSTS:
        refused = made(source)
        refused.setdefault("requestContext", {}).setdefault("http", {})["method"] = "HEAD"
        assert handler(refused, None)["body"] == ""


ODD: tuple[object, ...] = (None, True, 0, 1.5, "", "\ud800", [], [None], {}, {"a": None})
NOT_READ = {"accountId", "apiId", "domainName", "domainPrefix", "requestId", "routeKey", "stage", "time", "timeEpoch"}


def places(of: dict[str, Any], *above: str) -> Iterator[tuple[str, ...]]:
    """The paths of all members of an event, at every depth."""
    for name, value in of.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from places(value, *above, name)


def test_an_event_with_any_member_missing_or_of_another_type_is_answered_and_never_a_fault(handler: Handler) -> None:
    """Whoever may invoke the function can send it any event, which AWS would not."""
    whole = asking("function URL", KIND, cookies=["a=b"])
    for *above, name in [place for place in places(whole) if NOT_READ.isdisjoint(place)]:
        for odd in (*ODD, handler):
            sent = json.loads(json.dumps(whole))
            inner = sent
            for step in above:
                inner = inner[step]
            inner.pop(name)
            if odd is not handler:
                inner[name] = odd
            answer = handler(sent, None)
            assert answer["statusCode"] < 500, (above, name, odd)
            assert json.loads(answer["body"])


def test_limits_are_counted_in_the_table_and_responses_fit_lambda(environment: Environment) -> None:
    environment()
    for name, value in aws_lambda.DEFAULTS.items():
        os.environ.setdefault(name, value)
    settings = read_settings()
    assert settings.limits.rate_limit_shared
    assert settings.limits.max_response_bytes * 2 <= 6 * 1024 * 1024
    assert aws_lambda.refusals_on_lambda(settings) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTHGRAPH_ENV", "development"),
        ("WEB_CONCURRENCY", "2"),
        ("AUTHGRAPH_METRICS_PORT", "9000"),
        ("AUTHGRAPH_PORT", "8000"),
        ("AUTHGRAPH_HOST", "0.0.0.0"),
        ("AUTHGRAPH_GRAPHIQL", "true"),
        ("AUTHGRAPH_CONSOLE", "true"),
        ("AUTHGRAPH_TRACES", "true"),
        ("AUTHGRAPH_RATE_LIMIT_SHARED", "false"),
        ("AUTHGRAPH_MAX_RESPONSE_BYTES", "6000000"),
        ("AUTHGRAPH_ADMIN_KEY", "short"),
    ],
)
def test_a_setting_that_makes_no_sense_on_lambda_is_one_sentence(
    environment: Environment, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment(**{name: value})
    with pytest.raises(SystemExit) as stopped:
        make_handler()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("authgraph: ")
    assert name in line
    assert "short" not in line


@pytest.mark.parametrize("kept", ["", "email,created", "email,created,signed_in,name"])
def test_a_function_that_starts_without_a_list_takes_it_off_the_state(environment: Environment, kept: str) -> None:
    """From then on, users are written without their entries."""
    environment(**({"AUTHGRAPH_DIRECTORY_INDEX_NAME": "GSI2", "AUTHGRAPH_DIRECTORY_LISTS": kept} if kept else {}))
    former = asyncio.get_event_loop_policy().get_event_loop()

    async def lists(table: Table) -> set[str]:
        return {of.value for of in (await directory_state.read(table)).lists}

    async def store(table: Table) -> None:
        built = dict.fromkeys(DirectoryList, directory_state.Built(EPOCH, 1))
        await table.put(directory_state.item_of(table, directory_state.DirectoryState(built)))
        await table.close()

    for name, value in aws_lambda.DEFAULTS.items():
        os.environ.setdefault(name, value)
    former.run_until_complete(store(Table.connect(read_settings().table)))
    table, loop = make_handler()._parts.table, asyncio.get_event_loop()
    left = loop.run_until_complete(lists(table))
    loop.run_until_complete(table.close())
    loop.close()
    asyncio.set_event_loop(former)
    assert left == {of.value for of in table.directory_lists}
    assert left == (set(kept.upper().split(",")) if kept else set())


def test_the_endpoint_is_that_of_the_region() -> None:
    assert aws_lambda._endpoint(None) == {}
    for region, host in {
        "eu-west-1": "dynamodb.eu-west-1.amazonaws.com",
        "us-gov-west-1": "dynamodb.us-gov-west-1.amazonaws.com",
        "cn-north-1": "dynamodb.cn-north-1.amazonaws.com.cn",
    }.items():
        assert aws_lambda._endpoint(region) == {"AUTHGRAPH_DYNAMODB_ENDPOINT_URL": f"https://{host}"}


def test_a_log_line_is_written_before_an_instance_is_frozen(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        configure_logs(production=True, gathered=False)
        logging.getLogger("authgraph").info("at once")
        assert json.loads(capsys.readouterr().err)["message"] == "at once"
    finally:
        root.handlers[:] = before
