"""Which media type a response gets, and which ones a body may have."""

import pytest

from web.errors import NotAcceptable
from web.media import MediaType, is_json, negotiate, prefers_html

JSON = MediaType.JSON
GRAPHQL_RESPONSE = MediaType.GRAPHQL_RESPONSE

CHROMIUM = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        (b"", JSON),
        (b"*/*", JSON),
        (b"application/*", JSON),
        (CHROMIUM, JSON),
        (b"application/json", JSON),
        (b"application/json, */*", JSON),
        (b"application/json, multipart/mixed", JSON),
        (b"application/graphql-response+json", GRAPHQL_RESPONSE),
        (b"Application/GraphQL-Response+JSON; charset=UTF-8", GRAPHQL_RESPONSE),
        (b"application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        (b"application/json;q=0.9, application/graphql-response+json", GRAPHQL_RESPONSE),
        (b"application/graphql-response+json, application/json", GRAPHQL_RESPONSE),
        (b"application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        (b"application/graphql-response+json, */*;q=0.5", GRAPHQL_RESPONSE),
        (b"application/graphql-response+json;q=0.1, application/json;q=0.2", JSON),
        (b"application/graphql-response+json;q=0, */*", JSON),
        (b"application/json;q=0, */*", GRAPHQL_RESPONSE),
        (b"text/html, application/graphql-response+json;q=0.001", GRAPHQL_RESPONSE),
        (b"application/json;q=nonsense", JSON),
        (b"application/json;q=nan", JSON),
        (b",, ,application/json", JSON),
    ],
)
def test_the_best_match_is_chosen(accept: bytes | None, media_type: MediaType) -> None:
    assert negotiate(accept) is media_type


@pytest.mark.parametrize(
    "accept",
    [
        b"text/html",
        b"image/*",
        b"application/xml",
        b"*/*;q=0",
        b"application/json;q=0",
        b"application/json;q=0.0, text/*",
    ],
)
def test_an_accept_header_that_admits_neither_type_is_an_error(accept: bytes) -> None:
    with pytest.raises(NotAcceptable):
        negotiate(accept)


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (CHROMIUM, True),
        (b"text/html", True),
        (b"text/html, application/json;q=0.9", True),
        (b"application/json, text/html", False),
        (b"application/json, text/html;q=0.9", False),
        (b"text/html;q=0", False),
        (b"text/*", False),
        (b"*/*", False),
        (None, False),
    ],
)
def test_a_page_is_for_those_who_name_html_first(accept: bytes | None, is_page: bool) -> None:
    assert prefers_html(accept) is is_page


@pytest.mark.parametrize(
    ("content_type", "is_accepted"),
    [
        (b"application/json", True),
        (b"APPLICATION/JSON ; charset = utf8", True),
        (b'application/json; charset="utf-8"; x=y', True),
        (b"application/json; charset=latin-1", False),
        (b"application/graphql-response+json", False),
        (b"", False),
        (None, False),
    ],
)
def test_a_body_is_json_only_when_it_says_so(content_type: bytes | None, is_accepted: bool) -> None:
    assert is_json(content_type) is is_accepted
