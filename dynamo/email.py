"""E-mail addresses as Auth.js compares them."""

import unicodedata
from typing import Final

from dynamo import keys
from dynamo.errors import Rejected

MAX_EMAIL_BYTES: Final = 320
LONGEST_COMPARED: Final = 2048
"""Characters of the longest text that is normalised, which takes time by the square of the combining marks in it."""

_BLANKS = "\t\n\v\f\r \u1680\u2028\u2029\ufeff"
"""What JavaScript's `trim` takes off; NFKC has made a space of every other blank."""


def normalise(email: str) -> str:
    """The form two addresses are compared in; it is its own form. A text too long to be an address stays as it is.

    `as_auth_js` alone is not enough: in lower case, letters compose with marks that their capitals left alone, as in
    `J` + U+030C, and so what Auth.js makes of an address is not always what it makes of the result.
    """
    once = as_auth_js(email)
    return once if once.isascii() else as_auth_js(once)


def as_auth_js(email: str) -> str:
    """An address as Auth.js hands it to its adapter: NFKC, lower case, trimmed.

    Source: `defaultNormalizer` in @auth/core 0.41.3.
    """
    if email.isascii():
        return email.lower().strip(_BLANKS)
    if len(email) > LONGEST_COMPARED:
        return email
    return unicodedata.normalize("NFKC", email).lower().strip(_BLANKS)


def check(email: str, field: str = "email") -> str:
    """Return the normalised address if it can be stored; raises `Rejected` with the reason otherwise."""
    try:
        email.encode()
    except UnicodeEncodeError:
        raise Rejected(f"{field} holds a lone surrogate, which is not text.", field) from None
    address = normalise(email)
    local, _, domain = address.partition("@")
    if not address:
        raise Rejected(f"{field} is empty. Pass null for a user without an e-mail address.", field)
    # Quotes and a second @ are refused by Auth.js too: parsers disagree on whom they address.
    if not (local and domain) or "@" in domain or any(c in '",' or c.isspace() or not c.isprintable() for c in address):
        raise Rejected(f"{field} is not an e-mail address; write it as name@domain.", field)
    if len(address.encode()) > MAX_EMAIL_BYTES:
        raise Rejected(f"{field} has more than {MAX_EMAIL_BYTES} bytes.", field)
    return address


def spellings(email: str) -> tuple[str, ...]:
    """The index keys an address may be stored under: as we write it, as Auth.js does, and as given to the adapter."""
    if not keys.is_possible(email):
        return ()
    address = normalise(email)
    if address in ("", "null", "undefined"):  # What the adapter writes for users without an e-mail.
        return ()
    return (address,) if address == email else tuple(dict.fromkeys((address, as_auth_js(email), email)))
