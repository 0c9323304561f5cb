"""Deleting a user with everything that is theirs, in steps that can be taken again after a crash at any point.

1. The user is marked: from here on no session of theirs signs in, and nothing can be added.
2. Sessions, then accounts and passkeys with their locks are deleted, page by page.
3. The user goes together with the lock of their e-mail.
"""

from datetime import UTC, datetime

from dynamo import expressions, keys, locks, models, sessions, users
from dynamo.attribute_values import Item
from dynamo.client import Table
from dynamo.errors import ConditionFailed, TransactionCancelled, Unavailable

PAGE = 50
"""Accounts and passkeys deleted in one transaction, each with its lock: DynamoDB allows 100 operations."""
ATTEMPTS = 5


async def delete(table: Table, user_id: str) -> models.User | None:
    """Delete a user, or finish a delete that was begun; returns the user as they were, None if there was none.

    Items of a partition whose user is gone already are deleted too.
    """
    if not keys.is_possible(user_id):
        return None
    user = await _mark(table, user_id)
    await _delete_children(table, user_id)
    if user is not None:
        await _delete_with_locks(table, user_id, [user.item])
        # The adapter may have linked or signed in between the last page and the end.
        await _delete_children(table, user_id)
    return user


async def _mark(table: Table, user_id: str) -> models.User | None:
    key = keys.user(user_id)
    written = expressions.update_of({"deletingAt": datetime.now(UTC)})
    try:
        item = await table.update(table.key(key, key), written, expressions.exists(table.partition_key))
    except ConditionFailed:
        return None
    return models.user(table, item)


async def _delete_children(table: Table, user_id: str) -> None:
    await sessions.delete_all(table, user_id)
    while True:
        page = await table.query_partition(keys.user(user_id), limit=PAGE + 1, consistent=True)
        doomed = [item for item in page.items if item[table.sort_key] != keys.user(user_id)]
        if not doomed:
            return
        await _delete_with_locks(table, user_id, doomed[:PAGE])


async def _delete_with_locks(table: Table, user_id: str, items: list[Item]) -> None:
    """Delete items and the locks that are the user's; a lock that is somebody else's stays."""
    deletes = [table.delete_operation(table.key_of(item)) for item in items]
    held = list(dict.fromkeys(lock for item in items for lock in _locks(table, item) if keys.fits(lock)))
    for _ in range(ATTEMPTS):
        releases = [locks.release_operation(table, lock, user_id) for lock in held]
        try:
            return await table.transact([*deletes, *releases])
        except TransactionCancelled as cancelled:
            held = [lock for position, lock in enumerate(held, len(deletes)) if position not in cancelled.failed]
    raise Unavailable("Other writers kept changing the user's items; delete the user again.")


def _locks(table: Table, item: Item) -> list[str]:
    sort: str = item[table.sort_key]
    if sort.startswith(keys.ACCOUNT):
        account = models.account(table, item)
        return [keys.account_lock(account.provider, account.provider_account_id)]
    if sort.startswith(keys.AUTHENTICATOR):
        return [keys.authenticator_lock(sort.removeprefix(keys.AUTHENTICATOR))]
    return users.email_locks(table, item) if sort == item[table.partition_key] else []
