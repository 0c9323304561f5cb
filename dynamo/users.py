"""Users: looked up by id and e-mail address, and written so that each e-mail address belongs to one user."""

import functools
import operator
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from dynamo import audit, content, entries, expressions, format, index, keys, locks, models, repetition, tombstones
from dynamo import email as addresses
from dynamo.client import TRANSACTION_LIMIT, Table, TransactWriteItem
from dynamo.errors import (
    AlreadyExists,
    ConditionFailed,
    DeletedSince,
    DynamoError,
    NotFound,
    Stale,
    TokenUsed,
    TransactionCancelled,
    TransactionConflict,
)
from dynamo.expressions import REMOVE, Condition, equals, exists, not_exists, unchanged, unset
from dynamo.item import Item
from dynamo.seeds import Seed, random_seed

ATTEMPTS: Final = 3
MOST_UNREAD: Final = 24
"""The most attributes that are changed on conditions of a `Revision` before the user is read. All conditions together
may have 300 operators."""
TIMED: Final = frozenset(("createdAt", "lastSignInAt"))
"""The stored attributes of a new user that depend on the time of the create."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create. Attributes that are not given are not stored; None is stored as NULL."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    """The attributes to store, by stored name: `name`, `image`, `emailVerified` and custom attributes."""
    email: str | None = None
    user_id: str | None = None
    """The raw id. If it is None, the seed of the create makes a UUID."""
    created_at: datetime | None = field(default_factory=partial(datetime.now, UTC))
    """None for a user who was created elsewhere. If anything is known of that, it is among the attributes."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What of an update depends on the user as they are stored."""

    revise: Callable[[models.User], Mapping[str, Any]]
    """The attributes to set, for a stored user. It may raise what the update is to raise."""
    settled: Sequence[Condition] | None
    """Conditions under which the attributes are set as they are given, so that the user need not be read before. None
    if they must be read."""


async def get(table: Table, user_id: str, *, consistent: bool = False) -> models.User | None:
    """Read a user by raw id; None if there is no such user. Ghosts and tombstones are returned too."""
    if not keys.is_possible(user_id):
        return None
    key = keys.user(user_id)
    item = await table.get(table.key(key, key), consistent=consistent)
    return models.user(table, item) if item else None


async def find_by_email(table: Table, email: str) -> list[models.User]:
    """All users with this e-mail address: first the holder of its lock, then by the spelling in the index, then by id.

    A user who has changed their address since is left out, even if the index still finds them. If several users have
    the address, one more request reads its lock.
    """
    found = await _with_email(table, email)
    if len(found) < 2:
        return found
    return await locks.holder_first(table, keys.email_lock(addresses.normalise(email)), found)


async def _with_email(table: Table, email: str) -> list[models.User]:
    """All users with this e-mail address, by spelling and id. The index keys of users who have left it are
    corrected."""
    found = await _indexed_under(table, email)
    theirs = [user for user in found if _has(user, email)]
    if len(theirs) < len(found):
        for user in found:
            if user not in theirs:
                await put_in_place(table, user)
    return theirs


async def _indexed_under(table: Table, email: str) -> list[models.User]:
    """All users that the index finds by an e-mail address, whether they still have it or not."""
    found: dict[str, models.User] = {}
    for spelling in addresses.spellings(email):
        key = keys.user_by_email(spelling)
        for item in await index.rows(table, key, key, partial(index.is_user, table)):
            user = models.user(table, item)
            found.setdefault(user.user_id, user)
    return list(found.values())


def _has(user: models.User, email: str) -> bool:
    own = user.email
    return own is not None and (own == email or addresses.normalise(own) == addresses.normalise(email))


async def put_in_place(table: Table, user: models.User) -> None:
    """Change a user's index keys to match their e-mail address, and claim its lock. The adapter changes the address
    alone.

    This happens whenever such a user is read, once for each change. If another user has the address, it stays theirs:
    the user is removed from the index, and no address finds them. If it fails, the next read or the doctor tries again.
    """
    if not is_misplaced(table, user):
        return
    try:
        await _put_in_place(table, user)
    except DynamoError:
        return


