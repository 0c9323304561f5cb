"""Users with their entries in the directory, stored as they are in a table, without the code that writes them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from dynamo import entries, format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from tests.interop.raw import RawTable, text

ALL = "email,created,signed_in,name"
"""The setting that keeps every list."""


def user(
    raw: RawTable,
    table: Table,
    user_id: str,
    *,
    email: str | None = None,
    name: str | None = None,
    created: datetime | None = None,
    signed_in: datetime | None = None,
    without: Collection[DirectoryList] = (),
    **attributes: dict[str, Any],
) -> None:
    """Store a user, with the entries that they should have but `without` those of some lists."""
    key, index = f"USER#{user_id}", f"USER#{email}"
    given = {
        "email": email,
        "name": name,
        "createdAt": None if created is None else format.iso(created),
        "lastSignInAt": None if signed_in is None else format.iso(signed_in),
    }
    plain = {"type": "USER", "id": user_id} | {name: value for name, value in given.items() if value is not None}
    row = {name: text(value) for name, value in plain.items()}
    raw.put(raw.keys(key, key, (index, index) if email is not None else None) | row | attributes)
    for of in DirectoryList:
        value = entries.value_of(of, models.user(table, {**plain, **table.key(key, key)}))
        if value is not None and of not in without:
            entry(raw, table, of, user_id, value)


def entry(raw: RawTable, table: Table, of: DirectoryList, user_id: str, value: str) -> None:
    """Store an entry, whatever the user says. That of an e-mail address is its lock."""
    if of is DirectoryList.EMAIL:
        lock = keys.email_lock(value)
        item = {"type": of.value, "id": value, "owner": user_id, "claim": "0", **table.key(lock, lock)}
    else:
        item = entries.item(table, of, user_id, value)
    raw.put({name: text(attribute) for name, attribute in item.items()})
