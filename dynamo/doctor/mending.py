"""Mending of one finding, by a write with the condition that the item is still as it was read, so that nothing newer is
lost.

Each function raises `Stale` or `ConditionFailed` if the item changed, and `AlreadyExists` if another user has the same
e-mail address, account or passkey. If several writes are needed, the next run can continue after any of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dynamo import accounts, email, entries, entry_changes, expressions, format, held_locks, keys, locks, models, users
from dynamo.client import Table, TransactWriteItem
from dynamo.doctor import kinds, removal
from dynamo.doctor.findings import Finding
from dynamo.doctor.items import ItemKind
from dynamo.errors import AlreadyExists, ConditionFailed, Stale, TransactionCancelled
from dynamo.expressions import REMOVE, update_of
from dynamo.item import Item

DELETE_TAKES: Final = timedelta(hours=1)
"""A deletion that began longer ago than this was interrupted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt to mend a finding."""

    mended: bool
    taken: bool = False
    """Whether it failed because another user has the same value."""


async def mend(table: Table, finding: Finding) -> Outcome:
    """Mend one finding. A finding that does not hold any more is not counted; the next examination looks again."""
    try:
        await _MENDINGS[finding.kind.name](table, finding)
    except AlreadyExists:
        return Outcome(mended=False, taken=True)
    except (Stale, ConditionFailed):
        return Outcome(mended=False)
    return Outcome(mended=True)


def must_wait(finding: Finding, now: datetime) -> bool:
    """Whether the item belongs to a deletion that may still be running."""
    if finding.kind is not kinds.UNFINISHED_DELETE:
        return False
    since = models.date(finding.item.get("deletingAt"))
    return since is not None and now - since < DELETE_TAKES


async def _settle_email(table: Table, finding: Finding) -> None:
    """Give a user the index keys and the lock of their e-mail address, in its normalised form."""
    item, user_id = finding.item, _owner(finding)
    address = email.normalise(models.user(table, item).email or "")
    key = keys.user_by_email(address)
    changes = {"email": address, **table.index_keys(key, key)}
    left = [lock for lock in users.email_locks(table, item) if lock != keys.email_lock(address)]
    await _change_user(table, finding, changes, left, await users.claim_email(table, user_id, address))


async def _take_off_index(table: Table, finding: Finding) -> None:
    changes = dict.fromkeys((table.index_partition_key, table.index_sort_key), REMOVE)
    left = users.email_locks(table, finding.item)
    await _change_user(table, finding, changes, left, None)


async def _change_user(
    table: Table, finding: Finding, changes: Mapping[str, object], left: list[str], claim: locks.Claim | None
) -> None:
    """Change a user who is still as they were read, release the locks in `left` and take the one in `claim`."""
    write = table.update_operation(
        table.key_of(finding.item), expressions.update_of(changes), removal.as_seen(table, finding.item)
    )
    await _write_with_claim(table, finding, write, left, claim)


async def _write_with_claim(
    table: Table, finding: Finding, write: TransactWriteItem, left: list[str], claim: locks.Claim | None
) -> None:
    releases = [locks.release_operation(table, lock, _owner(finding)) for lock in left if keys.fits(lock)]
    while True:
        try:
            return await locks.claim_and_write(table, [] if claim is None else [claim], [write, *releases], _Refused)
        except _Refused as refused:
            if refused.position == 0:
                raise Stale("The item was changed by someone else meanwhile.") from None
            # Another user holds the lock, so it is left.
            releases.pop(refused.position - 1)


class _Refused(Exception):
    def __init__(self, position: int) -> None:
        self.position = position


async def _take_lock(table: Table, finding: Finding) -> None:
    """Take the lock for an item that should have one, on the condition that the item is unchanged."""
    item, user_id = finding.item, _owner(finding)
    name, value = ("id", user_id) if finding.item_kind is ItemKind.USER else ("userId", user_id)
    # An update that changes nothing and only checks that the item is still as it was read.
    hold = table.update_operation(table.key_of(item), update_of({name: value}), removal.as_seen(table, item))
    await _write_with_claim(table, finding, hold, [], await _claim(table, finding, user_id))


async def _claim(table: Table, finding: Finding, user_id: str) -> locks.Claim:
    item = finding.item
    if finding.item_kind is ItemKind.USER:
        return await users.claim_email(table, user_id, email.normalise(models.user(table, item).email or ""))
    if finding.item_kind is ItemKind.ACCOUNT:
        return await _claim_account(table, item, user_id)
    return await _claim_authenticator(table, item, user_id)


async def _claim_account(table: Table, item: Item, user_id: str) -> locks.Claim:
    account = models.account(table, item)
    name = (account.provider, account.provider_account_id)
    claim = locks.Claim(
        keys.account_lock(*name), user_id, accounts.linked_already(), accounts.holder_of_account(table, *name)
    )
    for other in await accounts.find_all(table, *name):
        if other.user_id != user_id and await claim.holds(other.user_id):
            raise claim.taken
    return claim


async def _claim_authenticator(table: Table, item: Item, user_id: str) -> locks.Claim:
    key: str = item[table.sort_key]

    async def holds(owner: str) -> bool:
        return await table.get(table.key(keys.user(owner), key), consistent=True) is not None

    taken = AlreadyExists("This credential is already registered.", "credentialId")
    for other in (await table.query_index(key, key)).items:
        owner = models.owner(table, other)
        if owner != user_id and await holds(owner):
            raise taken
    credential = key.removeprefix(keys.AUTHENTICATOR)
    return locks.Claim(keys.authenticator_lock(credential), user_id, taken, holds)


async def _index_item(table: Table, finding: Finding) -> None:
    """Give an item that is not a user the index keys that follow from its own key."""
    item = finding.item
    match finding.item_kind:
        case ItemKind.ACCOUNT:
            account = models.account(table, item)
            index = keys.account_provider(account.provider), keys.account_at_provider(account.provider_account_id)
        case ItemKind.API_KEY:
            index = keys.API_KEY_DIRECTORY, item[table.sort_key]
        case _:
            index = item[table.sort_key], item[table.sort_key]
    await _update(table, item, table.index_keys(*index))


async def _set_id(table: Table, finding: Finding) -> None:
    await _update(table, finding.item, {"id": _owner(finding)})


async def _store_seconds(table: Table, finding: Finding) -> None:
    expires = format.date_of_expires(finding.item["expires"])
    if expires is None:
        raise Stale("The expiry cannot be read.")
    await _update(table, finding.item, {"expires": format.epoch_seconds(expires)})


async def _update(table: Table, item: Item, changes: Mapping[str, object]) -> None:
    """Update an item that is still as it was read. The update changes it, so a late repetition of it does nothing."""
    await table.update(table.key_of(item), expressions.update_of(changes), removal.as_seen(table, item))


async def _delete(table: Table, finding: Finding) -> None:
    await table.delete(table.key_of(finding.item), removal.as_seen(table, finding.item))


async def _delete_orphan(table: Table, finding: Finding) -> None:
    item, user_id = finding.item, _owner(finding)
    delete = table.delete_operation(table.key_of(item), removal.as_seen(table, item))
    guard = users.no_user(table, user_id)
    await removal.remove(table, user_id, [guard], [delete], held_locks.of(table, item))


async def _store_entry(table: Table, finding: Finding) -> None:
    """Store the entry of a user who is still as they were read. That of an e-mail address is the lock that they
    hold."""
    user, place = models.user(table, finding.item), (finding.lock, finding.lock)
    entry = next((entry for where, entry in entries.wanted(table, user).values() if where == place), None)
    if entry is None or finding.lock is None:
        raise Stale("The user has no value in this list any more.")
    write = table.put_operation(entry | table.key(finding.lock, finding.lock))
    if finding.lock.startswith(keys.EMAIL_LOCK):
        lock = await table.get(table.key(finding.lock, finding.lock), consistent=True)
        if lock is None or locks.owner_of(lock) != user.user_id:
            raise Stale("The user does not hold the lock of their e-mail address any more.")
        write = entry_changes.name_lock(table, lock, entry)
    await _transact(table, [entry_changes.hold(table, user), write])


async def _remove_entry(table: Table, finding: Finding) -> None:
    owner = entries.owner_of(table, finding.item)
    user = None if owner is None else await users.get(table, owner, consistent=True)
    writes = entry_changes.removal(table, finding.item, owner, None if user is None else user.item)
    if writes is None:
        raise Stale("The user has a value in this list again.")
    await _transact(table, writes)


async def _transact(table: Table, writes: list[TransactWriteItem]) -> None:
    try:
        await table.transact(writes)
    except TransactionCancelled:
        raise Stale("The items were changed by someone else meanwhile.") from None


async def _finish_delete(table: Table, finding: Finding) -> None:
    await removal.finish_delete(table, finding.item)


def _owner(finding: Finding) -> str:
    return finding.user_id or ""


_MENDINGS: Final[Mapping[str, Callable[[Table, Finding], Awaitable[None]]]] = {
    kinds.INDEX_DISAGREES.name: _settle_email,
    kinds.MIXED_CASE.name: _settle_email,
    kinds.INDEXED_WITHOUT_EMAIL.name: _take_off_index,
    kinds.ID_DISAGREES.name: _set_id,
    kinds.ITEM_INDEX_DISAGREES.name: _index_item,
    kinds.LOCK_MISSING.name: _take_lock,
    kinds.LOCK_STALE.name: _delete,
    kinds.ENTRY_MISSING.name: _store_entry,
    kinds.ENTRY_DIFFERS.name: _store_entry,
    kinds.ENTRY_ORPHANED.name: _remove_entry,
    kinds.GHOST.name: _delete,
    kinds.ZOMBIE.name: _delete,
    kinds.ORPHAN.name: _delete_orphan,
    kinds.UNFINISHED_DELETE.name: _finish_delete,
    kinds.EXPIRED.name: _delete,
    kinds.EXPIRES_AS_TEXT.name: _store_seconds,
}
