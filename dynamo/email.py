"""E-mail addresses in the form in which Auth.js compares them."""

import unicodedata
from typing import Final

from dynamo import keys, unicode_text
from dynamo.errors import Rejected

MAX_EMAIL_BYTES: Final = 320
LONGEST_COMPARED: Final = 2048
"""The most characters of a text that is normalised: NFKC takes time quadratic in the number of combining marks."""

_BLANKS = "\t\n\v\f\r \u1680\u2028\u2029\ufeff"
"""What JavaScript's `trim` removes. NFKC has turned every other blank into a space."""


def normalise(email: str) -> str:
    """The form in which two addresses are compared. Normalising it again changes nothing.

    A text that is too long to be an address is returned unchanged. `as_auth_js` alone is not enough: lower-case letters
    may combine with marks that their capitals do not combine with, as in `J` + U+030C, so applying it twice can give
    another result than applying it once.
    """
    once = as_auth_js(email)
    return once if once.isascii() else as_auth_js(once)


def as_auth_js(email: str) -> str:
    """An address as Auth.js passes it to its adapter: NFKC, lower case, trimmed.

    Source: `defaultNormalizer` in @auth/core 0.41.3.
    """
    if email.isascii():
        return email.lower().strip(_BLANKS)
    if len(email) > LONGEST_COMPARED:
        return email
    return unicodedata.normalize("NFKC", email).lower().strip(_BLANKS)


def check(email: str, field: str = "email") -> str:
    """Return the normalised address if it can be stored. Raises `Rejected` with the reason otherwise."""
    unicode_text.check(email, field)
    address = normalise(email)
    local, _, domain = address.partition("@")
    if not address:
        raise Rejected(f"{field} is empty. Pass null for a user without an e-mail address.", field)
    # Auth.js rejects quotes and a second @ too, because parsers disagree on who gets such mail. Of all blanks, only the
    # space is printable.
    unfit = "@" in domain or '"' in address or "," in address or " " in address
    if not (local and domain) or unfit or not address.isprintable():
        raise Rejected(f"{field} is not an e-mail address; write it as name@domain.", field)
    if not unicode_text.fits(address, MAX_EMAIL_BYTES):
        raise Rejected(f"{field} has more than {MAX_EMAIL_BYTES} bytes.", field)
    return address


def spellings(email: str) -> tuple[str, ...]:
    """The index keys under which an address may be stored: as authgraph writes it, as Auth.js does, and as given to
    the adapter."""
    if not keys.is_possible(email):
        return ()
    address = normalise(email)
    if address in ("", "null", "undefined"):  # What the adapter writes for users without an e-mail.
        return ()
    return (address,) if address == email else tuple(dict.fromkeys((address, as_auth_js(email), email)))
