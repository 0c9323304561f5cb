"""Verification tokens: kept per identifier, used once and never after their time."""

from datetime import UTC, datetime

from dynamo import expressions, format, keys, models, partition, sessions
from dynamo.client import Key, Table
from dynamo.errors import ConditionFailed


async def read(table: Table, identifier: str) -> list[models.VerificationToken] | None:
    """The tokens of an identifier, expired ones included; None if they are too many for one read."""
    if not keys.is_possible(identifier):
        return []
    items = await partition.whole(
        table, keys.verification_token_identifier(identifier), keys.VERIFICATION_TOKEN, consistent=True
    )
    return None if items is None else [models.verification_token(table, item) for item in items]


async def create(
    table: Table, identifier: str, token: str, expires: datetime, *, replace: bool = False
) -> models.VerificationToken:
    """Store a token as Auth.js hands it over (hashed).

    With `replace`, older ones of the identifier stop working first.
    """
    keys.check(identifier, "identifier")
    keys.check(token, "token")
    if replace:
        await delete_all(table, identifier)
    item = {
        "identifier": identifier,
        "token": token,
        "expires": format.epoch_seconds(expires),
        "type": "VT",
        **_key(table, identifier, token),
    }
    await table.put(item)
    return models.verification_token(table, item)


async def use(table: Table, identifier: str, token: str) -> models.VerificationToken | None:
    """Take a token out of the table if it is there and its time is not over: one caller of many gets it.

    None for a wrong identifier, a wrong token and an expired one alike. Rows from before 2022 hold a date string, on
    which a comparison with a number never holds: they are taken by naming the string that was read.
    """
    if not keys.is_possible(identifier) or not keys.is_possible(token):
        return None
    key = _key(table, identifier, token)
    now = datetime.now(UTC)
    try:
        item = await table.delete(key, expressions.greater("expires", format.to({"expires": now})["expires"]))
    except ConditionFailed as failed:
        expires = failed.item and failed.item.get("expires")
        if not isinstance(expires, str) or (format.parse_date(expires) or now) <= now:
            return None
        try:
            item = await table.delete(key, expressions.equals("expires", expires))
        except ConditionFailed:
            return None
    return models.verification_token(table, item) if item else None


async def delete_all(table: Table, identifier: str) -> int:
    """Delete every token of an identifier; returns how many. Safe to repeat."""
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