async def _put_in_place(table: Table, user: models.User) -> None:
    address = next(iter(addresses.spellings(user.email or "")), None)
    if user.email is None or address is None:
        await _move(table, user, None, [])
        return
    others = [other for other in await _indexed_under(table, user.email) if _has(other, user.email)]
    try:
        claim = await _claim_beside(table, user.user_id, user.email, others)
        await _move(table, user, keys.user_by_email(address), [claim])
    except AlreadyExists:
        await _move(table, user, None, [])


async def _move(table: Table, user: models.User, index_key: str | None, claims: Sequence[locks.Claim]) -> None:
    """Give a user who is still as they were read other index keys, or none."""
    held = user.item.get(table.index_partition_key)
    moved: Mapping[str, object] = dict.fromkeys((table.index_partition_key, table.index_sort_key), index_key or REMOVE)
    as_seen = unchanged("email", user.item.get("email")) & equals(table.index_partition_key, held) & is_whole(table)
    key = keys.user(user.user_id)
    change = table.update_operation(table.key(key, key), expressions.update_of(moved), as_seen)
    await locks.claim_and_write(table, claims, [change], lambda _: Stale("The user was changed meanwhile.", "email"))


def is_misplaced(table: Table, user: models.User) -> bool:
    """Whether the index has a user under an address that is not theirs. Another spelling of their address is fine."""
    held = user.item.get(table.index_partition_key)
    if not isinstance(held, str) or user.deleting:
        return False
    under = held.removeprefix(keys.USER)
    if under == user.email:
        return False
    indexed, stored = addresses.spellings(under), addresses.spellings(user.email or "")
    return bool(indexed) and indexed[:1] != stored[:1]


async def create(table: Table, new: NewUser, seed: Seed | None = None) -> models.User:
    """Store a user, with a unique e-mail address if they have one. Raises `AlreadyExists`, `Repetition`, `Rejected`."""
    seed = seed or random_seed()
    item = user_item(table, new, seed)
    try:
        try:
            await _store(table, new, item, seed)
        except TokenUsed:
            # The same create at another time is another transaction. With the time that is stored, it is the same one.
            item = await _as_stored(table, item)
            await _store(table, new, item, seed)
    except repetition.REFUSALS as met:
        raise await repetition.explained(
            table,
            seed,
            [item],
            met,
            lambda items: models.user(table, items[0]),
            derived=new.user_id is None,
            ignored=TIMED,
        ) from None
    return models.user(table, item)


async def _store(table: Table, new: NewUser, item: Item, seed: Seed) -> None:
    chosen = new.user_id is not None
    claims = [] if new.email is None else [await claim_email(table, item["id"], new.email)]
    put = await new_user(table, item, seed, chosen=chosen)
    beside = entries.of_new_user(table, item, chosen=chosen)
    # A transaction even without a lock: if it is sent again because the response was lost, its own item is no conflict.
    recorded = audit.entries(table, item["id"], item)
    await locks.claim_and_write(table, claims, [put, *beside], lambda _: taken_id(), seed, recorded)


async def _as_stored(table: Table, item: Item) -> Item:
    """A new user with the times of the one who is stored. Raises `TokenUsed` if there is none."""
    stored = await get(table, item["id"], consistent=True)
    if stored is None:
        raise TokenUsed("The user that the same key has created does not exist any more.")
    return item | {name: stored.item[name] for name in TIMED if name in stored.item}


