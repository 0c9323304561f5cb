"""The transport's security requirements. Each test has the number of its requirement."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from resolvers.jwt_cookies import JwtCookie
from tests.processes import fetch
from tests.web.conftest import Connect, Serve
from tests.web.greetings import Greetings
from web.settings import SESSION_COOKIES

QUERY = {"query": "{ hello }"}
JWT = f"eyJ..{'i' * 22}.victim.{'t' * 43}"
CRUMBS: dict[str, tuple[str, str | JwtCookie]] = {
    "a database session": ("{0}=victim", "victim"),
    "a JWT session": (f"{{0}}={JWT}", JwtCookie("authjs.session-token", JWT)),
    "a JWT session in parts": (f"{{0}}.0={JWT[:9]}; {{0}}.1={JWT[9:]}", JwtCookie("authjs.session-token", JWT)),
}
"""The kinds of session cookies, `{0}` being their name, and what they are taken for."""
OURS = {"Origin": "http://auth.example"}
FOREIGN = {"Origin": "https://evil.example"}
LISTED = {"Origin": "https://app.example"}


@pytest.fixture(params=CRUMBS)
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of session cookie."""
    return str(request.param)


@pytest.fixture
def victim(kind: str) -> tuple[str | JwtCookie, ...]:
    """What a cookie of this kind is taken for if it counts."""
    return (CRUMBS[kind][1],)


@pytest.fixture
def cookie(kind: str) -> dict[str, str]:
    """The header with a cookie of this kind."""
    return {"Cookie": CRUMBS[kind][0].format("authjs.session-token")}


def code_of(response: httpx2.Response) -> str:
    """The code of the only error."""
    (error,) = response.json()["errors"]
    assert isinstance(error["message"], str)
    code: str = error["extensions"]["code"]
    return code


