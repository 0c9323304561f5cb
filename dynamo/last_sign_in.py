"""What a user signs in with, of which the last is not removed by accident.

An account is a way to sign in, unless it is that of a passkey. Auth.js signs a passkey in by two items: the
authenticator, found by its credential, and the account of type `webauthn` that it names in `providerAccountId`. Either
alone signs nobody in.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from dynamo import expressions, keys, locks, models, partition
from dynamo.client import Key, Table, TransactWriteItem
from dynamo.errors import LastSignIn, NotFound, Stale
from dynamo.item import Item

ATTEMPTS: Final = 5
WEBAUTHN: Final = "webauthn"
"""The type of the accounts that Auth.js links for passkeys."""
READ_AT_ONCE: Final = 100


async def remove(table: Table, user_id: str, key: Key, lock: str, missing: NotFound, *, force: bool) -> None:
    """Delete an account or an authenticator with its lock, and only while another way to sign in remains.

    The transaction holds the other one in place, so that of two concurrent removals one fails. Raises `missing` if the
    item is gone, and `LastSignIn` unless forced.
    """
    present = expressions.exists(table.partition_key)
    for _ in range(ATTEMPTS):
        writes = [table.delete_operation(key, present), locks.release_operation(table, lock, user_id)]
        if not force:
            writes += [_hold(table, user_id, item) for item in await another(table, user_id, key)]
        try:
            return await locks.claim_and_write(table, [], writes, _Refused)
        except _Refused as refused:
            if refused.position == 0:
                raise missing from None
            if refused.position == 1:
                # The lock is another user's: only the item goes.
                writes.pop(1)
                try:
                    return await locks.claim_and_write(table, [], writes, _Refused)
                except _Refused:
                    continue
    raise Stale("The user's ways to sign in are being changed by someone else; try again.")


class _Refused(Exception):
    def __init__(self, position: int) -> None:
        self.position = position


def _hold(table: Table, user_id: str, item: Item) -> TransactWriteItem:
    """An update of nothing on an account or an authenticator, which fails once it is no part of its way any more."""
    owner = expressions.Update(("SET ", expressions.Name("userId"), " = ", expressions.Value(user_id)))
    condition = expressions.exists(table.partition_key)
    if item[table.sort_key].startswith(keys.AUTHENTICATOR):
        condition = condition & expressions.unchanged("providerAccountId", item.get("providerAccountId"))
    return table.update_operation(table.key_of(item), owner, condition)


async def another(table: Table, user_id: str, key: Key) -> Sequence[Item]:
    """The items of a way to sign in that remains without the item of a key. Raises `LastSignIn` if there is none."""
    passkeys: dict[str, Item] = {}
    async for item in _items(table, user_id, keys.ACCOUNT):
        account = models.account(table, item)
        if table.key_of(item) == key:
            continue
        if account.type != WEBAUTHN:
            return [item]
        passkeys[account.provider_account_id] = item
    removed: str | None = None
    alone: Item | None = None
    async for item in _items(table, user_id, keys.AUTHENTICATOR):
        named = models.authenticator(table, item).provider_account_id
        if table.key_of(item) == key:
            removed = named
        elif named in passkeys:
            return [passkeys[named], item]
        else:
            alone = item
    if alone is not None and removed is not None and removed not in passkeys:
        # Neither has an account. With Auth.js the one that goes signed nobody in, and an app that signs people in by
        # authenticators alone finds the other one.
        return [alone]
    raise LastSignIn(
        "It is the user's last way to sign in. A passkey counts only together with its account. An "
        "administrator can force "
        "its removal."
    )


async def _items(table: Table, user_id: str, prefix: str) -> AsyncIterator[Item]:
    after: str | None = None
    while True:
        items, after = await partition.page(table, user_id, prefix, limit=READ_AT_ONCE, after=after, consistent=True)
        for item in items:
            yield item
        if after is None:
            return