async def update(
    table: Table, user_id: str, changes: Mapping[str, Any], revision: Revision | None = None
) -> models.User:
    """Set stored attributes of a user; None is stored as NULL, `REMOVE` takes one off. Raises `NotFound`,
    `AlreadyExists`, `DeletedSince`.

    A change of `email` moves the index keys and the lock in the same transaction, and takes `emailVerified` back
    unless a new one is given with it. `revision` is asked for the attributes to set if they depend on what is stored.
    """
    keys.check(user_id, "user")
    if "email" not in changes:
        changed = await _set(table, user_id, changes, revision)
        await put_in_place(table, changed)
        return changed
    address = None if changes["email"] is None else addresses.check(changes["email"])
    for _ in range(ATTEMPTS):
        user, owner = await get_with_lock(table, user_id, address)
        if user is None or user.deleting:
            raise missing()
        revised = changes if revision is None else {**changes, **revision.revise(user)}
        try:
            if not await _change_email(table, user, address, revised, locked=owner == user_id):
                return user
        except Stale:
            continue
        user = await get(table, user_id, consistent=True)
        if user is None:
            raise DeletedSince("The user was updated, and deleted before it could be read.")
        return user
    raise Stale("The user's e-mail is being changed by someone else; read the user again.", "email")


async def _set(table: Table, user_id: str, changes: Mapping[str, Any], revision: Revision | None) -> models.User:
    if revision is None:
        return await _write(table, user_id, changes, None)
    if revision.settled is None or len(changes) > MOST_UNREAD:
        user = await get(table, user_id, consistent=True)
    else:
        settled = functools.reduce(operator.and_, revision.settled, is_whole(table))
        try:
            return await _write_once(table, user_id, changes, settled & expressions.is_news(changes))
        except ConditionFailed as failed:
            user = None if failed.item is None else models.user(table, failed.item)
    if user is None or user.deleting:
        raise missing()
    return await _write(table, user_id, {**changes, **revision.revise(user)}, user)


async def _write(table: Table, user_id: str, changes: Mapping[str, Any], user: models.User | None) -> models.User:
    """Write changes, unless the user has all of them already. `user` is the user as they were read, or None."""
    is_comparable = 0 < len(changes) <= expressions.MOST_COMPARED
    if user is None and not is_comparable:
        user = await get(table, user_id, consistent=True)
        if user is None:
            raise missing()
    for _ in range(ATTEMPTS):
        if user is not None:
            if changes and user.deleting:
                raise missing()
            if content.has(user.item, changes):
                return user
        whole = is_whole(table) & expressions.is_news(changes) if is_comparable else is_whole(table)
        try:
            return await _write_once(table, user_id, changes, whole)
        except ConditionFailed as failed:
            if failed.item is None:
                raise missing() from None
            user = models.user(table, failed.item)
    raise Stale("The user is being changed by someone else; read the user again.", "user")


async def _write_once(table: Table, user_id: str, changes: Mapping[str, Any], condition: Condition) -> models.User:
    key = table.key(keys.user(user_id), keys.user(user_id))
    beside = entries.of_change(table, user_id, changes)
    recorded = audit.entries(table, user_id, changes)
    update = expressions.update_of(changes)
    return models.user(table, await table.update_once(key, update, condition, beside, recorded))


async def set_many(table: Table, changes: Mapping[str, Mapping[str, Any]]) -> list[models.User | DynamoError]:
    """Set stored attributes of up to 100 users, by raw id, as `update` does for one. They have no part in the
    directory, as the name has.

    Returns each user after the change, or the error for this user alone, in the order of `changes`.

    One transaction writes all users, or two if each has an entry in the audit log. If some do not exist, or have all
    attributes already, another one writes the rest. If other writers hold one of them up, each is written alone.
    """
    most = TRANSACTION_LIMIT if table.act is None else TRANSACTION_LIMIT // 2
    outcomes: dict[str, models.User | DynamoError] = {}
    refused: set[str] = set()
    everybody = list(changes)
    for start in range(0, len(everybody), most):
        together = {user_id: changes[user_id] for user_id in everybody[start : start + most]}
        outcomes |= await _set_together(table, together, refused)
    outcomes |= await _read_changed(table, [user_id for user_id in everybody if user_id not in outcomes])
    for user_id in refused:
        found = outcomes[user_id]
        if isinstance(found, models.User) and found.deleting:
            outcomes[user_id] = missing()
        elif isinstance(found, models.User) and not content.has(found.item, changes[user_id]):
            outcomes |= await _set_one_by_one(table, {user_id: changes[user_id]})
        elif isinstance(found, DeletedSince):
            outcomes[user_id] = missing()
    return [outcomes[user_id] for user_id in changes]


