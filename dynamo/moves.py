"""Moving an account to another user, in one transaction.

The transaction deletes the account in one partition, stores the same attributes in the other, and hands over the lock.
It checks that nothing of this has changed since it was read: the account with its tokens, another way to sign in of the
user who loses it, and both users. A user who may not sign in neither gives nor gets an account, because the account
would let somebody in, or keep somebody out, whom the operator decided otherwise about.
"""

from dataclasses import replace
from typing import Final

from dynamo import accounts, audit, expressions, keys, last_sign_in, locks, models, users
from dynamo.accounts import TOKEN_ATTRIBUTES
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import AlreadyExists, Disabled, NotFound, Rejected, Stale
from dynamo.item import Item

ATTEMPTS: Final = 5
MOST_COMPARED: Final = 100
"""The most attributes of an account that moves: a condition of DynamoDB compares each of them."""


async def move(table: Table, account: models.Account, user_id: str, *, force: bool = False) -> models.Account:
    """Move an account to another user. Moving it to the user who has it changes nothing.

    Raises `NotFound` if the account or the user does not exist, `Disabled` if one of the users may not sign in,
    `AlreadyExists` if another user has the same account, `LastSignIn` unless `force` is set, `Stale`, `Rejected`.
    """
    keys.check(user_id, "to")
    found: models.Account | None = account
    for _ in range(ATTEMPTS):
        if found is None:
            return await _moved_already(table, account, user_id)
        if found.user_id == user_id:
            return found
        _check_movable(found)
        try:
            return await _move(table, found, user_id, force=force)
        except Stale:
            found = await accounts.get(table, account.user_id, account.provider, account.provider_account_id)
    raise Stale("The account or one of the users is being changed by someone else; try again.")


async def _moved_already(table: Table, account: models.Account, user_id: str) -> models.Account:
    """The account at the user whom it was to move to. Raises `NotFound`."""
    there = await accounts.get(table, user_id, account.provider, account.provider_account_id)
    if there is None or not there.owned:
        raise accounts.missing()
    return there


def _check_movable(account: models.Account) -> None:
    if not account.owned:
        raise Rejected("The account names another user than the one it is stored with; unlink it.", "account")
    if account.type == last_sign_in.WEBAUTHN:
        raise Rejected("The account of a passkey cannot move: it signs in only together with the passkey.", "account")
    if len(account.item) > MOST_COMPARED:
        raise Rejected("The account has too many attributes to move in one transaction.", "account")


async def _move(table: Table, account: models.Account, user_id: str, *, force: bool) -> models.Account:
    """Move an account as it was read. Raises `Stale` if it, or anything that the move depends on, has changed."""
    from_key = table.key_of(account.item)
    moved = account.item | table.key(keys.user(user_id), account.item[table.sort_key]) | {"userId": user_id}
    giving = await _able(table, account.user_id, NotFound("The user of this account does not exist.", "account"))
    taking = await _able(table, user_id, NotFound("There is no such user.", "to"))
    remaining = [] if force else await last_sign_in.another(table, account.user_id, from_key)
    claim, stale = await _claim(table, account, user_id)
    writes: list[TransactWriteItem] = [
        table.delete_operation(from_key, expressions.as_read(account.item, tuple(TOKEN_ATTRIBUTES))),
        table.put_operation(moved, expressions.not_exists(table.partition_key)),
        users.touch(table, account.user_id, users.may_sign_in(table, giving)),
        users.touch(table, user_id, users.may_sign_in(table, taking)),
        *(last_sign_in.hold(table, account.user_id, part) for part in remaining),
        locks.claim_operation(table, claim, stale),
    ]

    def refused(position: int) -> Exception:
        return claim.taken if position == 1 else Stale("The account was changed meanwhile.", "account")

    # Both users find it among their entries.
    recorded = [entry for one in (account.user_id, user_id) for entry in audit.entries(table, one)]
    await locks.claim_and_write(table, [], writes, refused, recorded=recorded)
    return models.account(table, moved)


async def _able(table: Table, user_id: str, missing: NotFound) -> models.User:
    """A user who may sign in. Raises `missing` or `Disabled`."""
    user = await users.get(table, user_id, consistent=True)
    if user is None or user.ghost:
        raise missing
    if not user.may_sign_in:
        raise Disabled("The user is disabled or being deleted.", missing.field)
    return user


async def _claim(table: Table, account: models.Account, user_id: str) -> tuple[locks.Claim, Item | None]:
    """The claim of the account's lock, and the lock as it was read. Raises `AlreadyExists` if a third user has it."""
    claim = accounts.claim_of(table, user_id, account.provider, account.provider_account_id)
    claim = replace(claim, taken=AlreadyExists("Another user has the same account.", "account"))
    lock = await table.get(table.key(claim.key, claim.key), consistent=True)
    same = await accounts.find_all(table, account.provider, account.provider_account_id)
    others = {locks.owner_of(lock), *(other.user_id for other in same)} - {account.user_id, None}
    for other in others:
        if other is not None and await claim.holds(other):
            raise claim.taken
    return claim, lock
