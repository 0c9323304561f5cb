"""Keys: the adapter's values, and values that could forge or break one."""

import pytest

from dynamo import keys
from dynamo.errors import Rejected


def test_the_adapters_keys_are_written_as_the_adapter_writes_them() -> None:
    assert keys.user("1") == "USER#1"
    assert keys.user_by_email("a@b.c") == "USER#a@b.c"
    assert keys.account("google", "g1") == "ACCOUNT#google#g1"
    assert keys.account_provider("google") == "ACCOUNT#google"
    assert keys.account_at_provider("g1") == "ACCOUNT#g1"
    assert keys.session("t") == "SESSION#t"
    assert keys.verification_token_identifier("a@b.c") == "VT#a@b.c"
    assert keys.verification_token("t") == "VT#t"
    assert keys.authenticator("c") == "AUTHENTICATOR#c"


def test_the_locks_of_two_accounts_differ_even_where_their_keys_are_the_same() -> None:
    assert keys.account("a#b", "c") == keys.account("a", "b#c")
    assert keys.account_lock("a#b", "c") != keys.account_lock("a", "b#c")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("", "is empty"),
        ("\ud800", "lone surrogate"),
        ("a\udfffb", "lone surrogate"),
        ("a" * 801, "has 801 bytes; at most 800"),
        ("é" * 401, "has 802 bytes; at most 800"),
        ("a\0b", "NUL"),
    ],
)
def test_a_part_that_would_break_a_key_is_refused(part: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason) as refusal:
        keys.check(part, "token")
    assert refusal.value.field == "token"
    assert not keys.is_possible(part)


@pytest.mark.parametrize("part", ["a", "é" * 400, "a#b", " ", "\u2028", "😀"])
def test_every_other_part_is_taken_as_it_is(part: str) -> None:
    assert keys.check(part, "token") == part
    assert keys.is_possible(part)


def test_a_separator_is_refused_where_it_could_forge_a_key() -> None:
    with pytest.raises(Rejected, match="'#'"):
        keys.check("a#b", "provider", separator=False)
    assert keys.check("ab", "provider", separator=False) == "ab"


def test_a_key_fits_up_to_what_dynamodb_allows() -> None:
    assert keys.fits("é" * 512)
    assert not keys.fits("é" * 512 + "a")
