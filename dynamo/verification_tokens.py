"""Verification tokens, stored per identifier: each can be used once, and not after it expires."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from dynamo import audit, expressions, format, keys, models, partition, sessions
from dynamo.client import Key, Table
from dynamo.errors import KeyReused, TokenUsed, TransactionCancelled, Unavailable
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

ATTEMPTS: Final = 3
NOTE_BYTES: Final = 32


async def read(table: Table, identifier: str) -> list[models.VerificationToken] | None:
    """The tokens of an identifier, including expired ones; None if they are too many for one read."""
    if not keys.is_possible(identifier):
        return []
    items = await partition.whole(
        table, keys.verification_token_identifier(identifier), keys.VERIFICATION_TOKEN, consistent=True
    )
    return None if items is None else [models.verification_token(table, item) for item in items]


async def create(
    table: Table,
    identifier: str,
    token: str,
    expires: datetime,
    *,
    replace: bool = False,
    seed: Seed | None = None,
) -> models.VerificationToken:
    """Store a token as Auth.js passes it, which is a hash. Raises `KeyReused`.

    With `replace`, the identifier's older tokens are deleted.
    """
    check_identifier(identifier)
    check_token(token)
    seed = seed or random_seed()
    item = {
        "identifier": identifier,
        "token": token,
        "expires": format.epoch_seconds(expires),
        "type": "VT",
        **_key(table, identifier, token),
    }
    own = table.key_of(item)
    older = [one async for page in _pages(table, identifier) for one in page if one != own] if replace else []
    # A condition that always holds tells DynamoDB that the same key was used without `replace` before.
    always = expressions.exists(table.partition_key) | expressions.not_exists(table.partition_key)
    put = table.put_operation(item, always if replace and seed.repeatable else None)
    try:
        await table.transact([put], seed.request_token(), audit.entries(table, None, item))
    except TokenUsed:
        raise KeyReused from None
    # Only those that were there before: of two creates at the same time, neither deletes the token of the other.
    await sessions.delete_keys(table, older)
    return models.verification_token(table, item)


def check_identifier(identifier: str) -> str:
    """Return an identifier if it can be part of a key. Raises `Rejected`."""
    return keys.check(identifier, "identifier")


def check_token(token: str) -> str:
    """Return a token if it can be part of a key. Raises `Rejected`."""
    return keys.check(token, "token")


async def use(table: Table, identifier: str, token: str, seed: Seed | None = None) -> models.VerificationToken | None:
    """Delete a token if it exists and has not expired. If several callers use it at the same time, one gets it.

    None for a wrong identifier, a wrong token and an expired one alike, after one read. It is deleted in a transaction,
    so that an attempt whose response was lost has the same result as the first. The condition names the expiry that was
    read.

    With a repeatable `seed`, the transaction also stores a note of the use, which expires when the token would have.
    A repetition that finds its note gets the token again.
    """
    if not keys.is_possible(identifier) or not keys.is_possible(token):
        return None
    key = _key(table, identifier, token)
    note = _note(table, seed, identifier, token) if seed is not None and seed.repeatable else None
    for _ in range(ATTEMPTS):
        item, noted = await _read(table, key, note)
        if noted is not None:
            used = models.VerificationToken(identifier, token, format.date_of_expires(noted["expires"]) or models.EPOCH)
            return None if used.expired else used
        if item is None:
            return None
        found = models.verification_token(table, item)
        if found.expired:
            return None
        writes = [table.delete_operation(key, expressions.equals("expires", item["expires"]))]
        if note is not None:
            writes.append(table.put_operation({**note, "expires": item["expires"]}))
        try:
            await table.transact(writes, recorded=audit.entries(table, None))
        except TransactionCancelled:
            # Another caller used it, or it was stored again with another expiry.
            continue
        return found
    raise Unavailable("Other requests keep storing this token; try again.")


def _note(table: Table, seed: Seed, identifier: str, token: str) -> Key:
    name = keys.use_of_verification_token(seed.hex(NOTE_BYTES, "use", identifier, token))
    return table.key(name, name)


async def _read(table: Table, key: Key, note: Key | None) -> tuple[Item | None, Item | None]:
    """A token, and the note that the caller has used it, by one consistent read."""
    if note is None:
        return await table.get(key, consistent=True), None
    found = await table.batch_get([key, note], consistent=True)
    by_key = [next((item for item in found if table.key_of(item) == wanted), None) for wanted in (key, note)]
    return by_key[0], by_key[1]


async def delete_all(table: Table, identifier: str) -> int:
    """Delete all tokens of an identifier. Returns how many. Safe to repeat."""
    if not keys.is_possible(identifier):
        return 0
    deleted = 0
    async for found in _pages(table, identifier):
        await sessions.delete_keys(table, found, [] if deleted else audit.entries(table, None))
        deleted += len(found)
    return deleted


async def _pages(table: Table, identifier: str) -> AsyncIterator[list[Key]]:
    """The keys of an identifier's tokens, a page at a time."""
    after: Key | None = None
    while True:
        page = await table.query_partition(
            keys.verification_token_identifier(identifier), prefix=keys.VERIFICATION_TOKEN, after=after, consistent=True
        )
        yield [table.key_of(item) for item in page.items]
        after = page.last_key
        if after is None:
            return


def _key(table: Table, identifier: str, token: str) -> Key:
    return table.key(keys.verification_token_identifier(identifier), keys.verification_token(token))
