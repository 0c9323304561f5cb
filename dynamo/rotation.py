"""Rotation: a session gets a new token in one transaction, and the old token stops working at the same moment."""

import functools
import operator
from typing import Final

from dynamo import audit, expressions, keys, models, partition, sessions, users
from dynamo.client import Table
from dynamo.errors import Disabled, Expired, KeyReused, Stale, TokenUsed, TransactionCancelled, Unavailable
from dynamo.expressions import Condition
from dynamo.item import Item
from dynamo.seeds import Seed

ATTEMPTS: Final = 3
MOST_COMPARED: Final = 100
"""The most attributes whose change is noticed between the read and the write. An expression takes up to 4 KB."""


def new_token(seed: Seed, *named: str) -> str:
    """The token that a session gets. `named` is how the caller named it, so that each session gets another."""
    return seed.hex(sessions.TOKEN_BYTES, "rotation", *named)


async def rotate(table: Table, session: models.Session, token: str, seed: Seed) -> models.Session:
    """Replace the token of a session, and keep everything else. Raises `NotFound`, `Expired`, `Disabled`, `Stale`,
    `KeyReused`.

    The transaction checks the user, so that a session that `disableUser` or `deleteUser` ends does not live on under
    its new token. It also checks what was read of the session, so that no change of it is lost.
    """
    user: models.User | None = None
    for turn in range(ATTEMPTS):
        if not session.owned:
            raise sessions.missing()
        if session.expired:
            raise Expired("The session has expired; create a new one.", "session")
        item = _with_token(table, session, token)
        writes = [
            users.new_item(table, item),
            users.touch(table, session.user_id, users.may_sign_in(table, user)),
            table.delete_operation(table.key_of(session.item), _unchanged(table, session.item)),
        ]
        used = False
        try:
            recorded = audit.entries(table, session.user_id, ["sessionToken"])
            await table.transact(writes, seed.request_token(turn), recorded)
        except TransactionCancelled:
            pass
        except TokenUsed:
            used = True
        else:
            return models.session(table, item)
        user, old, made = await _read(table, session, token)
        if made is not None and not made.expired:
            return made
        if used:
            raise KeyReused
        if user is None or user.ghost or old is None:
            raise sessions.missing()
        if not user.may_sign_in:
            raise Disabled("The user is disabled or being deleted.", "session")
        session = old
    raise Stale("The session is being changed by someone else; read it again.", "session")


async def made_before(table: Table, user_id: str | None, token: str, seed: Seed) -> models.Session | None:
    """The session that an earlier call with the same idempotency key has rotated; None if there was none.

    `user_id` is None if only the old token is known. Then the index finds the session. Raises `Unavailable` if it was
    rotated, but the index does not show it yet.
    """
    if not seed.repeatable:
        return None
    if user_id is None:
        found = await sessions.find(table, token)
        if found is None:
            for turn in range(ATTEMPTS):
                if (request := seed.request_token(turn)) is not None and await table.was_done(request):
                    raise Unavailable("The session was rotated, and cannot be read yet; repeat the request.")
            return None
        user_id = found.user_id
    item = await table.get(table.key(keys.user(user_id), keys.session(token)), consistent=True)
    made = None if item is None else models.session(table, item)
    return None if made is None or made.expired or not made.owned else made


def _with_token(table: Table, session: models.Session, token: str) -> Item:
    """The item of a session with another token."""
    key = keys.session(token)
    return {
        **session.item,
        "sessionToken": token,
        "type": "SESSION",
        **table.key(keys.user(session.user_id), key),
        **table.index_keys(key, key),
    }


def _unchanged(table: Table, item: Item) -> Condition:
    """Holds if a session is as it was read. It may have been used since."""
    names = sorted(item.keys() - table.key_attributes - {"userId", "expires", "lastSeenAt"})
    compared = ("userId", "expires", *names)[:MOST_COMPARED]
    return functools.reduce(operator.and_, (expressions.equals(name, item.get(name)) for name in compared))


async def _read(
    table: Table, session: models.Session, token: str
) -> tuple[models.User | None, models.Session | None, models.Session | None]:
    """The user of a session, the session under its old token, and that under its new one, by a consistent read."""
    owner = keys.user(session.user_id)
    wanted = [table.key(owner, sort) for sort in (owner, keys.session(session.token), keys.session(token))]
    found = partition.collect(table, await table.batch_get(wanted, consistent=True))
    by_token = {one.token: one for one in found.sessions}
    return found.user, by_token.get(session.token), by_token.get(token)
