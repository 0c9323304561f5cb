"""E-mail addresses are compared as Auth.js compares them, and some are rejected."""

import sys

import pytest

from dynamo import email
from dynamo.errors import Rejected


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@EXAMPLE.com\n", "ada@example.com"),
        ("ａｄａ@example.com", "ada@example.com"),
        ("ﬁ@example.com", "fi@example.com"),
        ("ÉMILE@example.com", "émile@example.com"),
        ("E\u0301mile@example.com", "émile@example.com"),
    ],
)
def test_an_address_is_compared_in_one_form_however_it_is_written(written: str, compared: str) -> None:
    assert email.normalise(written) == compared
    assert email.check(written) == compared


@pytest.mark.parametrize("written", ["İ@example.com", "ΑΣ@example.com", "K@example.com", "ﬁ＠EXAMPLE.com"])
def test_the_compared_form_of_a_compared_form_is_itself(written: str) -> None:
    assert email.normalise(email.normalise(written)) == email.normalise(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "ada",
        "@example.com",
        "ada@",
        "a@b@c",
        "a＠b@c",
        '"a@b"@c',
        '"a"@c',
        "a@b,c",
        "a b@c",
        "a@b\0",
        "a@\u200b",
    ],
)
def test_what_addresses_nobody_or_more_than_one_is_refused(written: str) -> None:
    with pytest.raises(Rejected, match=r"is not an e-mail address; write it as name@domain|is empty") as refusal:
        email.check(written, "newEmail")
    assert refusal.value.field == "newEmail"


def test_an_address_is_refused_for_exactly_the_characters_that_are_blank_unprintable_or_quotes() -> None:
    """Each character of Unicode, within the name, as it is stored."""
    written = [f"a{chr(point)}a@example.com" for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    assert [accepts(one) for one in written] == [
        stored.count("@") == 1 and not any(c in '",' or c.isspace() or not c.isprintable() for c in stored)
        for stored in map(email.normalise, written)
    ]


def accepts(written: str) -> bool:
    """Whether a user may have this address."""
    try:
        email.check(written)
    except Rejected:
        return False
    return True


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(Rejected, match="lone surrogate"):
        email.check("\ud800@example.com")


def test_the_longest_address_is_stored_and_a_longer_one_refused() -> None:
    longest = "a" * (320 - len("@example.com")) + "@example.com"
    assert email.check(longest) == longest
    with pytest.raises(Rejected, match="more than 320 bytes"):
        email.check("a" + longest)


def test_an_address_is_looked_up_normalised_and_as_it_was_given() -> None:
    assert email.spellings("ada@example.com") == ("ada@example.com",)
    assert email.spellings("Ada@example.com") == ("ada@example.com", "Ada@example.com")


@pytest.mark.parametrize("written", ["", " ", "null", " Null ", "undefined", "UNDEFINED", "a\0", "\ud800", "a" * 801])
def test_what_stands_for_no_address_is_not_looked_up(written: str) -> None:
    assert email.spellings(written) == ()
