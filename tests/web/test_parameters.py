"""From a body or a query string to a GraphQLRequest."""

import pytest

from execution.request import GraphQLRequest
from web.errors import BadRequest
from web.json_size import JsonLimits
from web.parameters import from_body, from_query_string

LIMITS = JsonLimits(depth=8, values=100)


def test_a_body_with_every_parameter_is_read() -> None:
    body = b'{"query": "{ a }", "operationName": "A", "variables": {"x": [1]}, "extensions": {"y": null}, "more": 1}'
    assert from_body(body, LIMITS) == GraphQLRequest("{ a }", "A", {"x": [1]}, {"y": None})


def test_null_is_the_same_as_absent() -> None:
    body = b'{"query": "{ a }", "operationName": null, "variables": null, "extensions": null}'
    assert from_body(body, LIMITS) == GraphQLRequest("{ a }")


def test_a_trusted_document_needs_no_query() -> None:
    request = from_body(b'{"extensions": {"persistedQuery": {"sha256Hash": "00"}}}', LIMITS)
    assert request.query is None
    assert request.extensions == {"persistedQuery": {"sha256Hash": "00"}}


def test_a_document_id_stands_for_a_query_in_a_body_and_in_a_query_string() -> None:
    assert from_body(b'{"documentId": "sha256:00"}', LIMITS) == GraphQLRequest(document_id="sha256:00")
    assert from_query_string(b"documentId=00", LIMITS) == GraphQLRequest(document_id="00", read_only=True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b'"a"',
        b"1",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'{"query": null}',
        b'{"query": 1}',
        b'{"query": ["{ a }"]}',
        b'{"qeury": "{ a }"}',
        b'{"query": "{ a }", "operationName": 1}',
        b'{"query": "{ a }", "operationName": {}}',
        b'{"query": "{ a }", "variables": []}',
        b'{"query": "{ a }", "extensions": []}',
        b'{"query": "{ a }", "extensions": "e"}',
        b'{"extensions": {}}',
        b'{"documentId": 1}',
        b'{"query": "{ a }"',
        b'{"query": "{ a }"} {}',
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ a }", "variables": {"x": NaN}}',
        b"\xef\xbb\xbf" + b'{"query": "{ a }"}',
        '{"query": "{ a }"}'.encode("utf-16"),
    ],
)
def test_a_body_of_another_form_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        from_body(body, LIMITS)


def test_a_query_string_with_every_parameter_is_read() -> None:
    query_string = b"query=%7B+a+%7D&operationName=A&variables=%7B%22x%22:1%7D&extensions=%7B%22y%22:2%7D&more=1&more=2"
    assert from_query_string(query_string, LIMITS) == GraphQLRequest("{ a }", "A", {"x": 1}, {"y": 2}, read_only=True)


def test_an_empty_parameter_of_a_query_string_is_the_same_as_absent() -> None:
    request = from_query_string(b"query={a}&operationName=&variables=&extensions=", LIMITS)
    assert request == GraphQLRequest("{a}", read_only=True)


@pytest.mark.parametrize(
    "query_string",
    [
        b"",
        b"variables={}",
        b"query={a}&query={b}",
        b"query={a}&variables=1",
        b"query={a}&variables=[]",
        b"query={a}&variables={",
        b"query={a}&variables=" + b"%5B" * 9 + b"%5D" * 9,
        b"query={a}&extensions=%22e%22",
        b"query=%FF",
        b"query=\xff",
        b"query={a}" + b"&x=1" * 20,
    ],
)
def test_a_query_string_of_another_form_is_a_bad_request(query_string: bytes) -> None:
    with pytest.raises(BadRequest):
        from_query_string(query_string, LIMITS)


def test_half_a_surrogate_pair_is_named_where_it_may_be_what_is_wrong() -> None:
    with pytest.raises(BadRequest, match=r"half a surrogate pair"):
        from_body(rb'{"query": "{ a }", "variables": {"name": "Zo\uD83d"}}', LIMITS)
    with pytest.raises(BadRequest, match=r"UTF-8\.$"):
        from_body(b'{"query": "{ a }"', LIMITS)
