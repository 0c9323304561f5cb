"""Ids of passkeys' credentials: bytes, which clients write in base64 in more than one way.

Browsers write them with `-` and `_` and without padding, Auth.js with `+` and `/` and with padding. Auth.js stores and
looks up what it writes itself, so that is the form in which an id is stored and unique.
"""

import base64
import binascii

_STANDARD = str.maketrans("-_", "+/")


def canonical(given: str) -> str | None:
    """An id as Auth.js writes it; None for what no encoder writes."""
    digits = given.rstrip("=")
    whole = digits.translate(_STANDARD) + "=" * (-len(digits) % 4)
    if given not in (digits, digits + "=" * (-len(digits) % 4)):
        return None
    try:
        credential = base64.b64decode(whole.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    # Bits at the end that belong to no byte would be one more spelling.
    return whole if credential and base64.b64encode(credential).decode() == whole else None


def spellings(given: str) -> list[str]:
    """Under what a passkey is looked up: its id as it is stored here, and as it was given."""
    stored = canonical(given)
    return list(dict.fromkeys((given,) if stored is None else (stored, given)))
