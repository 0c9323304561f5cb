"""Bearer tokens and Auth.js cookies are read from the headers."""

import pytest

from web.credentials import SESSION_COOKIES, bearer_token, session_tokens
from web.errors import Unauthenticated


@pytest.mark.parametrize("header", [b"Bearer ag_1_abc", b"bearer ag_1_abc", b"BEARER   ag_1_abc", b"Bearer ag_1_abc\t"])
def test_a_bearer_token_is_read(header: bytes) -> None:
    assert bearer_token(header) == "ag_1_abc"


def test_a_bearer_token_of_any_visible_form_is_read() -> None:
    assert bearer_token(b"Bearer p@ss#word!;,=%") == "p@ss#word!;,=%"


def test_no_header_is_no_token() -> None:
    assert bearer_token(None) is None


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer ",
        b"ag_1_abc",
        b"Basic dXNlcjpwdw==",
        b"Bearer a b",
        b"Bearer a, Bearer b",
        b"Bearer a\x00",
        b"Bearer \xc3\xa9",
        b"Bearera",
    ],
)
def test_an_authorization_header_of_another_form_is_an_error(header: bytes) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(header)


@pytest.mark.parametrize("name", SESSION_COOKIES)
def test_every_name_of_the_session_cookie_is_known(name: str) -> None:
    assert session_tokens(f"a=b; {name}=token; c=d".encode()) == ("token",)


def test_a_cookie_that_only_this_host_can_set_comes_before_one_that_a_sibling_can_plant() -> None:
    cookie = b"authjs.session-token=planted; next-auth.session-token=planted; __Secure-next-auth.session-token=real"
    assert session_tokens(cookie) == ("real", "planted")


def test_the_first_of_two_cookies_with_one_name_is_tried_first() -> None:
    assert session_tokens(b"authjs.session-token=first; authjs.session-token=second") == ("first", "second")


def test_four_tokens_are_tried_however_many_there_are() -> None:
    plain = "; ".join(f"authjs.session-token={number}" for number in range(1000))
    assert session_tokens(plain.encode()) == ("0", "1", "2", "3")
    secure = f"{plain}; __Secure-next-auth.session-token=real"
    assert session_tokens(secure.encode()) == ("real", "0", "1", "2")
    assert session_tokens(b"; ".join([b"authjs.session-token=same"] * 9)) == ("same",)


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        b"",
        b"theme=dark",
        b"authjs.session-token=",
        b"authjs.session-token",
        b"xauthjs.session-token=token",
        b"authjs.session-token.0=chunk",
        b"AUTHJS.session-token=token",
    ],
)
def test_other_cookies_are_no_session(cookie: bytes | None) -> None:
    assert session_tokens(cookie) == ()


@pytest.mark.parametrize(
    ("written", "token"),
    [(b"a%2Fb%3D", "a/b="), (b"%C3%A9", "é"), (b'"quoted"', "quoted"), (b"%FF", "%FF"), (b"100%", "100%"), (b'"', '"')],
)
def test_a_cookie_is_decoded_as_auth_js_encodes_it(written: bytes, token: str) -> None:
    assert session_tokens(b"authjs.session-token=" + written) == (token,)
