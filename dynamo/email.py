"""E-mail addresses as Auth.js compares them."""

import unicodedata

from dynamo import keys
from dynamo.errors import Rejected

MAX_EMAIL_BYTES = 320


def normalise(email: str) -> str:
    """The form two addresses are compared in: NFKC, lower case, trimmed."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def check(email: str, field: str = "email") -> str:
    """Return the normalised address if it can be stored; raises `Rejected` with the reason otherwise."""
    try:
        email.encode()
    except UnicodeEncodeError:
        raise Rejected(f"{field} holds a lone surrogate, which is not text.", field) from None
    address = normalise(email)
    local, _, domain = address.partition("@")
    # Quotes and a second @ are refused by Auth.js too: parsers disagree on whom they address.
    if not (local and domain) or "@" in domain or any(c in '",' or c.isspace() or not c.isprintable() for c in address):
        raise Rejected(f"{field} is not an e-mail address; write it as name@domain.", field)
    if len(address.encode()) > MAX_EMAIL_BYTES:
        raise Rejected(f"{field} has more than {MAX_EMAIL_BYTES} bytes.", field)
    return address


def spellings(email: str) -> tuple[str, ...]:
    """The index keys an address may be stored under: as we write it, and as given (the adapter does not normalise)."""
    if not keys.is_possible(email):
        return ()
    address = normalise(email)
    if address in ("", "null", "undefined"):  # What the adapter writes for users without an e-mail.
        return ()
    return (address,) if address == email else (address, email)
