"""The key values of the single table: the adapter's `USER#`, `ACCOUNT#`, `SESSION#` and `VT#`, and ours, such as
`LOCK#`.

No key is built from an unchecked value: `check` rejects what could forge or break one.
"""

from typing import Final

from dynamo import directory_lists, unicode_text
from dynamo.errors import Rejected

USER: Final = "USER#"
ACCOUNT: Final = "ACCOUNT#"
SESSION: Final = "SESSION#"
VERIFICATION_TOKEN: Final = "VT#"
AUTHENTICATOR: Final = "AUTHENTICATOR#"
API_KEY: Final = "APIKEY#"
API_KEY_DIRECTORY: Final = "APIKEY"
USE: Final = "USE#"
LOCK: Final = "LOCK#"
EMAIL_LOCK: Final = "LOCK#EMAIL#"
ENTRY: Final = "ENTRY#"
DIRECTORY: Final = "DIRECTORY#"
DIRECTORY_STATE: Final = "DIRECTORY#STATE"
"""Both keys of the item that says which lists of the directory are whole."""
DOCTOR: Final = "DOCTOR#"
DOCTOR_SUMMARY: Final = "DOCTOR#SUMMARY"
"""Both keys of the item that says what the doctor found last."""
MERGE: Final = "MERGE#"
AUDIT: Final = "AUDIT#"
ACTIVITY: Final = "ACTIVITY#"
RECEIPT: Final = "RECEIPT#"

ITEM_TYPES: Final = frozenset(
    (
        "USER",
        "SESSION",
        "VT",
        "AUTHENTICATOR",
        "APIKEY",
        "AUDIT",
        "LOCK",
        *directory_lists.TYPES,
    )
)
"""The values of `type` in items of ours or of the adapter, by which the directory index lists them. An account must
not have one of them as its type. Auth.js's types of accounts are in lower case, including `email`."""

MAX_KEY_BYTES: Final = 1024
"""The longest sort key that DynamoDB allows."""
MAX_PART_BYTES: Final = 800
"""The longest part of a key. It leaves room for the prefixes and a provider's name."""


def user(user_id: str) -> str:
    """Both keys of a user, and the partition of everything that belongs to them."""
    return USER + user_id


def user_by_email(email: str) -> str:
    """Both index keys of a user with an e-mail."""
    return USER + email


def account(provider: str, provider_account_id: str) -> str:
    """The sort key of an account. It is unambiguous, because `check` allows no `#` in a provider."""
    return f"{ACCOUNT}{provider}#{provider_account_id}"


def account_provider(provider: str) -> str:
    """The index partition of a provider's accounts."""
    return ACCOUNT + provider


def account_at_provider(provider_account_id: str) -> str:
    """The index sort key of an account."""
    return ACCOUNT + provider_account_id


def session(session_token: str) -> str:
    """The sort key and both index keys of a session."""
    return SESSION + session_token


def verification_token_identifier(identifier: str) -> str:
    """The partition of an identifier's verification tokens."""
    return VERIFICATION_TOKEN + identifier


def verification_token(token: str) -> str:
    """The sort key of a verification token."""
    return VERIFICATION_TOKEN + token


def authenticator(credential_id: str) -> str:
    """The sort key and both index keys of a passkey."""
    return AUTHENTICATOR + credential_id


def api_key(key_id: str) -> str:
    """Both keys of an API key's item."""
    return API_KEY + key_id


def use_of_verification_token(name: str) -> str:
    """Both keys of the note that a verification token was used. The name says by whom, with which idempotency key."""
    return USE + name


def merge(name: str) -> str:
    """Both keys of a note about a merge. The name is a digest of whom it merged."""
    return MERGE + name


def audit_shard(shard: int) -> str:
    """A partition of the audit log."""
    return f"{AUDIT}{shard}"


def audit_of(user_id: str) -> str:
    """The index partition of the entries in the audit log that concern a user, and that the user does not see."""
    return AUDIT + user_id


def activity_of(user_id: str) -> str:
    """The index partition of the entries in the audit log that a user sees: their sign-ins and what they did."""
    return ACTIVITY + user_id


def receipt(request_token: str) -> str:
    """Both keys of the note that a transaction which a caller may repeat was done."""
    return RECEIPT + request_token


def email_lock(email: str) -> str:
    """Both keys of the lock that makes a normalised e-mail address unique."""
    return EMAIL_LOCK + email


def account_lock(provider: str, provider_account_id: str) -> str:
    """Both keys of the lock that makes an account unique. The length tells provider `a#b` with id `c` from `a` with
    `b#c`."""
    return f"LOCK#ACCOUNT#{len(provider)}#{provider}#{provider_account_id}"


def authenticator_lock(credential_id: str) -> str:
    """Both keys of the lock that makes a credential id unique."""
    return f"LOCK#AUTHENTICATOR#{credential_id}"


def fits(key: str) -> bool:
    """Whether DynamoDB accepts a key that consists of several parts."""
    return unicode_text.fits(key, MAX_KEY_BYTES)


def is_possible(part: str) -> bool:
    """Whether a value can be part of a key. A lookup by any other value finds nothing."""
    if part.isascii():
        # Hundreds of ids are looked up at once, and nearly all of them are ASCII.
        return 0 < len(part) <= MAX_PART_BYTES and "\0" not in part
    return unicode_text.fits(part, MAX_PART_BYTES) and "\0" not in part and unicode_text.is_text(part)


def check(part: str, field: str, *, separator: bool = True) -> str:
    """Return `part` if it may become part of a key.

    Raises `Rejected` for an empty or too long value, NUL and lone surrogates, and for `#` unless `separator` allows it.
    """
    if is_possible(part) and (separator or "#" not in part):
        return part
    if not part:
        raise Rejected(f"{field} is empty.", field)
    unicode_text.check(part, field)
    if not unicode_text.fits(part, MAX_PART_BYTES):
        size = unicode_text.size(part)
        raise Rejected(f"{field} has {size} bytes; at most {MAX_PART_BYTES} fit in a key.", field)
    if "\0" in part:
        raise Rejected(f"{field} holds a NUL character.", field)
    raise Rejected(f"{field} holds a '#', which separates the parts of a key.", field)
