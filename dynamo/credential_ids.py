"""Credential ids of passkeys: bytes that clients write in more than one form of base64.

Browsers write them with `-` and `_` and without padding, Auth.js with `+` and `/` and with padding. Auth.js looks up
the form that it writes, so that form is stored and unique.
"""

import base64
import binascii

_STANDARD = str.maketrans("-_", "+/")


def canonical(given: str) -> str | None:
    """An id in the form that Auth.js writes; None if it is not valid base64."""
    digits = given.rstrip("=")
    whole = digits.translate(_STANDARD) + "=" * (-len(digits) % 4)
    if given not in (digits, digits + "=" * (-len(digits) % 4)):
        return None
    try:
        credential = base64.b64decode(whole.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    # The last letter may have unused bits, which would allow a second spelling of the same id.
    return whole if credential and base64.b64encode(credential).decode() == whole else None


def spellings(given: str) -> list[str]:
    """The forms under which a passkey is looked up: the stored form of the id, and the form that was given."""
    stored = canonical(given)
    return list(dict.fromkeys((given,) if stored is None else (stored, given)))
