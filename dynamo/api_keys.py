"""API keys of programs: listed through the adapter's index, and verified by a consistent read."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Self

from dynamo import audit, expressions, format, index, keys, models, repetition
from dynamo.client import Key, Table
from dynamo.errors import ConditionFailed, DynamoError, NotFound, Rejected, TokenUsed, TransactionCancelled
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

ID_BYTES: Final = 8
_ID: Final = re.compile(f"[0-9a-f]{{{2 * ID_BYTES}}}")
USE_RESOLUTION: Final = timedelta(hours=1)
"""How accurate `lastUsedAt` is. A write for every request would cost more than the accuracy is worth."""


class Position(NamedTuple):
    """Where the list of keys continues: after this row of the index."""

    partition: str
    sort: str
    index_sort: str

    @classmethod
    def of(cls, parts: Sequence[str]) -> Self:
        """Make the position from the parts that a cursor stores."""
        return cls(*parts)

    @property
    def parts(self) -> list[str]:
        """What a cursor stores of the position. Only `of` knows the meaning of each part."""
        return [*self]


def has_form_of_id(text: str) -> bool:
    """Whether a text may be the id of a key. A whole key, or its secret, is none."""
    return _ID.fullmatch(text) is not None


async def get(table: Table, key_id: str) -> models.ApiKey | None:
    """Read a key consistently, so that a revocation holds from the next request on."""
    if not keys.is_possible(key_id):
        return None
    item = await table.get(table.key(keys.api_key(key_id), keys.api_key(key_id)), consistent=True)
    return models.api_key(table, item) if item else None


async def page(table: Table, *, limit: int, after: Position | None) -> tuple[list[models.ApiKey], Position | None]:
    """List keys after a position, in order of their ids. Returns the keys and the position to continue from, None at
    the end.

    The page can be short if the index holds rows of other apps under the same key.
    """
    found: list[models.ApiKey] = []
    for _ in range(index.MAX_PAGES):
        start = None if after is None else _index_key(table, after)
        answer = await table.query_index(keys.API_KEY_DIRECTORY, limit=limit + 1 - len(found), after=start)
        found += [models.api_key(table, item) for item in answer.items if index.is_api_key(table, item)]
        if len(found) > limit:
            return found[:limit], position(found[limit - 1])
        last = answer.last_key
        if last is None:
            return found, None
        after = Position(last[table.partition_key], last[table.sort_key], last[table.index_sort_key])
    return found, after


def position(key: models.ApiKey) -> Position:
    """The position directly after a key."""
    stored = keys.api_key(key.key_id)
    return Position(stored, stored, stored)


def _index_key(table: Table, at: Position) -> Key:
    return table.key(at.partition, at.sort) | table.index_keys(keys.API_KEY_DIRECTORY, at.index_sort)


async def create(
    table: Table,
    name: str,
    scopes: Sequence[str],
    secret_hash: str,
    expires: datetime | None,
    seed: Seed | None = None,
) -> models.ApiKey:
    """Store a key under a new id. Raises `Rejected` if the name or the scopes are empty, and `Repetition`."""
    seed = seed or random_seed()
    check_name(name)
    check_scopes(scopes)
    key_id = seed.hex(ID_BYTES, "api key")
    key = keys.api_key(key_id)
    item: Item = format.to(
        {
            "type": "APIKEY",
            "name": name.strip(),
            "scopes": list(dict.fromkeys(scopes)),
            "secretHash": secret_hash,
            "createdAt": datetime.now(UTC),
            # Not `expires`, the table's time to live: DynamoDB would delete the key, and nobody could list it.
            "expiresAt": expires,
            **table.key(key, key),
            **table.index_keys(keys.API_KEY_DIRECTORY, key),
        }
    )
    put = table.put_operation(item, expressions.not_exists(table.partition_key))
    try:
        await table.transact([put], seed.request_token(), audit.entries(table, None, item))
    except (TransactionCancelled, TokenUsed) as met:
        # The time of the create makes a repetition another transaction to DynamoDB.
        raise await repetition.explained(
            table,
            seed,
            [item],
            TokenUsed(str(met)),
            lambda items: models.api_key(table, items[0]),
            derived=True,
            ignored=("createdAt", "lastUsedAt", "revokedAt"),
        ) from None
    return models.api_key(table, item)


def check_name(name: str) -> None:
    """Raise `Rejected` if a key's name is blank."""
    if not name.strip():
        raise Rejected("name is empty; say who uses the key.", "name")


def check_scopes(scopes: Sequence[object]) -> None:
    """Raise `Rejected` if a key would have no scope."""
    if not scopes:
        raise Rejected("scopes is empty; a key without a scope can do nothing.", "scopes")


async def revoke(table: Table, key_id: str) -> models.ApiKey:
    """Revoke a key for good. If it was revoked before, the first time is kept. Raises `NotFound`."""
    keys.check(key_id, "apiKey")
    key = table.key(keys.api_key(key_id), keys.api_key(key_id))
    written = expressions.update_of({"revokedAt": datetime.now(UTC)})
    fresh = expressions.exists(table.partition_key) & expressions.unset("revokedAt")
    recorded = audit.entries(table, None, ["revokedAt"])
    try:
        if recorded:
            return models.api_key(table, await table.update_once(key, written, fresh, recorded=recorded))
        return models.api_key(table, await table.update(key, written, fresh))
    except ConditionFailed as failed:
        if failed.item is None:
            raise NotFound("There is no such API key.", "apiKey") from None
        return models.api_key(table, failed.item)


async def note_use(table: Table, key: models.ApiKey) -> None:
    """Store that a key was used, at most once an hour. If that fails, the request is served all the same."""
    now = datetime.now(UTC)
    if key.last_used_at is not None and now - key.last_used_at < USE_RESOLUTION:
        return
    written = expressions.update_of({"lastUsedAt": now})
    try:
        await table.update(
            table.key(keys.api_key(key.key_id), keys.api_key(key.key_id)), written, expressions.exists("secretHash")
        )
    except DynamoError:
        return
