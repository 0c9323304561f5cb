"""Deletion of items of a user's partition and of the user's locks, in transactions that a guard can stop."""

from collections.abc import Sequence
from typing import Final

from dynamo import entries, expressions, held_locks, keys, locks
from dynamo.client import Table, TransactWriteItem
from dynamo.doctor.items import EXAMINED
from dynamo.errors import Stale, TransactionCancelled, Unavailable
from dynamo.expressions import Condition, update_of
from dynamo.item import Item

MOST: Final = 45
"""Items deleted in one transaction, each with up to two locks, and a guard. DynamoDB allows 100 operations."""
ATTEMPTS: Final = 5


def as_seen(table: Table, item: Item) -> Condition:
    """Holds while an item is as the examination read it."""
    return expressions.is_same((*EXAMINED, table.index_partition_key, table.index_sort_key), item)


def still_deleting(table: Table, user: Item) -> TransactWriteItem:
    """A guard that fails unless the user is still in the same deletion."""
    since = user["deletingAt"]
    again = update_of({"deletingAt": since})
    return table.update_operation(table.key_of(user), again, expressions.equals("deletingAt", since))


async def remove(
    table: Table,
    user_id: str,
    guards: Sequence[TransactWriteItem],
    deletes: Sequence[TransactWriteItem],
    held: Sequence[str],
) -> None:
    """Delete items, and release those of the locks that the user holds.

    Raises `Stale` if the condition of a guard or a delete fails; then nothing was changed.
    """
    writes = [*guards, *deletes]
    held = list(dict.fromkeys(lock for lock in held if keys.fits(lock)))
    for _ in range(ATTEMPTS):
        try:
            return await table.transact([*writes, *(locks.release_operation(table, lock, user_id) for lock in held)])
        except TransactionCancelled as cancelled:
            if min(cancelled.failed) < len(writes):
                raise Stale("The items were changed by someone else meanwhile.") from None
            # A lock that another user holds is left.
            held = [lock for place, lock in enumerate(held, len(writes)) if place not in cancelled.failed]
    raise Unavailable("Other writers kept changing the same locks; try again.")


async def finish_delete(table: Table, user: Item) -> None:
    """Delete everything of a user whose deletion was interrupted. Raises `Stale` if it is a new user by now."""
    partition: str = user[table.partition_key]
    user_id = partition.removeprefix(keys.USER)
    guard = still_deleting(table, user)
    while True:
        page = await table.query_partition(partition, limit=MOST + 1, consistent=True)
        doomed = [item for item in page.items if item[table.sort_key] != partition][:MOST]
        if not doomed:
            break
        deletes = [table.delete_operation(table.key_of(item)) for item in doomed]
        await remove(table, user_id, [guard], deletes, [lock for item in doomed for lock in held_locks.of(table, item)])
    last = table.delete_operation(table.key_of(user), expressions.equals("deletingAt", user["deletingAt"]))
    await remove(table, user_id, [], [last, *entries.removals(table, user_id)], held_locks.of(table, user))
