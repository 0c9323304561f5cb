"""Passkeys, which the official JavaScript adapter cannot store in this table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dynamo import (
    audit,
    content,
    credential_ids,
    expressions,
    index,
    keys,
    last_sign_in,
    locks,
    models,
    repetition,
    users,
)
from dynamo.client import Key, Table
from dynamo.errors import AlreadyExists, ConditionFailed, NotFound, Rejected, Stale
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

MAX_COUNTER: Final = 2**32 - 1
"""The largest signature counter: WebAuthn defines it as an unsigned 32-bit integer."""


@dataclass(frozen=True, slots=True)
class NewAuthenticator:
    """A passkey to create; the fields have the names that Auth.js gives them."""

    credential_id: str
    provider_account_id: str
    credential_public_key: str
    counter: int
    device_type: models.DeviceType
    backed_up: bool
    transports: Sequence[str] = ()
    """Words without commas, because they are stored as one text with commas between them."""


async def find(table: Table, credential_id: str) -> models.Authenticator | None:
    """Find a passkey by credential id, in either base64 alphabet.

    If several users have it, one more request reads its lock, and the passkey of the lock's holder is returned, or the
    first by user id. A passkey whose `userId` is not the user of its partition is not found.
    """
    return next((one for one in await find_all(table, credential_id) if one.owned), None)


async def get(table: Table, user_id: str, credential_id: str) -> models.Authenticator | None:
    """Read one user's passkey by its stored credential id, consistently; None if the user has no such passkey."""
    if not keys.is_possible(user_id) or not keys.is_possible(credential_id):
        return None
    item = await table.get(table.key(keys.user(user_id), keys.authenticator(credential_id)), consistent=True)
    return models.authenticator(table, item) if item else None


async def find_all(table: Table, credential_id: str) -> list[models.Authenticator]:
    """All passkeys with a credential id, in the first base64 spelling that finds any. `find` returns the first of
    them."""
    if not keys.is_possible(credential_id):
        return []
    for spelling in credential_ids.spellings(credential_id):
        found = await _find(table, keys.authenticator(spelling))
        if found:
            return await locks.owned_first(table, keys.authenticator_lock(spelling), found)
    return []


async def _find(table: Table, key: str) -> list[models.Authenticator]:
    rows = await index.rows(table, key, key, lambda item: index.is_users(table, item, key))
    return [models.authenticator(table, item) for item in rows]


async def create(table: Table, user_id: str, new: NewAuthenticator, seed: Seed | None = None) -> models.Authenticator:
    """Register a passkey for a user. Raises `AlreadyExists`, `Repetition`, `Rejected`, and `NotFound` if the user does
    not exist."""
    seed = seed or random_seed()
    keys.check(user_id, "user")
    item = authenticator_item(table, user_id, new)
    taken = taken_credential()
    writes = [users.new_item(table, item), users.touch(table, user_id)]
    try:
        claim = await claim_credential(table, user_id, new)
        recorded = audit.entries(table, user_id, item)
        await locks.claim_and_write(table, [claim], writes, lambda i: users.missing() if i else taken, seed, recorded)
    except repetition.REFUSALS as met:
        raise await repetition.explained(
            table, seed, [item], met, lambda items: models.authenticator(table, items[0]), derived=False
        ) from None
    return models.authenticator(table, item)


def authenticator_item(table: Table, user_id: str, new: NewAuthenticator) -> Item:
    """The item of a new passkey. Raises `Rejected`."""
    credential_id = check_credential_id(new.credential_id)
    key = keys.authenticator(credential_id)
    check_counter(new.counter)
    return {
        "credentialID": credential_id,
        "userId": user_id,
        "providerAccountId": new.provider_account_id,
        "credentialPublicKey": new.credential_public_key,
        "counter": new.counter,
        "credentialDeviceType": new.device_type.value,
        "credentialBackedUp": new.backed_up,
        "transports": ",".join(new.transports) or None,
        "type": "AUTHENTICATOR",
        **table.key(keys.user(user_id), key),
        **table.index_keys(key, key),
    }


async def claim_credential(table: Table, user_id: str, new: NewAuthenticator) -> locks.Claim:
    """Check that no other user has a credential, and return the claim that reserves it. Raises `AlreadyExists`."""
    credential_id = check_credential_id(new.credential_id)
    key = keys.authenticator(credential_id)
    taken = taken_credential()

    async def holds(owner: str) -> bool:
        return await table.get(table.key(keys.user(owner), key), consistent=True) is not None

    await _check(table, new.credential_id, table.key(keys.user(user_id), key), taken)
    return locks.Claim(keys.authenticator_lock(credential_id), user_id, taken, holds)


async def _check(table: Table, credential_id: str, place: Key, taken: AlreadyExists) -> None:
    """Raise `taken` if a passkey with another key has the credential id. One with the same key is met by the write."""
    for existing in await find_all(table, credential_id):
        found = table.key_of(existing.item)
        # The index is eventually consistent: it may still contain a passkey that was just removed.
        if found != place and await table.get(found, consistent=True) is not None:
            raise taken


async def update_counter(table: Table, authenticator: models.Authenticator, counter: int) -> models.Authenticator:
    """Store a passkey's signature counter. The same value is allowed, because synced passkeys always report 0.

    Raises `Stale` if the stored counter is higher, and `NotFound`.
    """
    check_counter(counter)
    written = expressions.update_of({"counter": counter})
    key = table.key(keys.user(authenticator.user_id), keys.authenticator(authenticator.credential_id))
    try:
        recorded = audit.entries(table, authenticator.user_id, ["counter"])
        higher = expressions.less_or_equal("counter", counter) & expressions.is_news({"counter": counter})
        item = await table.update_once(key, written, higher, recorded=recorded)
    except ConditionFailed as failed:
        if failed.item is None:
            raise missing() from None
        if content.has(failed.item, {"counter": counter}):
            return models.authenticator(table, failed.item)
        raise Stale("The stored counter is higher; this may be a cloned authenticator.", "counter") from None
    return models.authenticator(table, item)


async def delete(table: Table, authenticator: models.Authenticator, *, force: bool = False) -> None:
    """Remove a passkey from its user. Raises `NotFound`, and `LastSignIn` unless `force` is set."""
    key = table.key(keys.user(authenticator.user_id), keys.authenticator(authenticator.credential_id))
    lock = keys.authenticator_lock(authenticator.credential_id)
    await last_sign_in.remove(table, authenticator.user_id, key, lock, missing(), force=force)


def check_credential_id(given: str) -> str:
    """The stored form of a credential id. Raises `Rejected` if it is not base64, or cannot be part of a key."""
    credential_id = credential_ids.canonical(keys.check(given, "credentialId"))
    if credential_id is None:
        raise Rejected("credentialId is not base64.", "credentialId")
    return credential_id


def check_counter(counter: int) -> None:
    """Raise `Rejected` if the counter is not an unsigned 32-bit integer."""
    if not 0 <= counter <= MAX_COUNTER:
        raise Rejected(f"counter is {counter}; it must be from 0 to {MAX_COUNTER}.", "counter")


def taken_credential() -> AlreadyExists:
    """The error for a passkey that a user has already."""
    return AlreadyExists("This credential is already registered.", "credentialId")


def missing() -> NotFound:
    """The error for a write to a passkey that does not exist."""
    return NotFound("There is no such authenticator.", "authenticator")
