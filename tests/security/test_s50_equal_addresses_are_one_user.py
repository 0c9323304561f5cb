"""S50: normalising an address twice changes nothing, and equal addresses are one user."""

import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

import pytest

from dynamo import email
from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import refusals


@cache
def characters() -> list[str]:
    """All of Unicode, except for halves of characters."""
    return [chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number < 0xE000]


def compositions() -> Iterator[tuple[str, str]]:
    """Pairs of characters that combine into one."""
    for character in characters():
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            yield chr(int(parts[0], 16)), chr(int(parts[1], 16))


@cache
def marks() -> list[str]:
    """Characters that combine with the one before, one mark of each combining class, and characters that depend on
    case."""
    classes = {unicodedata.combining(character): character for character in characters()}
    return sorted({mark for _, mark in compositions()} | set(classes.values()) | set(" \ufeff\u00adΣσς.'Iiß\u0345"))


@cache
def changing() -> list[str]:
    """Characters that one of the steps changes, or that combine with others."""
    first = {character for character, _ in compositions()}
    return [c for c in characters() if c in first or c.lower() != c or unicodedata.normalize("NFKC", c) != c]


def is_stable(text: str) -> bool:
    """Whether normalising a normalised text changes nothing."""
    once = email.normalise(text)
    return email.normalise(once) == once


def unstable(texts: Iterable[str]) -> list[str]:
    """The texts that are not stable. Many are tried together, separated by neutral characters, and one by one if
    that fails."""
    found: list[str] = []
    waiting = iter(texts)
    while some := list(islice(waiting, 60)):
        together = "/".join(some)
        assert max(len(together), len(email.as_auth_js(together))) <= email.LONGEST_COMPARED
        if not is_stable(together):
            found += [text for text in some if not is_stable(text)]
    return found


def test_s50_the_compared_form_of_every_character_is_its_own() -> None:
    assert unstable(characters()) == []
    for form in ("A{}b@EXAMPLE.com", "{}A@example.com", "a@example.COM{}"):
        assert unstable(map(form.format, changing())) == []


def test_s50_so_is_that_of_every_pair_that_may_compose() -> None:
    assert unstable(f"x{c}{mark}" for c in changing() for mark in marks()) == []


@pytest.mark.parametrize("mark", ["\u0323", "\u0307", "\u0300", "\u0331"])
def test_s50_and_of_two_marks_on_a_letter(mark: str) -> None:
    letters = [chr(number) for number in range(0x250) if chr(number).isalpha()]
    others = [m for m in marks() if unicodedata.combining(m)]
    assert unstable(c + mark + m for c in letters for m in others) == []


SPELLINGS = {
    "a composed letter that has no capital": ["J\u030c@x.com", "j\u030c@x.com", "\u01f0@x.com", " J\u030c@X.com\n"],
    "a final sigma": ["ΑΣ@x.com", "Ας@x.com", "ας@x.com"],
    "a dotted capital I with a mark below": ["\u0130\u0323@x.com", "i\u0307\u0323@x.com", "\u1ecb\u0307@X.COM"],
    "ligatures and full width": ["ﬁＡ@x.com", "fia@x.com", "FIa@X.com"],
    "a sharp s": ["\u1e9ea@x.com", "ßa@x.com", "ßA@x.com"],
    "blanks": ["\u3000ada@x.com\ufeff", "ada@x.com", "\u00a0Ada@x.com\u2029"],
}


@pytest.mark.parametrize("spellings", SPELLINGS.values(), ids=SPELLINGS)
async def test_s50_an_address_is_one_user_however_it_is_spelt(api: Api, spellings: list[str]) -> None:
    """The first spelling is tried three times, and must find the user that it created."""
    made = await api.changed("createUser", "user { userId email }", email=spellings[0])
    for spelling in [spellings[0], spellings[0], *spellings]:
        assert refusals(await api.change("createUser", "user { userId }", email=spelling)) == [("TAKEN", ["email"])]
        found = await api.data("query($e: String!) { user(by: {email: $e}) { userId email } }", {"e": spelling})
        assert found["user"] == made["user"], ascii(spelling)


async def test_s50_a_row_under_the_spelling_of_auth_js_is_found_and_taken(api: Api, raw: RawTable) -> None:
    """The adapter stores what Auth.js made of `J` + U+030C, and Auth.js makes something else of that."""
    stored = "j\u030c@x.com"
    assert email.as_auth_js("J\u030c@x.com") == stored != email.normalise(stored)
    odd_rows.user(raw, "u1", stored)
    for spelling in ("J\u030c@x.com", stored):
        found = await api.data("query($e: String!) { user(by: {email: $e}) { userId } }", {"e": spelling})
        assert found["user"] == {"userId": "u1"}
        assert refusals(await api.change("createUser", "user { userId }", email=spelling)) == [("TAKEN", ["email"])]