async def _set_together(
    table: Table, changes: Mapping[str, Mapping[str, Any]], refused: set[str]
) -> dict[str, models.User | DynamoError]:
    """Set attributes in one transaction. Returns the outcome for each user who has one already.

    Users who do not exist, and those who have all attributes already, are added to `refused`.
    """
    outcomes: dict[str, models.User | DynamoError] = {}
    left = list(changes)
    while left:
        writes = [_set_operation(table, user_id, changes[user_id]) for user_id in left]
        recorded = [entry for user_id in left for entry in audit.entries(table, user_id, changes[user_id])]
        try:
            await table.transact(writes, recorded=recorded)
            break
        except TransactionCancelled as cancelled:
            refused.update(left[place] for place in cancelled.failed)
            left = [user_id for user_id in left if user_id not in refused]
        except TransactionConflict:
            outcomes |= await _set_one_by_one(table, {user_id: changes[user_id] for user_id in left})
            break
        except DynamoError as error:
            outcomes |= dict.fromkeys(left, error)
            break
    return outcomes


def _set_operation(table: Table, user_id: str, changes: Mapping[str, Any]) -> TransactWriteItem:
    key = keys.user(user_id)
    whole = is_whole(table) & expressions.is_news(changes)
    return table.update_operation(table.key(key, key), expressions.update_of(changes), whole)


async def _set_one_by_one(
    table: Table, changes: Mapping[str, Mapping[str, Any]]
) -> dict[str, models.User | DynamoError]:
    outcomes: dict[str, models.User | DynamoError] = {}
    for user_id, changed in changes.items():
        try:
            outcomes[user_id] = await update(table, user_id, changed)
        except DynamoError as error:
            outcomes[user_id] = error
    return outcomes


async def _read_changed(table: Table, user_ids: Sequence[str]) -> dict[str, models.User | DynamoError]:
    """Users that were just changed, or the error for those who cannot be read."""
    if not user_ids:
        return {}
    places = {user_id: keys.user(user_id) for user_id in user_ids}
    try:
        items = await table.batch_get([table.key(key, key) for key in places.values()], consistent=True)
    except DynamoError as error:
        return dict.fromkeys(user_ids, error)
    found = {item[table.partition_key]: models.user(table, item) for item in items}
    for user in found.values():
        await put_in_place(table, user)
    gone = DeletedSince("The user was updated, and deleted before it could be read.")
    return {user_id: found.get(key, gone) for user_id, key in places.items()}


async def get_with_lock(table: Table, user_id: str, address: str | None) -> tuple[models.User | None, object]:
    """Read a user, and the owner of an address's lock if an address is given."""
    if address is None:
        return await get(table, user_id, consistent=True), None
    key, lock = keys.user(user_id), keys.email_lock(address)
    items = await table.batch_get([table.key(key, key), table.key(lock, lock)], consistent=True)
    found = {item[table.partition_key]: item for item in items}
    user = models.user(table, found[key]) if key in found else None
    return user, found.get(lock, {}).get(locks.OWNER)


async def _change_email(
    table: Table, user: models.User, address: str | None, changes: Mapping[str, Any], *, locked: bool
) -> bool:
    """Write changes that include an e-mail address, unless the user has all of them already. `locked` says whether the
    user holds its lock. Returns whether anything was written.

    Raises `Stale` if the stored address is not that of `user` any more.
    """
    key = keys.user(user.user_id)
    index_key = None if address is None else keys.user_by_email(address)
    in_place = user.email == address and user.item.get(table.index_partition_key) == index_key
    attributes = {**changes, "email": address}
    if address is None:
        attributes |= dict.fromkeys((table.index_partition_key, table.index_sort_key), REMOVE)
    elif index_key is not None:
        attributes |= table.index_keys(index_key, index_key)
    old = user.email and addresses.normalise(user.email)
    if old != address:
        attributes.setdefault("emailVerified", None)
    written = expressions.update_of(attributes)
    same_email = expressions.unchanged("email", user.item.get("email"))
    change = table.update_operation(table.key(key, key), written, same_email & is_whole(table))
    left = (lock for lock in email_locks(table, user.item) if address is None or lock != keys.email_lock(address))
    releases = [locks.release_operation(table, lock, user.user_id) for lock in left]
    # A user who has the address already may lack its lock, which the adapter does not take, or share the address.
    keeps = in_place and locked
    claims = [] if keeps or address is None else [await claim_email(table, user.user_id, changes["email"])]
    if not claims and not releases and content.has(user.item, attributes):
        return False
    beside = entries.of_change(table, user.user_id, changes)
    while True:
        try:
            recorded = audit.entries(table, user.user_id, attributes)
            writes = [change, *releases, *beside]
            await locks.claim_and_write(table, claims, writes, _email_refusal, recorded=recorded)
            return True
        except _ForeignLock as foreign:
            # Another user holds the lock, so it is not released.
            releases.pop(foreign.position)


