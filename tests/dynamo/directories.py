"""A client that keeps lists of the directory, and what its table must then hold."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dynamo import entries
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from tests.clean_table import assert_clean
from tests.interop.raw import RawTable

ALL: Final = frozenset(DirectoryList)


def keeping(table: Table, lists: Iterable[DirectoryList] = ALL, *, shards: int = 1) -> Table:
    """The client with these lists. Entries are written whether or not the table has the index that sorts them."""
    return replace(table, directory_lists=frozenset(lists), directory_shards=shards)


def stored(raw: RawTable) -> dict[str, tuple[str, str, str]]:
    """The entries that are stored: `type`, `id` and owner by key."""
    settings = raw.settings
    found = {}
    for item in raw.items():
        key = item[settings.partition_key]["S"]
        if key.startswith("ENTRY#") or (key.startswith("LOCK#EMAIL#") and item["type"]["S"] != "LOCK"):
            found[key] = (item["type"]["S"], item["id"]["S"], item["owner"]["S"])
    return found


async def assert_exact(table: Table, raw: RawTable) -> None:
    """Check that every user has exactly the entries that follow from what is stored of them, and nobody else has any.

    The doctor must agree.
    """
    assert stored(raw) == expected(table, raw)
    await assert_clean(table)


def expected(table: Table, raw: RawTable) -> dict[str, tuple[str, str, str]]:
    """The entries that follow from the users who are stored, in the form of `stored`."""
    wanted: dict[str, tuple[str, str, str]] = {}
    for item in raw.items():
        if item.get("type") != {"S": "USER"}:
            continue
        user_id = item["id"]["S"]
        texts = {name: value["S"] for name, value in item.items() if "S" in value}
        values = {
            DirectoryList.CREATED: texts.get("createdAt", ""),
            DirectoryList.SIGNED_IN: texts.get("lastSignInAt"),
            DirectoryList.NAME: texts["name"].casefold() if "name" in texts else None,
        }
        for of, value in values.items():
            if of in table.directory_lists and value is not None:
                type_ = entries.type_of(table, of, user_id)
                wanted[f"ENTRY#{of.value}#{user_id}"] = (type_, f"{value}\t{user_id}", user_id)
        if DirectoryList.EMAIL in table.directory_lists and "email" in texts:
            address = texts["email"]
            wanted[f"LOCK#EMAIL#{address}"] = ("EMAIL", address, user_id)
    return wanted
