"""What is known of the directory as a whole: which lists were built, when, and how many users were counted.

One item says it. `python server.py directory build` writes it, as does a command that creates the table of the local
engine, and a server that starts without a list takes it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dynamo import expressions, format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import TIMED, DirectoryList
from dynamo.errors import TransactionCancelled
from dynamo.item import Item


@dataclass(frozen=True, slots=True)
class Built:
    """The last build of a list that went through the whole table."""

    at: datetime
    """When it began. Every user of that time has their entry; those whom the adapter wrote later may have none."""
    shards: int
    """The partitions that hold the list."""


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """Which lists are whole, and how many users there were."""

    lists: Mapping[DirectoryList, Built] = field(default_factory=dict)
    users: int | None = None
    """The users that the last build counted; None if there was none."""
    counted_at: datetime | None = None

    def built_at(self, table: Table, of: DirectoryList) -> datetime | None:
        """When a list that is kept was built as the settings say; None if it is not whole."""
        built = self.lists.get(of)
        if built is None or of not in table.directory_lists:
            return None
        return built.at if of not in TIMED or built.shards == table.directory_shards else None

    def is_whole(self, table: Table, of: DirectoryList) -> bool:
        """Whether a list has all users, except those whom the adapter wrote after the build."""
        return self.built_at(table, of) is not None


async def read(table: Table) -> DirectoryState:
    """Read the state with one request; an empty one if there was no build."""
    return of_item(await table.get(key(table)))


async def begin(table: Table) -> None:
    """Store that all lists are whole, for a table that was just created: it has no users yet."""
    built = Built(datetime.now(UTC), table.directory_shards)
    await table.put(item_of(table, DirectoryState(dict.fromkeys(table.directory_lists, built))))


async def forget_unkept(table: Table) -> None:
    """Let the state say that lists which this client does not keep are not whole, because it writes users without their
    entries. They have to be built again before anybody relies on them."""
    item = await table.get(key(table), consistent=True)
    if item is None:
        return
    stored = item.get("lists")
    kept = {of.value for of in table.directory_lists}
    if not isinstance(stored, dict) or not stored.keys() - kept:
        return
    left = expressions.update_of({"lists": {name: built for name, built in stored.items() if name in kept}})
    try:
        await table.transact([table.update_operation(key(table), left, expressions.equals("lists", stored))])
    except TransactionCancelled:
        # A build has just stored what it was told to keep.
        return


def key(table: Table) -> dict[str, str]:
    """The key of the state's item."""
    return table.key(keys.DIRECTORY_STATE, keys.DIRECTORY_STATE)


def of_item(item: Item | None) -> DirectoryState:
    """Read the state from its item. What cannot be read counts as not built."""
    item = item or {}
    stored = item.get("lists")
    lists = {of: _built(stored.get(of.value)) for of in DirectoryList} if isinstance(stored, dict) else {}
    users, counted_at = models.integer(item.get("users")), models.date(item.get("countedAt"))
    counted = users is not None and counted_at is not None
    return DirectoryState(
        {of: built for of, built in lists.items() if built is not None},
        users if counted else None,
        counted_at if counted else None,
    )


def item_of(table: Table, state: DirectoryState) -> Item:
    """The item that stores the state. It has neither `type` nor `id`, so it is not in the directory index."""
    lists = {of.value: {"builtAt": format.iso(one.at), "shards": one.shards} for of, one in state.lists.items()}
    item: Item = {**key(table), "lists": lists}
    if state.users is not None and state.counted_at is not None:
        item |= {"users": state.users, "countedAt": format.iso(state.counted_at)}
    return item


def _built(stored: Any) -> Built | None:
    if not isinstance(stored, dict):
        return None
    at, shards = models.date(stored.get("builtAt")), models.integer(stored.get("shards"))
    return None if at is None or shards is None else Built(at, shards)