class _ForeignLock(Exception):
    """A lock that should be released belongs to another user. `position` is its place among the releases."""

    def __init__(self, position: int) -> None:
        self.position = position


def _email_refusal(position: int) -> Exception:
    return _ForeignLock(position - 1) if position else Stale("The user's e-mail was changed meanwhile.", "email")


def check_id(user_id: str) -> str:
    """Return a user's raw id if there may be a user who has it. Raises `Rejected`."""
    return keys.check(user_id, "userId")


def check_new_id(user_id: str) -> str:
    """Return a raw id if a new user may have it. Raises `Rejected`."""
    return keys.check(user_id, "userId", separator=False)


def user_item(table: Table, new: NewUser, seed: Seed) -> Item:
    """The item of a new user, as the adapter writes it, but without index keys if there is no e-mail address. Raises
    `Rejected`."""
    user_id = seed.uuid("user") if new.user_id is None else check_new_id(new.user_id)
    key = keys.user(user_id)
    stored = new.attributes if new.created_at is None else {"createdAt": new.created_at, **new.attributes}
    item: Item = {**format.to(stored), "id": user_id, "type": "USER", **table.key(key, key)}
    if new.email is not None:
        item["email"] = addresses.check(new.email)
        index_key = keys.user_by_email(item["email"])
        item |= table.index_keys(index_key, index_key)
    return item


def email_locks(table: Table, item: Item) -> list[str]:
    """The locks that a user may hold: that of their e-mail address, and that of an older one if the adapter changed
    it."""
    index_key = item.get(table.index_partition_key)
    named = [item.get("email"), index_key.removeprefix(keys.USER) if isinstance(index_key, str) else None]
    spellings = [addresses.spellings(email) for email in named if isinstance(email, str)]
    return list(dict.fromkeys(keys.email_lock(normalised) for normalised, *_ in filter(None, spellings)))


async def new_user(table: Table, item: Item, seed: Seed, *, chosen: bool) -> TransactWriteItem:
    """Store a user who does not exist yet. An abandoned tombstone is replaced.

    A `chosen` id may have belonged to a user before. It is free once nothing of theirs is left; otherwise
    `AlreadyExists` is raised. A random id was never used. If a caller may be repeating the create, the user may be
    their own work, so it is left to the transaction to meet them.
    """
    free = not_exists(table.partition_key)
    found = await _left_under(table, item["id"], may_be_own=seed.repeatable) if chosen else None
    if found is not None:
        free = free | not_exists("type") & equals(tombstones.MARK, found[tombstones.MARK])
    return table.put_operation(item, free)


async def _left_under(table: Table, user_id: str, *, may_be_own: bool) -> Item | None:
    """The abandoned tombstone, if it is all that is left under an id; None if nothing is. Raises `AlreadyExists`
    otherwise, unless a user is there who may be the caller's own work."""
    key = keys.user(user_id)
    page = await table.query_partition(key, limit=2, consistent=True)
    match page.items:
        case []:
            return None
        case [item] if item[table.sort_key] == key and tombstones.is_abandoned(table, item):
            return item
    user = await get(table, user_id, consistent=True)
    if user is None or tombstones.is_abandoned(table, user.item):
        raise AlreadyExists("Items of a deleted user are left under this id; delete them with deleteUser.", "userId")
    if user.deleting:
        raise AlreadyExists("The user with this id is being deleted; call deleteUser again to finish it.", "userId")
    if may_be_own:
        return None
    raise taken_id()


