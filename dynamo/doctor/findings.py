"""What an examination found out about one item."""

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
    """The item as it was read. Every write that mends it has the condition that it is still the same."""
    user_id: str | None = None
    """The user that the item belongs to, according to its key."""
    rival: str | None = None
    """Another user who has the same e-mail address, account, passkey or token, if one was found."""
    lock: str | None = None
    """The key of the lock that protects, or should protect, the value that the finding is about."""
    address: str | None = None
    """The e-mail address or account that it is about. It is personal data, so it is shown only on request."""

    @property
    def example(self) -> dict[str, str]:
        """What identifies the item, without secrets and without the address."""
        named = {"item": self.item_kind.value, "user": self.user_id, "other": self.rival}
        if self.item_kind is ItemKind.ACCOUNT and isinstance(self.item.get("provider"), str):
            named["provider"] = self.item["provider"]
        return {name: value for name, value in named.items() if value is not None}


def place_of(table: Table, item: Item) -> Place:
    """The partition key and sort key of an item."""
    return item[table.partition_key], item[table.sort_key]


def is_ghost(item: Item) -> bool:
    """Whether a user's item is what the adapter's update stores if the user was deleted before.

    A tombstone, which a deletion stores in the user's place, is not a ghost: it has the mark.
    """
    return "type" not in item and item.get("deletingAt") is None


def has_index_keys(table: Table, item: Item) -> bool:
    """Whether an item is in the adapter's index, or has one of the keys for it."""
    return table.index_partition_key in item or table.index_sort_key in item


def email_of(table: Table, item: Item) -> str | None:
    """The stored e-mail address of a user; None if they have none."""
    return models.user(table, item).email
