"""Bearer tokens are read from the header."""

import pytest

from web.credentials import bearer_token
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
