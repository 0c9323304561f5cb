"""Sessions: created for users who may sign in, verified by a consistent read, revoked one by one or all at once."""

import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from dynamo import (
    audit,
    content,
    entries,
    expressions,
    format,
    index,
    keys,
    models,
    partition,
    repetition,
    session_limit,
    users,
)
from dynamo.client import TRANSACTION_LIMIT, Key, Table, TransactWriteItem
from dynamo.errors import AlreadyExists, ConditionFailed, Disabled, Expired, NotFound, Stale, TransactionCancelled
from dynamo.item import Item
from dynamo.partition import Partition
from dynamo.seeds import Seed, random_seed

ATTEMPTS: Final = 3
DELETED_AT_ONCE: Final = TRANSACTION_LIMIT - 1
"""Items deleted in one transaction, which may also store an entry of the audit log."""
MOST_LISTED: Final = partition.MOST_READ_WHOLE
"""The most revoked sessions of which `delete_all` says which they were. No list of sessions is longer either."""
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to create. Without a token, the seed of the create makes one."""

    token: str | None
    expires: datetime
    attributes: Mapping[str, Any]
    expires_by_default: bool = False
    """Whether `expires` follows from the time of the create, because the caller gave none."""
    user_agent: str | None = None
    ip_address: str | None = None
    impersonator: str | None = None
    """Who will act as the user, in the caller's words. The session then ends after an hour at the latest."""
    notes_use: bool = False
    """Whether to store that the session is used when it is created."""
    created_at: datetime | None = field(default_factory=partial(datetime.now, UTC))
    """None for a session that was created elsewhere. If anything is known of that, it is among the attributes."""

    @property
    def timed(self) -> frozenset[str]:
        """The stored attributes that depend on the time of the create."""
        depends = self.expires_by_default or self.impersonator is not None
        return frozenset(("createdAt", "lastSeenAt", *(("expires",) if depends else ())))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who is signed in, and the user's whole partition if it was read too."""

    session: models.Session | None
    """The stored session; None if the person has a JWT session, which is not stored."""
    user: models.User
    partition: Partition | None
    issued_at: datetime | None = None
    """When the JWT of a session that is not stored was made; None if it does not say."""

    @property
    def since(self) -> datetime | None:
        """When the session began; None if that is not known."""
        return self.issued_at if self.session is None else self.session.created_at


async def find(table: Table, token: str) -> models.Session | None:
    """Find a session by token in the index. The read is eventually consistent, so it must not grant anything.

    None if several users have a session with the token, or if the session names another user than that of its
    partition: then it is not certain whose session it is.
    """
    found = await find_all(table, token)
    return found[0] if len(found) == 1 and found[0].owned else None


async def find_all(table: Table, token: str) -> list[models.Session]:
    """All sessions with a token, according to the index: one, unless two were stored at the same moment."""
    if not keys.is_possible(token):
        return []
    key = keys.session(token)
    rows = await index.rows(table, key, key, lambda item: index.is_users(table, item, key))
    found = [models.session(table, item) for item in rows]
    return [session for session in found if hmac.compare_digest(session.token.encode(), token.encode())]


async def read_all(table: Table, user_id: str) -> list[models.Session] | None:
    """All sessions of a user, including expired ones; None if they are too many for one read (`partition.whole`)."""
    if not keys.is_possible(user_id):
        return []
    items = await partition.whole(table, keys.user(user_id), keys.SESSION)
    return None if items is None else [models.session(table, item) for item in items]


async def sign_in(table: Table, token: str, *, whole_partition: bool = False) -> SignedIn | None:
    """Verify a session token: the session exists, it has not expired, and its user may sign in.

    The index only names the user. One consistent read of the table decides.
    """
    hint = await find(table, token)
    if hint is None:
        return None
    found = await partition.read(table, hint.user_id, consistent=True) if whole_partition else None
    if found is None:
        user_key = keys.user(hint.user_id)
        wanted = [table.key(user_key, user_key), table.key(user_key, keys.session(hint.token))]
        pair = partition.collect(table, await table.batch_get(wanted, consistent=True))
    else:
        pair = found
    session = next((session for session in pair.sessions if session.token == hint.token), None)
    user = pair.user
    if session is None or not session.signs_in(datetime.now(UTC)) or user is None or not user.may_sign_in:
        return None
    await users.put_in_place(table, user)
    return SignedIn(session, user, found)


async def sign_in_user(
    table: Table, user_id: str, issued_at: datetime | None = None, *, whole_partition: bool = False
) -> SignedIn | None:
    """Verify by one consistent read that a user exists and may sign in. The caller has verified a JWT that names
    them."""
    found = await partition.read(table, user_id, consistent=True) if whole_partition else None
    user = found.user if found is not None else await users.get(table, user_id, consistent=True)
    if user is None or not user.may_sign_in:
        return None
    await users.put_in_place(table, user)
    return SignedIn(None, user, found, issued_at)


