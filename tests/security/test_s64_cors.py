"""S64: pages of listed origins may send the headers of real clients. A setting adds more, except dangerous ones."""

import httpx2
import pytest
from pydantic import ValidationError

from tests.web.conftest import Connect, settings_of
from tests.web.greetings import Greetings

LISTED = "https://app.example"
CLIENTS = {
    "fetch": ["content-type", "authorization"],
    "urql": ["content-type"],
    "Apollo Client": ["content-type", "apollographql-client-name", "apollographql-client-version"],
    "Apollo Client over GET": ["apollo-require-preflight", "x-apollo-operation-name", "x-apollo-operation-type"],
    "Apollo Kotlin": ["x-apollo-operation-id", "x-apollo-operation-name"],
    "Apollo Gateway": ["apollo-federation-include-trace"],
    "GraphQL over HTTP": ["graphql-require-preflight"],
    "OpenTelemetry": ["traceparent", "tracestate", "baggage"],
    "Sentry": ["sentry-trace", "baggage"],
    "a page that names its requests": ["x-request-id"],
}


def preflight(origin: str, *headers: str) -> dict[str, str]:
    """What a browser sends before a request with these headers."""
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(headers),
    }


def allowed(response: httpx2.Response) -> set[str]:
    """The headers that the page may send."""
    return {name.strip().lower() for name in response.headers["access-control-allow-headers"].split(",")}


@pytest.mark.parametrize("origins", [LISTED, "*"])
@pytest.mark.parametrize("client", CLIENTS)
async def test_s64_what_a_client_sends_is_allowed(connect: Connect, origins: str, client: str) -> None:
    http = await connect(allowed_origins=origins)
    response = await http.options("/graphql", headers=preflight(LISTED, *CLIENTS[client]))
    assert response.status_code == 204
    assert set(CLIENTS[client]) <= allowed(response)
    assert "*" not in allowed(response), "a star would not cover Authorization, and would cover everything else"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil.example", ""])
async def test_s64_an_origin_off_the_list_is_allowed_nothing(connect: Connect, origin: str) -> None:
    http = await connect(allowed_origins=LISTED, allowed_headers="x-tenant")
    response = await http.options("/graphql", headers=preflight(origin, "x-tenant"))
    assert response.status_code == 403
    assert [name for name in response.headers if name.startswith("access-control")] == []


async def test_s64_a_setting_adds_headers(connect: Connect) -> None:
    http = await connect(allowed_origins=LISTED, allowed_headers="X-Tenant, x-b3-traceid")
    assert {"x-tenant", "x-b3-traceid", "authorization"} <= allowed(
        await http.options("/graphql", headers=preflight(LISTED, "x-tenant"))
    )


DANGEROUS = [
    "*",
    "Cookie",
    "cookie2",
    "Set-Cookie",
    "Host",
    "Origin",
    "Referer",
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Real-IP",
    "Content-Length",
    "Content-Encoding",
    "Transfer-Encoding",
    "Connection",
    "Upgrade",
    "TE",
    "Trailer",
    "Keep-Alive",
    "Expect",
    "Proxy-Authorization",
    "Sec-Fetch-Site",
    "Access-Control-Request-Method",
]
MALFORMED = ["x tenant", "x-tenant\r\nset-cookie: a", "x:y", "é", '"x"', "x\x00", "x;y", "x/y", "(x)"]


@pytest.mark.parametrize("header", DANGEROUS)
def test_s64_a_header_that_is_not_for_pages_is_no_setting(header: str) -> None:
    for spelling in (header, header.lower(), header.upper(), f"x-tenant,{header}"):
        with pytest.raises(ValidationError, match="that web pages cannot set"):
            settings_of(allowed_headers=spelling)


@pytest.mark.parametrize("header", MALFORMED)
def test_s64_what_is_no_name_of_a_header_is_no_setting(header: str) -> None:
    with pytest.raises(ValidationError, match="is not the name of a header"):
        settings_of(allowed_headers=(header,))


@pytest.mark.parametrize(("origins", "credentials"), [(LISTED, "true"), ("*", None)])
async def test_s64_a_page_reads_what_helps_it_to_go_on(connect: Connect, origins: str, credentials: str | None) -> None:
    http = await connect(allowed_origins=origins)
    for headers in ({}, {"Authorization": "Basic x"}):
        response = await http.get("/graphql", params={"query": "{ hello }"}, headers={"Origin": LISTED, **headers})
        exposed = response.headers["access-control-expose-headers"].split(", ")
        assert {"Retry-After", "Traceresponse", "WWW-Authenticate", "X-Request-Id"} == {*exposed}
        assert response.headers.get("access-control-allow-credentials") == credentials


async def test_s64_the_page_that_may_hold_a_key_is_read_by_no_other_origin(
    connect: Connect, greetings: Greetings
) -> None:
    for origins in (LISTED, "*"):
        http = await connect(allowed_origins=origins)
        response = await http.get("/graphql", headers={"Origin": LISTED, "Accept": "text/html"})
        assert "settings" in response.text
        assert [name for name in response.headers if name.startswith("access-control")] == []
        assert greetings.calls == []
