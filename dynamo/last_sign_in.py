"""The ways in which a user can sign in, and the protection of the last one.

Every account is a way to sign in, except those of passkeys. Auth.js signs in with a passkey by two items: the
authenticator, found by its credential id, and the account of type `webauthn` that it names in `providerAccountId`.
Neither of them alone signs anybody in.

An item is not a way to sign in if the index does not find it, if it names another user, or if another user has the same
and comes first.
"""

import functools
import operator
from collections.abc import AsyncIterator, Sequence
from typing import Final

from dynamo import audit, expressions, index, keys, locks, models, partition
from dynamo.client import Key, Table, TransactWriteItem
from dynamo.errors import LastSignIn, NotFound, Stale
from dynamo.item import Item

ATTEMPTS: Final = 5
WEBAUTHN: Final = "webauthn"
"""The type of the accounts that Auth.js links for passkeys."""
READ_AT_ONCE: Final = 100


async def remove(table: Table, user_id: str, key: Key, lock: str, missing: NotFound, *, force: bool) -> None:
    """Delete an account or an authenticator and its lock, but only while another way to sign in remains.

    The transaction checks that the other way is unchanged, so of two concurrent removals one fails. Raises `missing` if
    the item does not exist, and `LastSignIn` unless `force` is set.
    """
    present = expressions.exists(table.partition_key)
    for _ in range(ATTEMPTS):
        writes = [table.delete_operation(key, present), locks.release_operation(table, lock, user_id)]
        if not force:
            writes += [hold(table, user_id, part) for part in await another(table, user_id, key)]
        recorded = audit.entries(table, user_id)
        try:
            return await locks.claim_and_write(table, [], writes, _Refused, recorded=recorded)
        except _Refused as refused:
            if refused.position == 0:
                raise missing from None
            if refused.position == 1:
                # Another user holds the lock, so only the item is deleted.
                writes.pop(1)
                try:
                    return await locks.claim_and_write(table, [], writes, _Refused, recorded=recorded)
                except _Refused:
                    continue
    raise Stale("The user's ways to sign in are being changed by someone else; try again.")


class _Refused(Exception):
    def __init__(self, position: int) -> None:
        self.position = position


NAMING: Final = ("userId", "type", "provider", "providerAccountId", "credentialID")
"""The attributes that decide what an account or an authenticator signs in, and as which user."""

Part = models.Account | models.Authenticator


def hold(table: Table, user_id: str, part: Part) -> TransactWriteItem:
    """An update that changes nothing, and fails if the account or authenticator is not part of the same way to sign
    in any more."""
    owner = expressions.update_of({"userId": user_id})
    names = (*NAMING, table.index_partition_key, table.index_sort_key)
    same = [expressions.unchanged(name, part.item.get(name)) for name in names]
    return table.update_operation(table.key_of(part.item), owner, functools.reduce(operator.and_, same))


async def another(table: Table, user_id: str, key: Key) -> Sequence[Part]:
    """The items of a way to sign in that remains without the item of `key`. Raises `LastSignIn` if there is none."""
    passkeys: dict[str, models.Account] = {}
    async for item in _items(table, user_id, keys.ACCOUNT):
        account = models.account(table, item)
        if table.key_of(item) == key or not _is_found(table, account):
            continue
        if account.type == WEBAUTHN:
            passkeys[account.provider_account_id] = account
        elif await _comes_first(table, account):
            return [account]
    removed: str | None = None
    alone: models.Authenticator | None = None
    async for item in _items(table, user_id, keys.AUTHENTICATOR):
        authenticator = models.authenticator(table, item)
        named = authenticator.provider_account_id
        if table.key_of(item) == key:
            removed = named
        elif not _is_found(table, authenticator) or not await _comes_first(table, authenticator):
            continue
        elif named not in passkeys:
            alone = authenticator
        elif await _comes_first(table, passkeys[named]):
            return [passkeys[named], authenticator]
    if alone is not None and removed is not None and removed not in passkeys:
        # Neither passkey has an account. In Auth.js, the removed one signed nobody in. An app that signs people in by
        # authenticators alone still finds the other one.
        return [alone]
    raise LastSignIn(
        "It is the user's last way to sign in. A passkey counts only together with its account. An API key can "
        "do it with `force`."
    )


def _is_found(table: Table, part: Part) -> bool:
    """Whether the index finds an account or an authenticator, and the item itself names its user."""
    partition, sort = _index_keys(part)
    key = keys.account(part.provider, part.provider_account_id) if isinstance(part, models.Account) else sort
    places = (part.item[table.sort_key], part.item.get(table.index_partition_key), part.item.get(table.index_sort_key))
    return part.owned and places == (key, partition, sort)


def _index_keys(part: Part) -> tuple[str, str]:
    if isinstance(part, models.Account):
        return keys.account_provider(part.provider), keys.account_at_provider(part.provider_account_id)
    key = keys.authenticator(part.credential_id)
    return key, key


async def _comes_first(table: Table, part: Part) -> bool:
    """Whether an account or an authenticator signs in its own user, and not another user who has the same."""
    sort: str = part.item[table.sort_key]
    rows = await index.rows(table, *_index_keys(part), lambda item: index.is_users(table, item, sort))
    found: list[Part]
    if isinstance(part, models.Account):
        lock = keys.account_lock(part.provider, part.provider_account_id)
        found = [models.account(table, item) for item in rows]
    else:
        lock = keys.authenticator_lock(part.credential_id)
        found = [models.authenticator(table, item) for item in rows]
    owned = [one for one in await locks.owned_first(table, lock, found) if one.owned]
    # The index is eventually consistent: it may not contain what was just added.
    return not owned or owned[0].user_id == part.user_id


async def _items(table: Table, user_id: str, prefix: str) -> AsyncIterator[Item]:
    after: str | None = None
    while True:
        items, after = await partition.page(table, user_id, prefix, limit=READ_AT_ONCE, after=after, consistent=True)
        for item in items:
            yield item
        if after is None:
            return
