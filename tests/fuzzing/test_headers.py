"""Whatever a header contains, the request has the caller that its credentials name, is anonymous, or is rejected."""

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.door import CALLER, HOST, PLAIN, VIEWER, Door, Guests, fuzz
from tests.fuzzing.mutants import mutants
from tests.session_jwts import VERSIONS, claims_of, make_jwt
from web.settings import SESSION_COOKIES

ORIGIN = (b"origin", f"http://{HOST}".encode())
ANONYMOUS = ("ANONYMOUS", None)

values = st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))


def in_bytes(text: str) -> bytes:
    """Headers as bytes, as a client would send them."""
    return text.encode("utf-8", "surrogatepass")


def test_an_authorization_is_somebodys_or_nobodys(door: Door, guests: Guests) -> None:
    tokens = {guests.ada.token: ("PERSON", "ada"), guests.secret: ("API_KEY", None)}
    for token, who in tokens.items():
        assert door.who([(b"authorization", f"Bearer {token}".encode())]) == who

    odds = st.text(" \t,;x=", max_size=3)
    surrounded = st.builds("{}Bearer {}{}".format, odds, st.sampled_from(list(tokens)), odds).map(in_bytes)

    @fuzz(120)
    @given(st.one_of(*(mutants(f"Bearer {token}").map(in_bytes) for token in tokens), surrounded, values))
    def hold(value: bytes) -> None:
        who = door.who([(b"authorization", value)])
        if who not in (None, ANONYMOUS):
            match = re.fullmatch(rb"[ \t]*bearer +([^ \t]+)[ \t]*", value, re.IGNORECASE)
            assert match is not None
            assert who == tokens[match[1].decode()]

    hold()


def test_a_cookie_is_somebodys_or_nobodys(door: Door, guests: Guests) -> None:
    token = guests.ada.token
    names = st.sampled_from(SESSION_COOKIES)
    assert door.who([ORIGIN, (b"cookie", f"authjs.session-token={token}".encode())]) == ("PERSON", "ada")
    crumbs = st.builds("{}={}".format, names, mutants(token) | st.just(token) | st.text(max_size=20)).map(in_bytes)
    garbage = values | mutants(f"{SESSION_COOKIES[0]}={token}; a=b").map(in_bytes)

    @fuzz(120)
    @given(st.lists(crumbs | garbage, min_size=1, max_size=4).map(b"; ".join))
    def hold(cookie: bytes) -> None:
        who = door.who([ORIGIN, (b"cookie", cookie)])
        assert who in (None, ANONYMOUS, ("PERSON", "ada"))
        if who == ("PERSON", "ada"):
            assert token.encode() in unquote_to_bytes(cookie)
            assert b"session-token" in cookie

    hold()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", ["{name}={head}{tail}", "{name}.0={head}; {name}.1={tail}"])
def test_a_jwt_is_that_of_its_user_or_nobodys(door: Door, guests: Guests, version: str, form: str) -> None:
    name = "authjs.session-token"
    jwt = make_jwt(version, claims_of("ada"), cookie=name)
    whole = form.format(name=name, head=jwt[:100], tail=jwt[100:])
    assert door.who([ORIGIN, (b"cookie", whole.encode())]) == ("PERSON", "ada")

    @fuzz(60)
    @given(mutants(whole).map(in_bytes))
    def hold(cookie: bytes) -> None:
        who = door.who([ORIGIN, (b"cookie", cookie)])
        assert who in (None, ANONYMOUS, ("PERSON", "ada"))
        if who == ("PERSON", "ada"):
            sent = unquote_to_bytes(cookie)
            assert all(part.encode() in sent for part in (jwt[:100], jwt[100:]))

    hold()


def test_a_cookie_counts_from_no_origin_but_our_own(door: Door, guests: Guests) -> None:
    cookie = (b"cookie", f"authjs.session-token={guests.ada.token}".encode())

    @fuzz(100)
    @given(mutants(ORIGIN[1].decode()).map(in_bytes) | values)
    def hold(origin: bytes) -> None:
        who = door.who([(b"origin", origin), cookie])
        assert who == (("PERSON", "ada") if origin == ORIGIN[1] else None)

    hold()


@pytest.mark.parametrize("name", ["content-type", "accept", "graphql-require-preflight", "content-length"])
def test_a_header_about_the_body_breaks_nothing(door: Door, guests: Guests, name: str) -> None:
    body = b'{"query": "{ caller { kind } }"}'
    known = ["application/json; charset=utf-8", "application/graphql-response+json;q=0.5, */*;q=0", "text/html", "33"]

    @fuzz(50)
    @given(st.one_of([mutants(text).map(in_bytes) for text in known] + [values]))
    def hold(value: bytes) -> None:
        own = [] if name == "content-type" else [(b"content-type", b"application/json")]
        reply = door.push("POST", [*own, (name.encode(), value)], body)
        if reply.status == 200 and reply.data:
            assert reply.data == {"caller": {"kind": "ANONYMOUS"}}

    hold()


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "traceparent", "tracestate", "x-request-id"]
)
def test_a_header_from_the_way_changes_nobody(door: Door, guests: Guests, name: str) -> None:
    """No proxy is trusted here, so forwarded headers are ignored."""
    known = [
        "203.0.113.7, 2001:db8::1",
        "auth.example",
        "https",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]
    cookie = (b"cookie", f"authjs.session-token={guests.ada.token}".encode())

    @fuzz(25)
    @given(st.one_of([mutants(text).map(in_bytes) for text in known] + [values]))
    def hold(value: bytes) -> None:
        headers = [(name.encode(), value)]
        assert door.who(headers) == ANONYMOUS
        assert door.who([*headers, (b"authorization", f"Bearer {guests.ada.token}".encode())]) == ("PERSON", "ada")
        assert door.who([*headers, ORIGIN, cookie]) in (None, ("PERSON", "ada"))

    hold()


def test_a_request_id_is_taken_over_only_where_it_can_forge_nothing(door: Door) -> None:
    @fuzz(100)
    @given(mutants("abc-123").map(in_bytes) | values)
    def hold(value: bytes) -> None:
        reply = door.post(CALLER, headers=[(b"x-request-id", value)])
        assert (reply.headers[b"x-request-id"] == value) == bool(PLAIN.fullmatch(value))

    hold()


def test_any_headers_together_break_nothing(door: Door, guests: Guests) -> None:
    names = [
        b"authorization",
        b"cookie",
        b"origin",
        b"accept",
        b"content-type",
        b"host",
        b"x-forwarded-for",
        b"traceparent",
    ]
    known = st.sampled_from(
        [
            ORIGIN,
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {guests.ada.token}".encode()),
            (b"cookie", f"authjs.session-token={guests.bob.token}".encode()),
        ]
    )

    @fuzz(100)
    @given(st.lists(known | st.tuples(st.sampled_from(names), values), max_size=8))
    def hold(headers: list[tuple[bytes, bytes]]) -> None:
        data = door.push("POST", headers, b'{"query": "%s"}' % VIEWER.encode()).data
        person = data and data["viewer"] and data["viewer"]["user"]["userId"]
        shown = {b"authorization": "ada", b"cookie": "bob"}
        assert person in {None, *(shown[name] for name, _ in headers if name in shown)}
        if person == "bob":
            assert b"authorization" not in dict(headers)

    hold()
