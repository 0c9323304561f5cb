"""Accounts at providers. Each account belongs to one user."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynamo import audit, content, expressions, format, index, keys, last_sign_in, locks, models, repetition, users
from dynamo.client import Table
from dynamo.errors import AlreadyExists, ConditionFailed, NotFound, Rejected, Stale
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed, random_uuid

TOKEN_ATTRIBUTES: Final = {
    "access_token": "accessToken",
    "refresh_token": "refreshToken",
    "id_token": "idToken",
    "expires_at": "expiresAt",
    "token_type": "tokenType",
    "scope": "scope",
    "session_state": "sessionState",
}
"""The attributes of an OAuth token response: their stored names, and their names in the API."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to create. `attributes` holds its tokens and all other attributes by their stored names."""

    provider: str
    provider_account_id: str
    type: str
    attributes: Mapping[str, Any]


async def find(table: Table, provider: str, provider_account_id: str) -> list[models.Account]:
    """All copies of an account that sign somebody in: first that of the user who holds its lock, then by user id.

    There are several only if the adapter stored the account twice; then one more request reads the lock. A copy whose
    `userId` is not the user of its partition signs nobody in.
    """
    return [one for one in await find_all(table, provider, provider_account_id) if one.owned]


async def find_all(table: Table, provider: str, provider_account_id: str) -> list[models.Account]:
    """All copies of an account: those that `find` returns, followed by those that sign nobody in."""
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
    # Provider `a` with id `b#c` and provider `a#b` with id `c` share a sort key; the attributes tell them apart.
    same = [one for one in found if (one.provider, one.provider_account_id) == (provider, provider_account_id)]
    return await locks.owned_first(table, keys.account_lock(provider, provider_account_id), same)


async def get(table: Table, user_id: str, provider: str, provider_account_id: str) -> models.Account | None:
    """Read one user's account by its key, consistently; None if the user has no such account."""
    if not all(map(keys.is_possible, (user_id, provider, provider_account_id))):
        return None
    if not keys.fits(keys.account(provider, provider_account_id)):
        return None
    key = table.key(keys.user(user_id), keys.account(provider, provider_account_id))
    item = await table.get(key, consistent=True)
    account = models.account(table, item) if item else None
    # Provider `a` with id `b#c` and provider `a#b` with id `c` share a sort key; the attributes tell them apart.
    if account is None or (account.provider, account.provider_account_id) != (provider, provider_account_id):
        return None
    return account


async def link(table: Table, user_id: str, new: NewAccount, seed: Seed | None = None) -> models.Account:
    """Link an account to a user. Raises `AlreadyExists` if any user has it, `NotFound` if the user does not exist,
    `Repetition`."""
    keys.check(user_id, "user")
    seed = seed or random_seed()
    item = account_item(table, user_id, new)
    item |= repetition.proof("account", [item], seed)
    try:
        claim = await claim_account(table, user_id, new.provider, new.provider_account_id)
        writes = [users.new_item(table, item), users.touch(table, user_id)]
        recorded = audit.entries(table, user_id, item)
        await locks.claim_and_write(table, [claim], writes, _refusal_of_link, seed, recorded)
    except repetition.REFUSALS as met:
        raise await repetition.explained(
            table,
            seed,
            [item],
            met,
            lambda items: models.account(table, items[0]),
            derived=False,
            ignored={"id"},
            proof=0,
        ) from None
    return models.account(table, item)


def _refusal_of_link(position: int) -> Exception:
    return users.missing() if position else linked_already()


async def unlink(table: Table, account: models.Account, *, force: bool = False) -> models.Account:
    """Unlink an account from its user. Raises `NotFound`, and `LastSignIn` unless `force` is set."""
    key = table.key_of(account.item)
    lock = keys.account_lock(account.provider, account.provider_account_id)
    await last_sign_in.remove(table, account.user_id, key, lock, missing(), force=force)
    return account