# S1


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        "text/plain; application/json",
        "application/json; charset=utf-16",
        "application/json, text/plain",
    ],
)
async def test_s1_a_post_that_is_not_json_runs_no_resolver(
    client: httpx2.AsyncClient, greetings: Greetings, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await client.post("/graphql", content=json.dumps(QUERY), headers=headers)
    assert response.status_code == 415
    assert code_of(response) == "UNSUPPORTED_MEDIA_TYPE"
    assert greetings.calls == []


async def test_s1_a_compressed_body_is_refused_rather_than_unpacked(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    response = await client.post("/graphql", json=QUERY, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415
    assert greetings.calls == []


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", 'application/json;charset="UTF-8"'])
async def test_s1_json_in_utf_8_is_accepted_however_it_is_spelt(client: httpx2.AsyncClient, content_type: str) -> None:
    response = await client.post("/graphql", content=json.dumps(QUERY), headers={"Content-Type": content_type})
    assert response.json() == {"data": {"hello": "Hello, world!"}}


# S2


async def test_s2_a_get_never_runs_a_mutation(client: httpx2.AsyncClient, greetings: Greetings) -> None:
    response = await client.get("/graphql", params={"query": "mutation { count }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert greetings.resolved == []


async def test_s2_a_get_is_passed_on_as_read_only_and_a_post_is_not(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    await client.get("/graphql", params=QUERY)
    assert greetings.request.read_only
    await client.post("/graphql", json=QUERY)
    assert not greetings.request.read_only


async def test_s2_a_get_without_a_header_that_needs_a_preflight_is_anonymous(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str]
) -> None:
    response = await client.get("/graphql", params=QUERY, headers=cookie)
    assert response.status_code == 200
    assert greetings.credentials.session_cookies == ()


async def test_s2_a_get_with_that_header_may_use_the_cookie(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str], victim: tuple[str | JwtCookie, ...]
) -> None:
    await client.get("/graphql", params=QUERY, headers=cookie | {"GraphQL-Require-Preflight": "1"})
    assert greetings.credentials.session_cookies == victim


async def test_s2_that_header_does_not_help_a_page_that_says_it_is_foreign(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str]
) -> None:
    response = await client.get("/graphql", params=QUERY, headers=cookie | FOREIGN | {"GraphQL-Require-Preflight": "1"})
    assert response.status_code == 403
    assert greetings.calls == []


# S3


@pytest.mark.parametrize("name", SESSION_COOKIES)
@pytest.mark.parametrize(
    "origin",
    [
        {},
        FOREIGN,
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://auth.example"},
        {"Origin": "http://auth.example:8080"},
        {"Origin": "http://auth.example.evil.example"},
        {"Origin": "http://evil.auth.example"},
    ],
)
@pytest.mark.parametrize("allowed", ["", "*", "https://app.example"])
async def test_s3_a_cookie_counts_only_from_a_trusted_origin(
    connect: Connect, greetings: Greetings, name: str, origin: dict[str, str], allowed: str
) -> None:
    client = await connect(allowed_origins=allowed)
    for crumb, _ in CRUMBS.values():
        response = await client.post("/graphql", json=QUERY, headers={"Cookie": f"a=b; {crumb.format(name)}", **origin})
        assert response.status_code == 403
        assert code_of(response) == "ORIGIN_FORBIDDEN"
    assert greetings.calls == []


async def test_s3_two_origin_headers_count_as_foreign(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str]
) -> None:
    origins = [("Origin", "http://auth.example"), ("Origin", "http://auth.example")]
    response = await client.post("/graphql", json=QUERY, headers=[*cookie.items(), *origins])
    assert response.status_code == 403
    assert greetings.calls == []


async def test_s3_a_cookie_from_our_own_page_counts(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str], victim: tuple[str | JwtCookie, ...]
) -> None:
    response = await client.post("/graphql", json=QUERY, headers=cookie | OURS)
    assert response.status_code == 200
    assert greetings.credentials.session_cookies == victim


async def test_s3_a_cookie_from_a_listed_origin_counts(
    connect: Connect, greetings: Greetings, cookie: dict[str, str], victim: tuple[str | JwtCookie, ...]
) -> None:
    client = await connect(allowed_origins="https://other.example,https://app.example")
    await client.post("/graphql", json=QUERY, headers=cookie | LISTED)
    assert greetings.credentials.session_cookies == victim


async def test_s3_a_bearer_token_is_exempt_and_the_cookie_beside_it_is_dropped(
    client: httpx2.AsyncClient, greetings: Greetings, cookie: dict[str, str]
) -> None:
    response = await client.post("/graphql", json=QUERY, headers=cookie | FOREIGN | {"Authorization": "Bearer key"})
    assert response.status_code == 200
    assert greetings.credentials.bearer == "key"
    assert greetings.credentials.session_cookies == ()


async def test_s3_a_request_without_credentials_needs_no_origin(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/graphql", json=QUERY, headers={"Cookie": "theme=dark"})).status_code == 200


@pytest.mark.parametrize(("peer", "status"), [("10.0.0.9", 200), ("192.0.2.1", 403)])
async def test_s3_our_own_origin_is_what_a_trusted_proxy_says_it_is(
    connect: Connect, peer: str, status: int, cookie: dict[str, str]
) -> None:
    client = await connect(trusted_proxies="10.0.0.0/8", peer=peer)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "id.example:443", "Origin": "https://id.example"}
    assert (await client.post("/graphql", json=QUERY, headers=cookie | forwarded)).status_code == status


# S4


async def test_s4_a_star_never_comes_with_credentials(connect: Connect) -> None:
    client = await connect(allowed_origins="*,https://app.example")
    for origin, answer, credentials in (
        (FOREIGN, "*", None),
        (LISTED, "https://app.example", "true"),
        ({"Origin": "null"}, "*", None),
    ):
        response = await client.post("/graphql", json=QUERY, headers=origin)
        assert response.headers["access-control-allow-origin"] == answer
        assert response.headers.get("access-control-allow-credentials") == credentials


@pytest.mark.parametrize("origin", [FOREIGN, {"Origin": "null"}, {"Origin": "https://app.example.evil.example"}, OURS])
async def test_s4_an_origin_off_the_list_is_not_reflected(connect: Connect, origin: dict[str, str]) -> None:
    client = await connect(allowed_origins="https://app.example")
    response = await client.post("/graphql", json=QUERY, headers=origin)
    assert [name for name in response.headers if name.startswith("access-control")] == []


async def test_s4_every_answer_varies_with_the_origin(connect: Connect) -> None:
    client = await connect(allowed_origins="https://app.example")
    for headers in ({}, LISTED, FOREIGN):
        response = await client.post("/graphql", json=QUERY, headers=headers)
        assert "Origin" in response.headers["vary"]
    preflight = await client.options("/graphql", headers=LISTED | {"Access-Control-Request-Method": "POST"})
    assert preflight.headers["vary"] == "Origin"


async def test_s4_a_page_that_may_call_may_also_read_why_it_was_refused(connect: Connect) -> None:
    client = await connect(allowed_origins="https://app.example")
    response = await client.post("/graphql", content="{", headers=LISTED | {"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.headers["access-control-allow-origin"] == "https://app.example"


async def test_s4_a_preflight_from_a_listed_origin_names_methods_and_headers(connect: Connect) -> None:
    client = await connect(allowed_origins="https://app.example")
    response = await client.options("/graphql", headers=LISTED | {"Access-Control-Request-Method": "POST"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    allowed = response.headers["access-control-allow-headers"].split(", ")
    assert {"Authorization", "Content-Type", "GraphQL-Require-Preflight"} <= set(allowed)


async def test_s4_a_preflight_from_elsewhere_is_refused(connect: Connect) -> None:
    client = await connect(allowed_origins="https://app.example")
    response = await client.options("/graphql", headers=FOREIGN | {"Access-Control-Request-Method": "POST"})
    assert response.status_code == 403
    assert [name for name in response.headers if name.startswith("access-control")] == []


# S5


async def endless(chunk: bytes, sent: list[int]) -> AsyncIterator[bytes]:
    """A body without a Content-Length that stops only after far too much."""
    while len(sent) < 5000:
        sent.append(len(chunk))
        yield chunk


async def test_s5_a_declared_body_over_the_limit_is_refused_unread(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    sent: list[int] = []
    response = await client.post(
        "/graphql",
        content=endless(b" " * 1024, sent),
        headers={"Content-Type": "application/json", "Content-Length": "1048577"},
    )
    assert response.status_code == 413
    assert code_of(response) == "BODY_TOO_LARGE"
    assert sent == []
    assert greetings.calls == []


@pytest.mark.parametrize("declared", [{}, {"Content-Length": "2"}, {"Content-Length": "two"}])
async def test_s5_a_body_that_says_nothing_or_lies_about_its_length_is_counted(
    connect: Connect, declared: dict[str, str]
) -> None:
    client = await connect(max_body_bytes=10_000)
    sent: list[int] = []
    response = await client.post(
        "/graphql", content=endless(b" " * 1000, sent), headers={"Content-Type": "application/json", **declared}
    )
    assert response.status_code == 413
    assert sum(sent) <= 11_000


async def test_s5_a_body_of_exactly_the_limit_is_read(connect: Connect) -> None:
    body = json.dumps(QUERY).encode().ljust(200)
    for limit, status in ((200, 200), (199, 413)):
        client = await connect(max_body_bytes=limit)
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == status


def test_s5_a_real_server_refuses_a_large_body_with_an_answer(serve: Serve) -> None:
    with httpx2.Client(base_url=serve(max_body_bytes=1000)) as client:
        response = client.post("/graphql", json={"query": "{ hello }" + " " * 100_000})
        assert response.status_code == 413
        assert client.post("/graphql", json=QUERY).status_code == 200


NESTED_OBJECTS = '{"query": "{ hello }", "variables": ' + '{"a": ' * 500 + "1" + "}" * 500 + "}"
NESTED_ARRAYS = '{"query": "{ hello }", "extensions": {"a": ' + "[" * 500 + "]" * 500 + "}}"
BEYOND_THE_PARSER = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize("body", [NESTED_OBJECTS, NESTED_ARRAYS, BEYOND_THE_PARSER, '{"query": ' * 100_000])
async def test_s5_over_deep_json_is_a_client_error(client: httpx2.AsyncClient, greetings: Greetings, body: str) -> None:
    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"
    assert greetings.calls == []


async def test_s5_many_shallow_brackets_are_no_depth(client: httpx2.AsyncClient) -> None:
    variables: dict[str, Any] = {"wide": [[] for _ in range(1000)]}
    assert (await client.post("/graphql", json=QUERY | {"variables": variables})).status_code == 200


@pytest.mark.parametrize("depth", [8, 9])
async def test_s5_the_depth_limit_is_exact(connect: Connect, depth: int) -> None:
    client = await connect(max_json_depth=8)
    value: Any = []
    for _ in range(depth - 3):
        value = [value]
    # The body is the first level, the variables are the second, and the value reaches level `depth`.
    response = await client.post("/graphql", json=QUERY | {"variables": {"a": value}})
    assert response.status_code == (200 if depth == 8 else 400)


@pytest.mark.parametrize("variables", ["text", 1, True, [], [1]])
async def test_s5_variables_that_are_no_object_are_a_client_error(
    client: httpx2.AsyncClient, greetings: Greetings, variables: object
) -> None:
    response = await client.post("/graphql", json=QUERY | {"variables": variables})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"
    assert greetings.calls == []


# S6


@pytest.mark.parametrize("batch", [[], [QUERY], [QUERY, QUERY]])
async def test_s6_an_array_of_operations_is_rejected(
    client: httpx2.AsyncClient, greetings: Greetings, batch: list[object]
) -> None:
    response = await client.post("/graphql", json=batch)
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"
    assert "Batching" in response.json()["errors"][0]["message"]
    assert greetings.calls == []


# S7


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/graphql?query={hello}", {}),
        ("GET", "/graphql", {"Accept": "text/html"}),
        ("GET", "/graphql", {"Accept": "image/png"}),
        ("POST", "/graphql", {}),
        ("PUT", "/graphql", {}),
        ("OPTIONS", "/graphql", {}),
        ("OPTIONS", "/graphql", {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}),
        ("GET", "/schema.graphql", {}),
        ("GET", "/healthz", {}),
        ("GET", "/readyz", {}),
        ("POST", "/healthz", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/graphiql/assets/nothing", {}),
        ("GET", "/console", {}),
        ("GET", "/console/config.json", {}),
        ("GET", "/console/assets/nothing", {}),
    ],
)
async def test_s7_nothing_is_cached_or_sniffed(
    connect: Connect, method: str, path: str, headers: dict[str, str]
) -> None:
    client = await connect(allowed_origins="https://app.example")
    response = await client.request(method, path, headers=headers)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_s7_graphiql_is_404_when_switched_off(connect: Connect) -> None:
    client = await connect(graphiql=False)
    for path in ("/graphql", "/graphiql/assets/graphiql.js", "/graphiql/assets/init.js"):
        response = await client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 404
        assert code_of(response) == "NOT_FOUND"


async def test_s7_graphiql_is_off_in_production_unless_asked_for(connect: Connect) -> None:
    for graphiql, status in ((None, 404), (True, 200)):
        client = await connect(env="production", graphiql=graphiql)
        assert (await client.get("/graphql", headers={"Accept": "text/html"})).status_code == status


async def test_s7_the_page_runs_no_script_but_ours_and_loads_from_nowhere_else(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"Accept": "text/html"})
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "//" not in response.text.replace("http://www.w3.org", "")


# S21


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", "203.0.113.7", "192.0.2.1"),
        ("192.0.2.1", "10.0.0.1, 203.0.113.7", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", None, "10.0.0.1"),
    ],
)
async def test_s21_only_a_trusted_proxy_says_where_a_request_comes_from(
    connect: Connect, greetings: Greetings, peer: str, forwarded: str | None, address: str
) -> None:
    client = await connect(trusted_proxies="10.0.0.0/8,2001:db8:1::/48", peer=peer)
    await client.post("/graphql", json=QUERY, headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert greetings.credentials.address == address


def test_s21_a_real_server_does_not_believe_its_own_machine_either(serve: Serve, greetings: Greetings) -> None:
    fetch(f"{serve()}/graphql", "POST", json=QUERY, headers={"X-Forwarded-For": "203.0.113.7"})
    assert greetings.credentials.address == "127.0.0.1"
