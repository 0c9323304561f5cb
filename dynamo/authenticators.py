"""Passkeys, which the JavaScript adapter cannot store in this table."""

from dataclasses import dataclass
from typing import Final

from dynamo import credential_ids, expressions, index, keys, last_sign_in, locks, models, users
from dynamo.client import Table
from dynamo.errors import AlreadyExists, ConditionFailed, NotFound, Rejected, Stale
from dynamo.item import Item

MAX_COUNTER: Final = 2**32 - 1
"""WebAuthn's signature counter is an unsigned 32-bit number."""


@dataclass(frozen=True, slots=True)
class NewAuthenticator:
    """A passkey to be, in the terms of Auth.js."""

    credential_id: str
    provider_account_id: str
    credential_public_key: str
    counter: int
    device_type: str
    backed_up: bool
    transports: str | None


async def find(table: Table, credential_id: str) -> models.Authenticator | None:
    """Find a passkey by credential id, in whatever spelling of base64.

    Of several, which cost one request more, the one of its lock's holder, or the first by user id. One that names
    another user than its own is not found.
    """
    return next((one for one in await find_all(table, credential_id) if one.owned), None)


async def find_all(table: Table, credential_id: str) -> list[models.Authenticator]:
    """Every passkey of a credential id, in the first spelling of base64 that there is: what `find` finds first."""
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


async def create(table: Table, user_id: str, new: NewAuthenticator) -> models.Authenticator:
    """Give a user a passkey. Raises `AlreadyExists`, `NotFound` without the user, `Rejected`."""
    keys.check(user_id, "user")
    credential_id = credential_ids.canonical(keys.check(new.credential_id, "credentialId"))
    if credential_id is None:
        raise Rejected("credentialId is not base64.", "credentialId")
    key = keys.authenticator(credential_id)
    check_counter(new.counter)
    item: Item = {
        "credentialID": credential_id,
        "userId": user_id,
        "providerAccountId": new.provider_account_id,
        "credentialPublicKey": new.credential_public_key,
        "counter": new.counter,
        "credentialDeviceType": new.device_type,
        "credentialBackedUp": new.backed_up,
        "transports": new.transports,
        "type": "AUTHENTICATOR",
        **table.key(keys.user(user_id), key),
        **table.index_keys(key, key),
    }

    async def holds(owner: str) -> bool:
        return await table.get(table.key(keys.user(owner), key), consistent=True) is not None

    taken = AlreadyExists("This credential is already registered.", "credentialId")
    for existing in await find_all(table, new.credential_id):
        # The index lags: a passkey that was removed a moment ago may still be in it.
        if await table.get(table.key_of(existing.item), consistent=True) is not None:
            raise taken
    claim = locks.Claim(keys.authenticator_lock(credential_id), user_id, taken, holds)
    writes = [users.new_item(table, item), users.touch(table, user_id)]
    await locks.claim_and_write(table, [claim], writes, lambda i: users.missing() if i else taken)
    return models.authenticator(table, item)


async def update_counter(table: Table, authenticator: models.Authenticator, counter: int) -> models.Authenticator:
    """Move a passkey's counter forward; staying put is allowed, since synced passkeys report 0.

    Raises `Stale`, `NotFound`.
    """
    check_counter(counter)
    written = expressions.update_of({"counter": counter})
    key = table.key(keys.user(authenticator.user_id), keys.authenticator(authenticator.credential_id))
    try:
        item = await table.update_once(key, written, expressions.less_or_equal("counter", counter))
    except ConditionFailed as failed:
        if failed.item is None:
            raise missing() from None
        raise Stale("The stored counter is higher; this may be a cloned authenticator.", "counter") from None
    return models.authenticator(table, item)


async def delete(table: Table, authenticator: models.Authenticator, *, force: bool = False) -> None:
    """Take a passkey from its user. Raises `NotFound`, and `LastSignIn` unless forced."""
    key = table.key(keys.user(authenticator.user_id), keys.authenticator(authenticator.credential_id))
    lock = keys.authenticator_lock(authenticator.credential_id)
    await last_sign_in.remove(table, authenticator.user_id, key, lock, missing(), force=force)


def check_counter(counter: int) -> None:
    """Raises `Rejected` for what is no unsigned 32-bit number."""
    if not 0 <= counter <= MAX_COUNTER:
        raise Rejected(f"counter is {counter}; it must be from 0 to {MAX_COUNTER}.", "counter")


def missing() -> NotFound:
    """What a write to a passkey that is not there is answered with."""
    return NotFound("There is no such authenticator.", "credentialId")
