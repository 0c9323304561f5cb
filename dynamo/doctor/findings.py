"""What was found out about one item."""

from dataclasses import dataclass

from dynamo import models
from dynamo.client import Table
from dynamo.doctor.items import ItemKind
from dynamo.doctor.kinds import Kind
from dynamo.item import Item, Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd about one item."""

    kind: Kind
    item_kind: ItemKind
    item: Item
    """As it was seen; every write that mends it demands that it still is so."""
    user_id: str | None = None
    """Whose item it is, by its key."""
    rival: str | None = None
    """Another user who has the same, if one was seen."""
    lock: str | None = None
    """The lock that guards, or should guard, what it is about."""
    address: str | None = None
    """The e-mail or account it is about: personal, so shown only to who asks for it."""

    @property
    def example(self) -> dict[str, str]:
        """What names the item without a secret and without an address."""
        named = {"item": self.item_kind.value, "user": self.user_id, "other": self.rival}
        if self.item_kind is ItemKind.ACCOUNT and isinstance(self.item.get("provider"), str):
            named["provider"] = self.item["provider"]
        return {name: value for name, value in named.items() if value is not None}


def place_of(table: Table, item: Item) -> Place:
    """Where an item lies."""
    return item[table.partition_key], item[table.sort_key]


def is_ghost(item: Item) -> bool:
    """Whether a user's item is what the adapter's update leaves of a user who was deleted.

    What a delete that is under way leaves in a user's place is none: it keeps the mark.
    """
    return "type" not in item and item.get("deletingAt") is None


def has_index_keys(table: Table, item: Item) -> bool:
    """Whether an item is in the adapter's index, or was meant to be."""
    return table.index_partition_key in item or table.index_sort_key in item


def email_of(table: Table, item: Item) -> str | None:
    """A user's e-mail as it is stored, None without one."""
    return models.user(table, item).email
