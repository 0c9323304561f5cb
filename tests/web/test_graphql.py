"""The GraphQL endpoint as a client sees it."""

import asyncio
import logging
from typing import Any, ClassVar

import httpx2
import pytest
from starlette.types import Message

from execution.request import Outcome
from tests.web.conftest import Connect, always_ready, settings_of
from tests.web.greetings import Greetings
from web.app import create_app

QUERY = {"query": "{ hello }"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_query_is_answered_by_post_and_by_get(client: httpx2.AsyncClient) -> None:
    query = "query ($n: Int!) { double(number: $n) }"
    by_post = await client.post("/graphql", json={"query": query, "variables": {"n": 21}})
    by_get = await client.get("/graphql", params={"query": query, "variables": '{"n": 21}'})
    assert by_post.json() == by_get.json() == {"data": {"double": 42}}


async def test_text_beyond_ascii_comes_back_as_it_went(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": '{ hello(name: "Zoë 🏃") }'})
    assert response.json() == {"data": {"hello": "Hello, Zoë 🏃!"}}
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_an_answer_has_its_length(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json=QUERY)
    assert response.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "TRACE", "FOO"])
async def test_another_method_is_refused_with_those_that_work(client: httpx2.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST, OPTIONS"


async def test_options_without_a_preflight_names_the_methods(client: httpx2.AsyncClient) -> None:
    response = await client.options("/graphql")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, POST, OPTIONS"


async def test_an_unacceptable_accept_header_is_refused_before_execution(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    response = await client.post("/graphql", json=QUERY, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"
    assert greetings.calls == []


async def test_accept_headers_on_two_lines_are_one_list(client: httpx2.AsyncClient) -> None:
    headers = [("Accept", "image/png"), ("Accept", "application/graphql-response+json")]
    response = await client.post("/graphql", json=QUERY, headers=headers)
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_refusal_is_a_graphql_error_in_the_type_asked_for(client: httpx2.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json=1, headers={"Accept": accept})
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.json() == {
        "errors": [{"message": "The body must be a JSON object.", "extensions": {"code": "BAD_REQUEST"}}]
    }


async def test_a_malformed_authorization_header_is_refused(client: httpx2.AsyncClient, greetings: Greetings) -> None:
    response = await client.post("/graphql", json=QUERY, headers={"Authorization": "Basic dXNlcjpwdw=="})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert greetings.calls == []


async def test_two_authorization_headers_are_malformed(client: httpx2.AsyncClient) -> None:
    headers = [("Authorization", "Bearer one"), ("Authorization", "Bearer two")]
    assert (await client.post("/graphql", json=QUERY, headers=headers)).status_code == 401


async def test_a_status_and_headers_of_the_outcome_are_used(client: httpx2.AsyncClient, greetings: Greetings) -> None:
    greetings.outcome = Outcome(b'{"errors":[]}', request_error=True, status=429, headers=(("Retry-After", "7"),))
    response = await client.post("/graphql", json=QUERY)
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.content == b'{"errors":[]}'


async def test_an_unexpected_error_tells_the_log_what_and_the_client_nothing(
    client: httpx2.AsyncClient, greetings: Greetings, caplog: pytest.LogCaptureFixture
) -> None:
    greetings.failure = RuntimeError("arn:aws:dynamodb:table/secret")
    with caplog.at_level(logging.ERROR):
        response = await client.post("/graphql", json=QUERY)
    assert response.status_code == 500
    (error,) = response.json()["errors"]
    request_id = response.headers["x-request-id"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    assert "arn" not in response.text
    assert request_id in caplog.text


async def test_an_operation_is_cancelled_at_the_deadline(connect: Connect, greetings: Greetings) -> None:
    greetings.hang = True
    client = await connect(timeout_seconds=0.01)
    response = await client.post("/graphql", json=QUERY)
    assert response.status_code == 504
    assert response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    assert greetings.was_cancelled


async def test_a_timeout_from_within_the_executor_is_not_taken_for_ours(
    client: httpx2.AsyncClient, greetings: Greetings
) -> None:
    greetings.failure = TimeoutError("of something else")
    assert (await client.post("/graphql", json=QUERY)).status_code == 500


# What client libraries cannot send: bodies in pieces, late, or incomplete.


class Wire:
    """One POST request, message by message."""

    scope: ClassVar[Message] = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": None,
    }

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        """The next message. After the last one, wait forever."""
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        """Keep a message of the application."""
        self.sent.append(message)


def part(body: bytes, *, more: bool) -> Message:
    """A piece of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def post(wire: Wire, greetings: Greetings, **values: Any) -> None:
    """Run an application with these messages, without a server around it."""
    app = create_app(greetings, settings_of(**values), ready=always_ready)
    await app(wire.scope, wire.receive, wire.send)


async def test_a_body_in_pieces_is_put_together_and_answered_in_two_messages(greetings: Greetings) -> None:
    wire = Wire(part(b'{"query": "{ he', more=True), part(b"", more=True), part(b'llo }"}', more=False))
    await post(wire, greetings)
    assert [message["type"] for message in wire.sent] == ["http.response.start", "http.response.body"]
    assert wire.sent[1]["body"] == b'{"data":{"hello":"Hello, world!"}}'


async def test_a_peer_without_an_address_is_served(greetings: Greetings) -> None:
    await post(Wire(part(b'{"query": "{ hello }"}', more=False)), greetings)
    assert greetings.credentials.address == ""


async def test_a_body_that_does_not_arrive_is_given_up_at_the_deadline(greetings: Greetings) -> None:
    wire = Wire(part(b'{"query": ', more=True))
    await post(wire, greetings, timeout_seconds=0.01)
    assert wire.sent[0]["status"] == 408
    assert b"REQUEST_TIMEOUT" in wire.sent[1]["body"]


async def test_a_client_that_goes_away_in_its_request_gets_no_answer(greetings: Greetings) -> None:
    wire = Wire(part(b'{"query": ', more=True), {"type": "http.disconnect"})
    await post(wire, greetings)
    assert wire.sent == []
    assert greetings.calls == []


# Request ids


async def test_every_request_has_an_id_which_the_executor_sees(client: httpx2.AsyncClient) -> None:
    first, second = [await client.post("/graphql", json={"query": "{ requestId }"}) for _ in range(2)]
    assert first.json()["data"]["requestId"] == first.headers["x-request-id"]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_plain_incoming_id_is_kept(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ requestId }"}, headers={"X-Request-Id": "edge-1.A_b"})
    assert response.headers["x-request-id"] == response.json()["data"]["requestId"] == "edge-1.A_b"


@pytest.mark.parametrize("incoming", ["", "a b", "a" * 65, 'a"b', "a\tb", "ü"])
async def test_an_id_that_could_forge_a_log_line_is_replaced(client: httpx2.AsyncClient, incoming: str) -> None:
    response = await client.post("/graphql", json=QUERY, headers={b"X-Request-Id": incoming.encode()})
    assert len(response.headers["x-request-id"]) == 32


# GraphiQL or an answer


async def test_a_browser_that_asks_nothing_gets_the_page(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_browser_that_follows_a_link_with_a_query_gets_its_answer(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", params=QUERY, headers=BROWSER)
    assert response.json() == {"data": {"hello": "Hello, world!"}}


async def test_a_program_that_asks_nothing_is_told_what_is_missing(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql")
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The parameter query is missing."


async def test_a_browser_whose_query_string_is_broken_gets_an_error(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/graphql?query=%FF", headers=BROWSER)).status_code == 400


@pytest.mark.parametrize(("coding", "status"), [("identity", 200), ("IDENTITY", 200), ("gzip", 415)])
async def test_a_body_is_sent_without_a_coding(client: httpx2.AsyncClient, coding: str, status: int) -> None:
    """The name of a content coding is case-insensitive."""
    answer = await client.post("/graphql", json={"query": "{ hello }"}, headers={"content-encoding": coding})
    assert answer.status_code == status
