"""Every kind of thing that can be wrong or odd in a table: what it means, and what mending does about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding."""

    name: str
    meaning: str
    mending: str
    """What `--repair` does; or, if it does nothing, what a person can do."""
    wrong: bool = True
    """Whether something that authgraph promises does not hold. What is merely odd is read as it should be."""
    mendable: bool = True


INDEX_DISAGREES: Final = Kind(
    "index-disagrees",
    "A user's index keys are not those of their e-mail: they are found by an address they left, or by none. "
    "The official adapter leaves this behind when it changes an e-mail.",
    "Moves the index keys to the e-mail, takes its lock and releases the lock of the old address.",
)
MIXED_CASE: Final = Kind(
    "mixed-case-email",
    "An e-mail is stored otherwise than addresses are compared (NFKC, lower case, trimmed), so it is not found as "
    "people type it.",
    "Stores the normalised address, moves the index keys to it and takes its lock.",
)
INDEXED_WITHOUT_EMAIL: Final = Kind(
    "indexed-without-email",
    "A user without an e-mail has index keys, such as USER#null, and can be found by them.",
    "Takes the index keys off, and releases the lock of the address they name.",
)
EMAIL_UNUSABLE: Final = Kind(
    "email-unusable",
    "An e-mail cannot be part of a key: it is longer than DynamoDB allows, or holds a NUL.",
    "Nothing. Set another e-mail with updateUser.",
    mendable=False,
)
ID_DISAGREES: Final = Kind(
    "id-disagrees",
    "The attribute `id` of a user is not the id that their key holds; Auth.js would hand out an id that finds nobody.",
    "Sets `id` to the id in the key.",
)
ITEM_INDEX_DISAGREES: Final = Kind(
    "item-index-disagrees",
    "An account, a session, a passkey or an API key has other index keys than its own key says, so it is not found.",
    "Sets the index keys.",
)
ATTRIBUTES_DISAGREE: Final = Kind(
    "attributes-disagree",
    "An item says something else than its key: another owner, provider, token or credential.",
    "Nothing, because nothing tells which of the two is right. Correct or delete the item by hand.",
    mendable=False,
)
LOCK_MISSING: Final = Kind(
    "lock-missing",
    "An e-mail, an account or a passkey is not guarded by a lock of its owner, so two people who claim it at one "
    "moment could both get it. The official adapter writes no locks.",
    "Takes the lock, if nobody else has the same.",
)
LOCK_STALE: Final = Kind(
    "lock-stale",
    "A lock names an owner who does not have what it guards, or none. Whoever claims it next takes it over.",
    "Deletes the lock.",
)
GHOST: Final = Kind(
    "ghost",
    "What the official adapter's updateUser leaves of a user who was deleted: no type and no index keys. "
    "Nobody signs in with it.",
    "Deletes the item.",
)
ZOMBIE: Final = Kind(
    "zombie",
    "What the official adapter's updateSession leaves of a session that was deleted: no type, no owner. "
    "Nobody signs in with it.",
    "Deletes the item.",
)
ORPHAN: Final = Kind(
    "orphan",
    "An account, a session or a passkey whose user does not exist. Nobody signs in with it, but its account or "
    "credential counts as taken.",
    "Deletes it with its lock, if a run at least a day ago saw an orphan under the same user id, and in a transaction "
    "that fails if the user exists by then.",
)
UNFINISHED_DELETE: Final = Kind(
    "unfinished-delete",
    "The delete of a user has begun and not ended. The user cannot sign in.",
    "Finishes the delete, if it began more than an hour ago.",
)
UNFINISHED_MERGE: Final = Kind(
    "unfinished-merge",
    "Merging a user into another has begun and not ended. The one who is to go cannot sign in.",
    "Nothing by itself. Run the merge again: it goes on where it was.",
    mendable=False,
)
DUPLICATE_EMAIL: Final = Kind(
    "duplicate-email",
    "Several users have one e-mail.",
    "Nothing. Decide who keeps it, and merge them.",
    mendable=False,
)
DUPLICATE_ACCOUNT: Final = Kind(
    "duplicate-account",
    "One account at a provider is linked to several users: which of them it signs in is left to chance.",
    "Nothing. Decide whose it is, and merge the users or unlink the account from the others.",
    mendable=False,
)
DUPLICATE_PASSKEY: Final = Kind(
    "duplicate-passkey",
    "One credential id is registered for several users.",
    "Nothing. Decide whose it is, and merge the users or delete the passkey of the others.",
    mendable=False,
)
DUPLICATE_SESSION: Final = Kind(
    "duplicate-session",
    "Several users have a session of one token.",
    "Nothing. End the sessions of these users: whoever has such a token did not get it from one of them alone.",
    mendable=False,
)
EXPIRES_UNREADABLE: Final = Kind(
    "expires-unreadable",
    "A session or a verification token has no expiry that can be read. It counts as long past, and time to live never "
    "removes it.",
    "Nothing, because an app may read it otherwise. End the user's sessions, or delete the item by hand.",
    mendable=False,
)
EXPIRED: Final = Kind(
    "expired",
    "An item is past its time. DynamoDB's time to live removes it within days, if it is on.",
    "Deletes the item.",
    wrong=False,
)
EXPIRES_AS_TEXT: Final = Kind(
    "expires-as-text",
    "An expiry is a date string, as the adapter wrote it before 2022; time to live never removes the item.",
    "Stores the same time in whole seconds.",
    wrong=False,
)
EXPIRES_IN_FRACTIONS: Final = Kind(
    "expires-in-fractions",
    "An expiry has decimals, as the official adapter writes it.",
    "Nothing: it is read as it should be, and the adapter would write it again.",
    wrong=False,
    mendable=False,
)

KINDS: Final = {kind.name: kind for kind in list(globals().values()) if isinstance(kind, Kind)}
"""By name, in the order in which a report lists them."""
