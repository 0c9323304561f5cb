"""Verification tokens, stored per identifier: each can be used once, and not after it expires."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from dynamo import audit, content, expressions, format, keys, models, partition, sessions
from dynamo.client import TRANSACTION_LIMIT, Key, Table
from dynamo.errors import KeyReused, TokenUsed, TransactionCancelled, Unavailable
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

ATTEMPTS: Final = 3
NOTE_BYTES: Final = 32
MOST_REPLACED: Final = TRANSACTION_LIMIT - 3
"""Older tokens deleted in the transaction of a create, beside the token, its entry in the audit log and its receipt."""


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

    With `replace`, the identifier's older tokens are deleted in the same transaction. So a repetition deletes none that
    was stored since. Only of hundreds of tokens, the others are deleted before.
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
    token_request = seed.request_token()
    older: list[Key] = []
    if replace:
        older, is_there = await _beside(table, item)
        if is_there and not older and token_request is None:
            return models.verification_token(table, item)
        if len(older) > MOST_REPLACED and not (token_request and await table.was_done(token_request)):
            await sessions.delete_keys(table, older[MOST_REPLACED:])
    replaced = [table.delete_operation(key) for key in older[:MOST_REPLACED]]
    put = table.put_operation(item, _condition(table, item, replace=replace, repeatable=seed.repeatable))
    recorded = audit.entries(table, None, item)
    try:
        # Only those that were there before: of two creates at the same time, neither deletes the token of the other.
        await table.transact([put], token_request, [*recorded, *replaced], varies=replace)
    except TokenUsed:
        raise KeyReused from None
    except TransactionCancelled:
        # The same token is stored already.
        pass
    return models.verification_token(table, item)


def _condition(table: Table, item: Item, *, replace: bool, repeatable: bool) -> expressions.Condition | None:
    """Holds unless the same token is stored already. If others are replaced, the condition always holds; it only tells
    DynamoDB if the same key was used without `replace` before."""
    absent = expressions.not_exists(table.partition_key)
    if not replace:
        return absent | expressions.is_news({"expires": item["expires"]})
    return absent | expressions.exists(table.partition_key) if repeatable else None


async def _beside(table: Table, item: Item) -> tuple[list[Key], bool]:
    """The keys of the other tokens of an identifier, and whether the token itself is stored."""
    own = table.key_of(item)
    found = [one async for page in _pages(table, item["identifier"]) for one in page]
    others = [table.key_of(one) for one in found if table.key_of(one) != own]
    return others, any(content.is_equal(one, item) for one in found)


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
    async for page in _pages(table, identifier):
        found = [table.key_of(item) for item in page]
        await sessions.delete_keys(table, found, [] if deleted else audit.entries(table, None))
        deleted += len(found)
    return deleted


async def _pages(table: Table, identifier: str) -> AsyncIterator[Sequence[Item]]:
    """An identifier's tokens, a page at a time."""
    after: Key | None = None
    while True:
        page = await table.query_partition(
            keys.verification_token_identifier(identifier), prefix=keys.VERIFICATION_TOKEN, after=after, consistent=True
        )
        yield page.items
        after = page.last_key
        if after is None:
            return


def _key(table: Table, identifier: str, token: str) -> Key:
    return table.key(keys.verification_token_identifier(identifier), keys.verification_token(token))
