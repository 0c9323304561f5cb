"""Verification tokens, stored per identifier: each can be used once, and not after it expires."""

from datetime import datetime
from typing import Final

from dynamo import expressions, format, keys, models, partition, sessions
from dynamo.client import Key, Table
from dynamo.errors import TransactionCancelled, Unavailable

ATTEMPTS: Final = 3


async def read(table: Table, identifier: str) -> list[models.VerificationToken] | None:
    """The tokens of an identifier, including expired ones; None if they are too many for one read."""
    if not keys.is_possible(identifier):
        return []
    items = await partition.whole(
        table, keys.verification_token_identifier(identifier), keys.VERIFICATION_TOKEN, consistent=True
    )
    return None if items is None else [models.verification_token(table, item) for item in items]


async def create(
    table: Table, identifier: str, token: str, expires: datetime, *, replace: bool = False
) -> models.VerificationToken:
    """Store a token as Auth.js passes it, which is a hash.

    With `replace`, the identifier's older tokens are deleted first.
    """
    check_identifier(identifier)
    check_token(token)
    if replace:
        await delete_all(table, identifier)
    item = {
        "identifier": identifier,
        "token": token,
        "expires": format.epoch_seconds(expires),
        "type": "VT",
        **_key(table, identifier, token),
    }
    await table.transact([table.put_operation(item)])
    return models.verification_token(table, item)


def check_identifier(identifier: str) -> str:
    """Return an identifier if it can be part of a key. Raises `Rejected`."""
    return keys.check(identifier, "identifier")


def check_token(token: str) -> str:
    """Return a token if it can be part of a key. Raises `Rejected`."""
    return keys.check(token, "token")


async def use(table: Table, identifier: str, token: str) -> models.VerificationToken | None:
    """Delete a token if it exists and has not expired. If several callers use it at the same time, one gets it.

    None for a wrong identifier, a wrong token and an expired one alike, after one read. It is deleted in a transaction,
    so that an attempt whose response was lost has the same result as the first. The condition names the expiry that was
    read.
    """
    if not keys.is_possible(identifier) or not keys.is_possible(token):
        return None
    key = _key(table, identifier, token)
    for _ in range(ATTEMPTS):
        item = await table.get(key, consistent=True)
        if item is None:
            return None
        found = models.verification_token(table, item)
        if found.expired:
            return None
        try:
            await table.transact([table.delete_operation(key, expressions.equals("expires", item["expires"]))])
        except TransactionCancelled:
            # Another caller used it, or it was stored again with another expiry.
            continue
        return found
    raise Unavailable("Other requests keep storing this token; try again.")


async def delete_all(table: Table, identifier: str) -> int:
    """Delete all tokens of an identifier. Returns how many. Safe to repeat."""
    if not keys.is_possible(identifier):
        return 0
    deleted = 0
    after: Key | None = None
    while True:
        page = await table.query_partition(
            keys.verification_token_identifier(identifier), prefix=keys.VERIFICATION_TOKEN, after=after, consistent=True
        )
        await sessions.delete_keys(table, [table.key_of(item) for item in page.items])
        deleted += len(page.items)
        after = page.last_key
        if after is None:
            return deleted


def _key(table: Table, identifier: str, token: str) -> Key:
    return table.key(keys.verification_token_identifier(identifier), keys.verification_token(token))
