"""The kind of an item, decided by its keys. Any other item belongs to another app."""

import re
from enum import Enum
from typing import Final

from dynamo import keys, rate_limits
from dynamo.client import Table
from dynamo.item import Item

EXAMINED: Final = (
    "type",
    "id",
    "email",
    "userId",
    "provider",
    "providerAccountId",
    "sessionToken",
    "credentialID",
    "identifier",
    "token",
    "expires",
    "deletingAt",
    "mergingInto",
    "owner",
    "claim",
    "name",
    "createdAt",
    "lastSignInAt",
)
"""The attributes that an examination reads besides the keys. The only secrets among them are tokens, which are keys
anyway."""


class ItemKind(Enum):
    """The kinds of items in the table, with the names that a report gives them."""

    USER = "users"
    ACCOUNT = "accounts"
    SESSION = "sessions"
    AUTHENTICATOR = "passkeys"
    VERIFICATION_TOKEN = "verification tokens"
    LOCK = "locks"
    ENTRY = "entries of the directory"
    DIRECTORY_STATE = "states of the directory"
    DOCTOR_SUMMARY = "summaries of the doctor"
    API_KEY = "API keys"
    RATE = "rate limits"
    USE = "uses of verification tokens"
    MERGE = "notes of merges"
    AUDIT = "entries of the audit log"
    RECEIPT = "receipts of changes"
    FOREIGN = "items of other apps"


_CHILDREN: Final = {
    keys.ACCOUNT: ItemKind.ACCOUNT,
    keys.SESSION: ItemKind.SESSION,
    keys.AUTHENTICATOR: ItemKind.AUTHENTICATOR,
}
_ALONE: Final = {
    keys.LOCK: ItemKind.LOCK,
    keys.ENTRY: ItemKind.ENTRY,
    keys.DIRECTORY: ItemKind.DIRECTORY_STATE,
    keys.DOCTOR: ItemKind.DOCTOR_SUMMARY,
    keys.API_KEY: ItemKind.API_KEY,
    rate_limits.PREFIX: ItemKind.RATE,
    keys.USE: ItemKind.USE,
    keys.MERGE: ItemKind.MERGE,
    keys.RECEIPT: ItemKind.RECEIPT,
}
_PREFIX: Final = re.compile("[A-Z]+#")


def item_kind(table: Table, item: Item) -> ItemKind:
    """The kind of an item that was read with at least its keys, `type` and `id`."""
    partition, sort = item[table.partition_key], item[table.sort_key]
    if partition == keys.USER:
        # The partition of a user with an empty id, which no user has.
        return ItemKind.FOREIGN
    if partition.startswith(keys.USER):
        if sort == partition:
            # The adapter writes both attributes, and only `id` for a ghost.
            ours = item.get("type") == "USER" or item.get("id") == partition.removeprefix(keys.USER)
            return ItemKind.USER if ours else ItemKind.FOREIGN
        return _CHILDREN.get(_prefix(sort), ItemKind.FOREIGN)
    if partition == sort:
        return _ALONE.get(_prefix(sort), ItemKind.FOREIGN)
    if partition.startswith(keys.AUDIT):
        return ItemKind.AUDIT if item.get("type") == "AUDIT" else ItemKind.FOREIGN
    if partition.startswith(keys.VERIFICATION_TOKEN) and sort.startswith(keys.VERIFICATION_TOKEN):
        return ItemKind.VERIFICATION_TOKEN
    return ItemKind.FOREIGN


def _prefix(key: str) -> str:
    found = _PREFIX.match(key)
    return found[0] if found else ""