async def update_tokens(
    table: Table, account: models.Account, changes: Mapping[str, Any], expected: Mapping[str, Any]
) -> models.Account:
    """Replace tokens, provided that the stored attributes are still `expected`. Raises `Stale`, `NotFound`.

    Unexpected tokens raise `Stale` even if they equal the new ones: otherwise a caller could confirm a guess.
    """
    written = expressions.generate_update_expression(changes)
    if written is None:
        return await _compared(table, account, expected)
    condition = expressions.exists(table.partition_key)
    if len(changes) + len(expected) <= expressions.MOST_COMPARED:
        condition = condition & expressions.is_news(changes)
    else:
        account = await _compared(table, account, expected, always=True)
        if content.has(account.item, changes):
            return account
    for name, value in expected.items():
        condition = condition & expressions.unchanged(name, value)
    try:
        recorded = audit.entries(table, account.user_id, changes)
        key = table.key_of(account.item)
        return models.account(table, await table.update_once(key, written, condition, recorded=recorded))
    except ConditionFailed as failed:
        if failed.item is None:
            raise missing() from None
        if any(failed.item.get(name) != value for name, value in expected.items()):
            raise stale_tokens() from None
        if not content.has(failed.item, changes):
            raise Stale("The account's tokens are being changed by someone else; try again.") from None
        return models.account(table, failed.item)


async def _compared(
    table: Table, account: models.Account, expected: Mapping[str, Any], *, always: bool = False
) -> models.Account:
    """The account, provided that its stored attributes are `expected`. Without any, it is read only if that is `always`
    wanted. Raises `Stale`, `NotFound`."""
    if not expected and not always:
        return account
    item = await table.get(table.key_of(account.item), consistent=True)
    if item is None:
        raise missing()
    if any(item.get(name) != value for name, value in expected.items()):
        raise stale_tokens()
    return models.account(table, item)


async def claim_account(table: Table, user_id: str, provider: str, provider_account_id: str) -> locks.Claim:
    """Check that no other user has an account, and return the claim that reserves it. Raises `AlreadyExists`."""
    holds = holder_of_account(table, provider, provider_account_id)
    for account in await find_all(table, provider, provider_account_id):
        if account.user_id != user_id and await holds(account.user_id):
            raise linked_already()
    return claim_of(table, user_id, provider, provider_account_id)


def claim_of(table: Table, user_id: str, provider: str, provider_account_id: str) -> locks.Claim:
    """The claim that reserves an account for a user, unless another user really has it."""
    holds = holder_of_account(table, provider, provider_account_id)
    return locks.Claim(keys.account_lock(provider, provider_account_id), user_id, linked_already(), holds)


def holder_of_account(table: Table, provider: str, provider_account_id: str) -> Callable[[str], Awaitable[bool]]:
    """Make the check whether a user really has an account, by a consistent read."""

    async def holds(user_id: str) -> bool:
        return await get(table, user_id, provider, provider_account_id) is not None

    return holds


def account_item(table: Table, user_id: str, new: NewAccount) -> Item:
    """The item of a new account, as the adapter writes it. Raises `Rejected`."""
    check_provider(new.provider)
    check_provider_account_id(new.provider_account_id)
    if not keys.fits(keys.account_lock(new.provider, new.provider_account_id)):
        raise Rejected("provider and providerAccountId are too long to fit in a key together.", "providerAccountId")
    check_type(new.type)
    return {
        "id": random_uuid(),
        **format.to(new.attributes),
        "userId": user_id,
        "provider": new.provider,
        "providerAccountId": new.provider_account_id,
        "type": new.type,
        **table.key(keys.user(user_id), keys.account(new.provider, new.provider_account_id)),
        **table.index_keys(keys.account_provider(new.provider), keys.account_at_provider(new.provider_account_id)),
    }


def check_provider(provider: str) -> str:
    """Return a provider's id if it can be part of a key. Raises `Rejected`."""
    return keys.check(provider, "provider", separator=False)


def check_provider_account_id(provider_account_id: str) -> str:
    """Return an account's id at its provider if it can be part of a key. Raises `Rejected`."""
    return keys.check(provider_account_id, "providerAccountId")


def check_type(type: str) -> str:
    """Return the type of an account. Raises `Rejected` if it is empty, or marks other items in the table."""
    if not type:
        raise Rejected("type is empty; Auth.js uses oauth, oidc, email and webauthn.", "type")
    if type in keys.ITEM_TYPES:
        raise Rejected(
            f"type is {type}, which is not a kind of account; Auth.js uses oauth, oidc, email and webauthn.", "type"
        )
    return type


def missing() -> NotFound:
    """The error for a write to an account that does not exist."""
    return NotFound("There is no such account.", "account")


def stale_tokens() -> Stale:
    """The error for a change of tokens that are not the expected ones any more."""
    return Stale("The account's tokens have changed; read them again.", "expected")


def linked_already() -> AlreadyExists:
    """The error for linking an account that a user has already."""
    return AlreadyExists("This account is already linked to a user.", "providerAccountId")