async def create(
    table: Table, user_id: str, new: NewSession, seed: Seed | None = None, *, most: int | None = None
) -> models.Session:
    """Store a session, and end the oldest ones if the user has more than `most` then.

    Raises `NotFound` if the user does not exist, `Disabled` if they may not sign in, `AlreadyExists`, `Repetition`.
    """
    keys.check(user_id, "user")
    seed = seed or random_seed()
    item = session_item(table, user_id, new, seed)
    item |= repetition.proof("session", [item], seed, new.timed)
    try:
        await check_token(table, user_id, new.token)
        at = new.created_at or datetime.now(UTC)
        return await _create(table, user_id, item, at, seed, most)
    except repetition.REFUSALS as met:
        raise await repetition.explained(
            table,
            seed,
            [item],
            met,
            lambda items: models.session(table, items[0]),
            derived=new.token is None,
            ignored={"id", *new.timed},
            proof=0,
        ) from None


async def _create(table: Table, user_id: str, item: Item, at: datetime, seed: Seed, most: int | None) -> models.Session:
    user: models.User | None = None
    impersonator = item.get("impersonator")
    # Somebody else who acts as the user is no sign-in of the user.
    changes, beside = entries.of_sign_in(table, user_id, at) if impersonator is None else ({}, [])
    for turn in range(ATTEMPTS):
        holds = users.touch(table, user_id, users.may_sign_in(table, user), changes)
        writes = [users.new_item(table, item), holds, *beside]
        if most is not None:
            # Of two creates that would end the same session, one fails here and ends another. The last turn just ends
            # it, so that many sign-ins at once do not fail.
            there = expressions.exists(table.partition_key) if turn < ATTEMPTS - 1 else None
            ended = await session_limit.surplus(table, user_id, item["sessionToken"], most)
            writes += [table.delete_operation(table.key_of(one.item), there) for one in ended]
        try:
            recorded = audit.entries(table, user_id, told(item), impersonator=impersonator)
            await table.transact(writes, seed.request_token(turn), recorded)
        except TransactionCancelled as cancelled:
            if 0 in cancelled.failed:
                raise taken_token() from None
        else:
            return models.session(table, item)
        user = await users.get(table, user_id, consistent=True)
        if user is None or user.ghost:
            raise users.missing()
        if not user.may_sign_in:
            raise Disabled("The user is disabled or being deleted.", "user")
    raise Stale("The user is being changed by someone else; try again.", "user")


async def check_token(table: Table, user_id: str, token: str | None) -> None:
    """Check that no session of another user has a chosen token. Raises `AlreadyExists`.

    Two sessions created at the same moment both pass. A token of two users signs in neither of them. A session of the
    same user would have the same key, so the create meets it.
    """
    for session in await find_all(table, token) if token is not None else ():
        # The index is eventually consistent: it may still contain a session that was just revoked.
        if session.user_id != user_id and await table.get(table.key_of(session.item), consistent=True) is not None:
            raise taken_token()


def check_form(token: str) -> str:
    """Return a chosen token if it can be part of a key. Raises `Rejected`."""
    return keys.check(token, "sessionToken")


def taken_token() -> AlreadyExists:
    """The error for a chosen token that another session has."""
    return AlreadyExists("Another session has this token.", "sessionToken")


def told(item: Item) -> Collection[str]:
    """The attributes of a new session that the audit log names: no caller sets the time of its last use."""
    return item.keys() - {"lastSeenAt"}


def session_item(table: Table, user_id: str, new: NewSession, seed: Seed) -> Item:
    """The item of a new session, as the adapter writes it. Raises `Rejected` if the token cannot be part of a key.

    A token from the seed differs for each user, because a token of two users signs in neither.
    """
    token = seed.hex(TOKEN_BYTES, "session", user_id) if new.token is None else check_form(new.token)
    key = keys.session(token)
    created_at = None if new.created_at is None else format.iso(new.created_at)
    known = {
        "userAgent": new.user_agent,
        "ipAddress": new.ip_address,
        "impersonator": new.impersonator,
        "createdAt": created_at,
        "lastSeenAt": created_at if new.notes_use else None,
    }
    item: Item = {
        **format.to(new.attributes),
        **{name: value for name, value in known.items() if value is not None},
        "sessionToken": token,
        "userId": user_id,
        "expires": format.epoch_seconds(new.expires),
        "type": "SESSION",
        **table.key(keys.user(user_id), key),
        **table.index_keys(key, key),
    }
    latest = models.end_of_impersonation(item) if "impersonator" in item else None
    return item if latest is None else item | {"expires": format.epoch_seconds(min(new.expires, latest))}


