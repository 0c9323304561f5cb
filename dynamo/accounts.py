"""Accounts at providers: one account belongs to one user."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynamo import expressions, format, index, keys, last_sign_in, locks, models, users
from dynamo.client import Table
from dynamo.errors import AlreadyExists, ConditionFailed, NotFound, Rejected, Stale
from dynamo.item import Item

TOKEN_ATTRIBUTES: Final = {
    "access_token": "accessToken",
    "refresh_token": "refreshToken",
    "id_token": "idToken",
    "expires_at": "expiresAt",
    "token_type": "tokenType",
    "scope": "scope",
    "session_state": "sessionState",
}
"""Stored names of what an OAuth token response brings, and what the API calls them."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be. `attributes` holds tokens and everything else under stored names."""

    provider: str
    provider_account_id: str
    type: str
    attributes: Mapping[str, Any]


async def find(table: Table, provider: str, provider_account_id: str) -> list[models.Account]:
    """Every link of an account that signs somebody in: that of its lock's holder first, then by user id.

    There are several only where the adapter wrote it twice; that costs one request more, for the lock. One that names
    another user than its own signs nobody in.
    """
    return [one for one in await find_all(table, provider, provider_account_id) if one.owned]


async def find_all(table: Table, provider: str, provider_account_id: str) -> list[models.Account]:
    """Every link of an account: what `find` finds, and then what signs nobody in."""
    if not keys.is_possible(provider) or not keys.is_possible(provider_account_id):
        return []
    sort = keys.account(provider, provider_account_id)
    rows = await index.rows(
        table,
        keys.account_provider(provider),
        keys.account_at_provider(provider_account_id),
        lambda item: index.is_users(table, item, sort),
    )
    found = [models.account(table, item) for item in rows]
    # `a` + `b#c` and `a#b` + `c` share a sort key: only the attributes tell whose it is.
    same = [one for one in found if (one.provider, one.provider_account_id) == (provider, provider_account_id)]
    return await locks.owned_first(table, keys.account_lock(provider, provider_account_id), same)


async def get(table: Table, user_id: str, provider: str, provider_account_id: str) -> models.Account | None:
    """Read one user's account by its key."""
    if not all(map(keys.is_possible, (user_id, provider, provider_account_id))):
        return None
    if not keys.fits(keys.account(provider, provider_account_id)):
        return None
    key = table.key(keys.user(user_id), keys.account(provider, provider_account_id))
    item = await table.get(key, consistent=True)
    account = models.account(table, item) if item else None
    # `a` + `b#c` and `a#b` + `c` share a sort key: only the attributes tell whose it is.
    if account is None or (account.provider, account.provider_account_id) != (provider, provider_account_id):
        return None
    return account


async def link(table: Table, user_id: str, new: NewAccount) -> models.Account:
    """Give a user an account. Raises `AlreadyExists` if anyone has it, `NotFound` without the user."""
    keys.check(user_id, "user")
    item = account_item(table, user_id, new)
    claim = await claim_account(table, user_id, new.provider, new.provider_account_id)
    writes = [users.new_item(table, item), users.touch(table, user_id)]
    await locks.claim_and_write(table, [claim], writes, lambda i: users.missing() if i else linked_already())
    return models.account(table, item)


async def unlink(table: Table, account: models.Account, *, force: bool = False) -> models.Account:
    """Take an account from its user. Raises `NotFound`, and `LastSignIn` unless forced."""
    key = table.key_of(account.item)
    lock = keys.account_lock(account.provider, account.provider_account_id)
    await last_sign_in.remove(table, account.user_id, key, lock, missing(), force=force)
    return account


async def update_tokens(
    table: Table, account: models.Account, changes: Mapping[str, Any], expected: Mapping[str, Any]
) -> models.Account:
    """Replace tokens if the stored attributes are still `expected`. Raises `Stale`, `NotFound`.

    `Stale` it is even where they are what they would be replaced by: whoever guesses them would be told so.
    """
    written = expressions.generate_update_expression(changes)
    if written is None:
        return await _compared(table, account, expected)
    condition = expressions.exists(table.partition_key)
    for name, value in expected.items():
        condition = condition & expressions.unchanged(name, value)
    try:
        return models.account(table, await table.update_once(table.key_of(account.item), written, condition))
    except ConditionFailed as failed:
        if failed.item is None:
            raise missing() from None
        raise stale_tokens() from None


async def _compared(table: Table, account: models.Account, expected: Mapping[str, Any]) -> models.Account:
    """The account, if its stored attributes are `expected`. Raises `Stale`, `NotFound`."""
    if not expected:
        return account
    item = await table.get(table.key_of(account.item), consistent=True)
    if item is None:
        raise missing()
    if any(item.get(name) != value for name, value in expected.items()):
        raise stale_tokens()
    return models.account(table, item)


async def claim_account(table: Table, user_id: str, provider: str, provider_account_id: str) -> locks.Claim:
    """Check that nobody has an account, and return the claim that keeps it so. Raises `AlreadyExists`."""
    holds = holder_of_account(table, provider, provider_account_id)
    for account in await find_all(table, provider, provider_account_id):
        if await holds(account.user_id):
            raise linked_already()
    return locks.Claim(keys.account_lock(provider, provider_account_id), user_id, linked_already(), holds)


def holder_of_account(table: Table, provider: str, provider_account_id: str) -> Callable[[str], Awaitable[bool]]:
    """Whether a user really has an account."""

    async def holds(user_id: str) -> bool:
        return await get(table, user_id, provider, provider_account_id) is not None

    return holds


def account_item(table: Table, user_id: str, new: NewAccount) -> Item:
    """The item of a new account, as the adapter writes it. Raises `Rejected`."""
    keys.check(new.provider, "provider", separator=False)
    keys.check(new.provider_account_id, "providerAccountId")
    if not keys.fits(keys.account_lock(new.provider, new.provider_account_id)):
        raise Rejected("provider and providerAccountId are too long to fit in a key together.", "providerAccountId")
    if not new.type:
        raise Rejected("type is empty; Auth.js uses oauth, oidc, email and webauthn.", "type")
    if new.type in keys.ITEM_TYPES:
        raise Rejected(
            f"type is {new.type}, which is not a kind of account; Auth.js uses oauth, oidc, email and webauthn.", "type"
        )
    return {
        "id": str(uuid.uuid4()),
        **format.to(new.attributes),
        "userId": user_id,
        "provider": new.provider,
        "providerAccountId": new.provider_account_id,
        "type": new.type,
        **table.key(keys.user(user_id), keys.account(new.provider, new.provider_account_id)),
        **table.index_keys(keys.account_provider(new.provider), keys.account_at_provider(new.provider_account_id)),
    }


def missing() -> NotFound:
    """What a write to an account that is not there is answered with."""
    return NotFound("There is no such account.", "account")


def stale_tokens() -> Stale:
    """What a change of tokens that are no longer the expected ones is answered with."""
    return Stale("The account's tokens have changed; read them again.", "expected")


def linked_already() -> AlreadyExists:
    """What a link of an account that is in use is answered with."""
    return AlreadyExists("This account is already linked to a user.", "providerAccountId")
