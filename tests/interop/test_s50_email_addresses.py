"""S50: addresses beside those that Auth.js makes of them, character by character."""

import unicodedata

from dynamo import email
from tests.interop.javascript import Node


def test_s50_auth_js_makes_the_same_of_every_character(node: Node) -> None:
    """Of every one that both know: a newer Unicode has more letters, and compares those that it does not know as they
    are. A comma ends the domain for Auth.js, and is refused here."""
    known = [c for c in map(chr, range(0x110000)) if unicodedata.ucd_3_2_0.category(c) not in ("Cs", "Cn") and c != ","]
    for form in ("a{0}b@example.com", "{0}a@example.com{0}"):
        written = [form.format(character) for character in known]
        theirs = node.call("normalizeEmails", written)
        ours = [email.as_auth_js(address) for address in written]
        # None is what Auth.js refuses.
        both = list(zip(written, ours, theirs, strict=True))
        assert [case for case in both if case[2] is not None and case[1] != case[2] and "," not in case[1]] == []
        assert sum(case[2] is not None for case in both) > 90_000
