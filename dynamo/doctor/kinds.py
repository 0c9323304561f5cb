"""Every kind of finding: what it means, and what mending does about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding, with the texts that a report prints for it."""

    name: str
    meaning: str
    mending: str
    """What `--repair` does or, if it does nothing, what an operator can do."""
    wrong: bool = True
    """Whether something that authgraph promises does not hold. Otherwise the item is unusual and still read
    correctly."""
    mendable: bool = True


INDEX_DISAGREES: Final = Kind(
    "index-disagrees",
    "A user's index keys do not match their e-mail, so a lookup by the e-mail does not find them. The official adapter "
    "causes this when it changes an e-mail.",
    "Changes the index keys to match the e-mail, takes its lock and releases the lock of the old e-mail.",
)
MIXED_CASE: Final = Kind(
    "mixed-case-email",
    "An e-mail is not stored in normalized form (NFKC, lower case, trimmed), so a lookup by the normalized e-mail does "
    "not find it.",
    "Stores the normalized e-mail, changes the index keys to match it and takes its lock.",
)
INDEXED_WITHOUT_EMAIL: Final = Kind(
    "indexed-without-email",
    "A user without an e-mail has index keys, such as USER#null.",
    "Removes the index keys, and releases the lock of the e-mail in them.",
)
EMAIL_UNUSABLE: Final = Kind(
    "email-unusable",
    "An e-mail cannot be part of a key: it is too long for DynamoDB, or contains a NUL character.",
    "Nothing. Set another e-mail with updateUser.",
    mendable=False,
)
ID_DISAGREES: Final = Kind(
    "id-disagrees",
    "The attribute `id` of a user differs from the id in the key, so Auth.js gets an id that finds no user.",
    "Sets `id` to the id in the key.",
)
ITEM_INDEX_DISAGREES: Final = Kind(
    "item-index-disagrees",
    "The index keys of an account, passkey or API key do not match its key, so lookups do not find it.",
    "Sets the index keys.",
)
ATTRIBUTES_DISAGREE: Final = Kind(
    "attributes-disagree",
    "The attributes of an item do not match its key: another user, provider, token or credential.",
    "Nothing, because either can be correct. Correct or delete the item by hand.",
    mendable=False,
)
LOCK_MISSING: Final = Kind(
    "lock-missing",
    "The lock of an e-mail, an account or a passkey is missing, so two users could get it at the same "
    "time. The official "
    "adapter writes no locks.",
    "Takes the lock, if no other user has the same value.",
)
LOCK_STALE: Final = Kind(
    "lock-stale",
    "A lock belongs to nobody, or to a user who does not have the value that it protects. The next user with the value "
    "takes it over.",
    "Deletes the lock.",
)
GHOST: Final = Kind(
    "ghost",
    "A partial user, without type and index keys. The official adapter's updateUser stores it if the user was deleted "
    "before. Nobody can sign in with it.",
    "Deletes the item.",
)
ZOMBIE: Final = Kind(
    "zombie",
    "A session without a type, or without the index keys of its token. The official adapter's updateSession stores it "
    "if the session was deleted before. It must not sign anybody in.",
    "Deletes the item.",
)
REMNANT: Final = Kind(
    "remnant",
    "An account or a passkey without a type or without index keys. An update stores it if the account or passkey was "
    "removed before. Nobody can sign in with it, but the account or credential counts as taken.",
    "Nothing, because a removed account would sign in again. Delete the item with unlinkAccount or "
    "deleteAuthenticator. Its owner can then link it again.",
    mendable=False,
)
ORPHAN: Final = Kind(
    "orphan",
    "An account, a session or a passkey whose user does not exist. Nobody can sign in with it, but the account or "
    "credential counts as taken.",
    "Deletes the item and its lock, if a run long enough ago (--orphan-hours) found an orphan with the "
    "same user id. The "
    "transaction fails if the user exists by then.",
)
UNFINISHED_DELETE: Final = Kind(
    "unfinished-delete",
    "The deletion of a user was interrupted. The user cannot sign in.",
    "Finishes the deletion, if it started more than an hour ago.",
)
UNFINISHED_MERGE: Final = Kind(
    "unfinished-merge",
    "A merge of two users was interrupted. The user to be deleted cannot sign in.",
    "Nothing. Run the merge again to continue it. If the user to keep is gone, merge into another one.",
    mendable=False,
)
DUPLICATE_EMAIL: Final = Kind(
    "duplicate-email",
    "Several users have the same e-mail.",
    "Nothing. Decide which user keeps it, and merge the users.",
    mendable=False,
)
DUPLICATE_ACCOUNT: Final = Kind(
    "duplicate-account",
    "An account is linked to several users. It is undefined which of them it signs in.",
    "Nothing. Decide which user keeps it. Merge the users, or unlink the account from the others.",
    mendable=False,
)
DUPLICATE_PASSKEY: Final = Kind(
    "duplicate-passkey",
    "A credential id is registered for several users.",
    "Nothing. Decide which user keeps it. Merge the users, or delete the passkey of the others.",
    mendable=False,
)
DUPLICATE_SESSION: Final = Kind(
    "duplicate-session",
    "Several users have a session with the same token.",
    "Nothing. Revoke the sessions of these users.",
    mendable=False,
)
ENTRY_MISSING: Final = Kind(
    "entry-missing",
    "A user has no entry in a list of the directory, so the list does not show them. The official adapter writes no "
    "entries, and neither does a server whose settings leave the list out.",
    "Stores the entry. `python server.py directory build` does the same faster.",
)
ENTRY_DIFFERS: Final = Kind(
    "entry-differs",
    "An entry of the directory says something else than its user, so the list does not show them. The official adapter "
    "causes this when it changes a name.",
    "Stores the entry again.",
)
ENTRY_ORPHANED: Final = Kind(
    "entry-orphaned",
    "An entry of the directory belongs to nobody, or to a user who does not have a value in this list. Lists pass it "
    "over.",
    "Deletes the entry.",
)
EXPIRES_UNREADABLE: Final = Kind(
    "expires-unreadable",
    "The expiry of a session or verification token is not valid. The item counts as expired, and time to live never "
    "deletes it.",
    "Nothing, because an app may read it differently. Revoke the user's sessions, or delete the item by hand.",
    mendable=False,
)
EXPIRED: Final = Kind(
    "expired",
    "An item has expired. DynamoDB's time to live deletes it within days, if it is on.",
    "Deletes the item.",
    wrong=False,
)
EXPIRES_AS_TEXT: Final = Kind(
    "expires-as-text",
    "An expiry is a date string, as the adapter wrote it before 2022. Time to live never deletes the item.",
    "Stores the same time in whole seconds.",
    wrong=False,
)
EXPIRES_IN_FRACTIONS: Final = Kind(
    "expires-in-fractions",
    "An expiry has decimals, as the official adapter writes it.",
    "Nothing: authgraph reads it correctly, and the adapter would write it again.",
    wrong=False,
    mendable=False,
)

KINDS: Final = {kind.name: kind for kind in list(globals().values()) if isinstance(kind, Kind)}
"""All kinds by name, in the order in which a report lists them."""
