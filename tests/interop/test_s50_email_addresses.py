"""S50: e-mail addresses compared with what Auth.js makes of them, character by character."""

import unicodedata

from dynamo import email
from tests.interop.javascript import Node


def test_s50_auth_js_makes_the_same_of_every_character(node: Node) -> None:
    """For every character that both know: a newer Unicode has more letters, and unknown ones are compared unchanged.

    For Auth.js, a comma ends the domain; here, it is rejected.
    """
    known = [c for c in map(chr, range(0x110000)) if unicodedata.ucd_3_2_0.category(c) not in ("Cs", "Cn") and c != ","]
    for form in ("a{0}b@example.com", "{0}a@example.com{0}"):
        written = [form.format(character) for character in known]
        theirs = node.call("normalizeEmails", written)
        ours = [email.as_auth_js(address) for address in written]
        # None stands for an address that Auth.js rejects.
        both = list(zip(written, ours, theirs, strict=True))
        assert [case for case in both if case[2] is not None and case[1] != case[2] and "," not in case[1]] == []
        assert sum(case[2] is not None for case in both) > 90_000