def new_item(table: Table, item: Item) -> TransactWriteItem:
    """Store an item, unless there is one with the same key."""
    return table.put_operation(item, not_exists(table.partition_key))


def touch(
    table: Table, user_id: str, condition: Condition | None = None, changes: Mapping[str, object] | None = None
) -> TransactWriteItem:
    """Check a user within a transaction: it fails unless they exist and are not being deleted, or another condition
    holds.

    It is an update that changes nothing but `changes`, because the IAM policy of the adapter does not allow
    ConditionCheck.
    """
    key = keys.user(user_id)
    same_id = expressions.update_of({"id": user_id, **(changes or {})})
    return table.update_operation(table.key(key, key), same_id, condition or is_whole(table))


def no_user(table: Table, user_id: str) -> TransactWriteItem:
    """A guard that fails if the user exists. It deletes a ghost, which is no user.

    It is a delete of an item that does not exist, because the IAM policy of the adapter does not allow ConditionCheck.
    """
    key = keys.user(user_id)
    ghost = not_exists("type") & unset("deletingAt")
    absent = not_exists(table.partition_key) | ghost
    return table.delete_operation(table.key(key, key), absent)


def is_whole(table: Table) -> Condition:
    """Holds for a user who exists and is not being deleted."""
    return _is_whole(table.partition_key)


@functools.cache
def _is_whole(partition_key: str) -> Condition:
    return exists(partition_key) & unset("deletingAt")


def may_sign_in(table: Table, free: models.User | None = None) -> Condition:
    """Holds for a user who exists, is no ghost, is not being deleted and is not disabled.

    No condition can tell whether a disablement has ended, because stored dates have many forms. So a user whose
    disablement has ended has to be read first and passed as `free`. The condition then holds as long as the end of the
    disablement is the same.
    """
    until = None if free is None else free.item.get("disabledUntil")
    if until is None:
        return _may_sign_in(table.partition_key)
    return is_whole(table) & exists("type") & (unset("disabledAt") | equals("disabledUntil", until))


@functools.cache
def _may_sign_in(partition_key: str) -> Condition:
    return _is_whole(partition_key) & exists("type") & unset("disabledAt")


async def claim_email(table: Table, user_id: str, email: str) -> locks.Claim:
    """Check that no other user has an e-mail address, and return the claim that reserves it. Raises `AlreadyExists`."""
    # Also as it is spelled here: the adapter stores what it is given.
    return await _claim_beside(table, user_id, email, await _with_email(table, email))


async def _claim_beside(table: Table, user_id: str, email: str, found: Sequence[models.User]) -> locks.Claim:
    """The claim of an e-mail address that the index shows these users to have. Raises `AlreadyExists`."""
    address = addresses.normalise(email)
    holds = holder_of_email(table, address)
    claim = locks.Claim(
        keys.email_lock(address), user_id, AlreadyExists("Another user has this e-mail.", "email"), holds
    )
    for user in found:
        # The index is eventually consistent: it may still contain a user who was just deleted.
        if user.user_id != user_id and await holds(user.user_id):
            raise claim.taken
    return claim


def holder_of_email(table: Table, address: str) -> Callable[[str], Awaitable[bool]]:
    """Make the check whether a user really has a normalised e-mail address, by a consistent read."""

    async def holds(user_id: str) -> bool:
        user = await get(table, user_id, consistent=True)
        return user is not None and user.email is not None and addresses.normalise(user.email) == address

    return holds


def missing() -> NotFound:
    """The error for a write to a user who does not exist."""
    return NotFound("There is no such user.", "user")


def taken_id() -> AlreadyExists:
    """The error for a chosen id that another user has."""
    return AlreadyExists("Another user has this id.", "userId")