async def update(
    table: Table, session: models.Session, expires: datetime | None, attributes: Mapping[str, Any]
) -> models.Session:
    """Extend a session that was found, shorten it, or change its attributes. Raises `NotFound`, `Expired`, `Stale`.

    A session in which somebody else acts as the user is extended up to its latest end only.

    Whoever shortens a session ends it, so that is recorded as a revocation is. An extension is not recorded: apps
    extend a session whenever it is used.

    The condition names the `expires` that was read. So a session that was revoked or has expired in the meantime is not
    revived.
    """
    changes: dict[str, Any] = dict(attributes)
    latest = session.latest_end
    if expires is not None and latest is not None:
        expires = min(expires, latest)
        if expires == session.expires:
            # Apps extend a session whenever it is used. One that ends as late as it can is not written each time.
            expires = None
    if expires is not None:
        changes["expires"] = format.epoch_seconds(expires)
    written = expressions.generate_update_expression(changes)
    key = table.key(keys.user(session.user_id), keys.session(session.token))
    is_comparable = len(changes) <= expressions.MOST_COMPARED
    if not is_comparable:
        session = await _read(table, key)
    for _ in range(ATTEMPTS):
        if not session.owned:
            raise missing()
        if session.expired:
            raise Expired("The session has expired; create a new one.", "session")
        if written is None or (not is_comparable and content.has(session.item, changes)):
            return session
        alive = expressions.equals("userId", session.user_id) & expressions.equals(
            "expires", session.item.get("expires")
        )
        try:
            # A late attempt to extend fails by its condition, because the first attempt changed `expires`. If only
            # attributes change, the condition may still hold, so the attempt must be part of a transaction.
            shortens = expires is not None and expires < session.expires
            recorded = audit.entries(table, session.user_id, changes) if attributes or shortens else []
            if not attributes and not recorded:
                return models.session(table, await table.update(key, written, alive))
            if is_comparable:
                alive = alive & expressions.is_news(changes)
            return models.session(table, await table.update_once(key, written, alive, recorded=recorded))
        except ConditionFailed as failed:
            if failed.item is None:
                raise missing() from None
            session = models.session(table, failed.item)
            if session.owned and not session.expired and content.has(session.item, changes):
                return session
    raise Stale("The session is being changed by someone else; read it again.", "session")


async def _read(table: Table, key: Key) -> models.Session:
    item = await table.get(key, consistent=True)
    if item is None:
        raise missing()
    return models.session(table, item)


def missing() -> NotFound:
    """The error for a change of a session that does not exist."""
    return NotFound("There is no such session.", "session")


async def delete(table: Table, session: models.Session) -> models.Session | None:
    """Revoke a session; None if it did not exist any more."""
    key = table.key(keys.user(session.user_id), keys.session(session.token))
    try:
        deletion = table.delete_operation(key, expressions.exists(table.partition_key))
        await table.transact([deletion], recorded=audit.entries(table, session.user_id))
    except TransactionCancelled:
        return None
    return session


async def delete_by_token(table: Table, token: str) -> models.Session | None:
    """Revoke all sessions with a token, even of several users. Returns one of them, None if there was none."""
    deleted = [await delete(table, session) for session in await find_all(table, token)]
    return next(filter(None, deleted), None)


@dataclass(frozen=True, slots=True)
class Revoked:
    """How many sessions `delete_all` has revoked, and which."""

    count: int
    tokens: Sequence[str] | None
    """The tokens of the sessions; None if they are more than `MOST_LISTED`."""


async def delete_all(table: Table, user_id: str, keep: Callable[[str], bool] | None = None) -> Revoked:
    """Revoke all sessions of a user except those whose token `keep` accepts. Safe to repeat."""
    deleted, after = 0, None
    tokens: list[str] = []
    doomed: list[Key] = []
    while True:
        items, after = await partition.page(
            table, user_id, keys.SESSION, limit=DELETED_AT_ONCE, after=after, consistent=True
        )
        found = [models.session(table, item) for item in items]
        found = [session for session in found if keep is None or not keep(session.token)]
        doomed += [table.key_of(session.item) for session in found]
        if len(tokens) <= MOST_LISTED:
            tokens += [session.token for session in found]
        # Only full batches until the last, so that the number of requests does not reveal the page of the kept session.
        now = len(doomed) if after is None else len(doomed) // DELETED_AT_ONCE * DELETED_AT_ONCE
        await delete_keys(table, doomed[:now], [] if deleted else audit.entries(table, user_id))
        deleted, doomed = deleted + now, doomed[now:]
        if after is None:
            return Revoked(deleted, tokens if deleted <= MOST_LISTED else None)


async def delete_keys(table: Table, doomed: list[dict[str, str]], recorded: Sequence[TransactWriteItem] = ()) -> None:
    """Delete items by key, in transactions. A BatchWriteItem has no request token, so a late attempt could delete
    newer items. `recorded` are entries of the audit log, for the first transaction."""
    deletes = [table.delete_operation(key) for key in doomed]
    for start in range(0, len(deletes), DELETED_AT_ONCE):
        await table.transact(deletes[start : start + DELETED_AT_ONCE], recorded=() if start else recorded)
