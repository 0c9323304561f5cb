"""The entries of the directory: items of ours in the directory index, one for each user and list.

An entry says which value a user has in a list, and whose it is. The directory index holds all entries of a list in the
order of `id`. The entry of an e-mail address is its lock (`dynamo/locks.py`). The other entries stand beside the user,
under keys of their own, because Auth.js hands every attribute of a user to the app.

An entry is a hint. The adapter writes users without entries, changes them and deletes them. So a reader compares what
an entry says with the user, and passes over one that is wrong.
"""

import unicodedata
from datetime import datetime
from hashlib import blake2b
from typing import Final

from dynamo import email as addresses
from dynamo import format, keys, models
from dynamo.client import Table
from dynamo.directory_lists import TIMED, DirectoryList
from dynamo.item import Item

OWNER: Final = "owner"
"""The attribute of an entry, and of a lock, that names the user."""
MAX_NAME_BYTES: Final = 200
LONGEST_FOLDED: Final = 200
"""The most characters of a name that are folded: NFKC takes time quadratic in the number of combining marks."""
SEPARATOR: Final = "#"
"""What stands between value and user id in `id`. An e-mail address has one owner, so its entry needs no user id."""


def key_of(of: DirectoryList, user_id: str) -> str:
    """Both keys of a user's entry in a list other than `EMAIL`."""
    return f"{keys.ENTRY}{of.value}#{user_id}"


def types(table: Table, of: DirectoryList) -> list[str]:
    """The partitions of the directory index that hold a list, by `type`."""
    shards = table.directory_shards if of in TIMED else 1
    return [_type(of, shard) for shard in range(shards)]


def type_of(table: Table, of: DirectoryList, user_id: str) -> str:
    """The partition of the directory index that holds a user's entry, by `type`. A hash of the user id decides."""
    if of not in TIMED or table.directory_shards == 1:
        return of.value
    digest = blake2b(user_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return _type(of, int.from_bytes(digest, "big") % table.directory_shards)


def _type(of: DirectoryList, shard: int) -> str:
    return f"{of.value}#{shard}" if shard else of.value


def value_of(of: DirectoryList, user: models.User) -> str | None:
    """What the entry of a user must say, as text that sorts in the order of the list; None if they are not in it."""
    match of:
        case DirectoryList.EMAIL:
            return next(iter(addresses.spellings(user.email or "")), None)
        case DirectoryList.CREATED:
            return _moment(user.created_at)
        case DirectoryList.SIGNED_IN:
            return _moment(user.last_sign_in_at)
        case DirectoryList.NAME:
            return fold(user.name or "") or None


def _moment(date: datetime | None) -> str | None:
    return None if date is None else moment(date)


def moment(date: datetime) -> str:
    """A time as entries store it: in UTC, with milliseconds. It has a fixed width, so it sorts as text."""
    return format.iso(date)


def fold(name: str) -> str:
    """A name, or its beginning, in the form in which names are compared: NFKC, case folded, spaces collapsed.

    It has at most 200 bytes of UTF-8, and ends with a whole character.
    """
    if len(name) > LONGEST_FOLDED:
        name = name[:LONGEST_FOLDED]
    folded = name.casefold() if name.isascii() else _nfkc(_nfkc(name).casefold())
    plain = " ".join(folded.split()).encode("utf-8", "replace")
    return plain[:MAX_NAME_BYTES].decode("utf-8", "ignore").rstrip()


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def id_of(of: DirectoryList, user_id: str, value: str) -> str:
    """The `id` of an entry, which is its place in the list."""
    return value if of is DirectoryList.EMAIL else f"{value}{SEPARATOR}{user_id}"


def item(table: Table, of: DirectoryList, user_id: str, value: str) -> Item:
    """The entry of a user in a list other than `EMAIL`."""
    key = key_of(of, user_id)
    return {
        "type": type_of(table, of, user_id),
        "id": id_of(of, user_id, value),
        OWNER: user_id,
        **table.key(key, key),
    }


def in_lock(table: Table, address: str) -> Item:
    """What makes the lock of an e-mail address its entry: `type` and `id`. Without the list, locks are of type
    `LOCK`."""
    if DirectoryList.EMAIL not in table.directory_lists:
        return {"type": "LOCK"}
    return {"type": DirectoryList.EMAIL.value, "id": address}


def list_of(table: Table, item: Item) -> DirectoryList | None:
    """The list that an item is an entry of, by its keys in the table; None if it is no entry."""
    partition: str = item[table.partition_key]
    if partition != item[table.sort_key]:
        return None
    if partition.startswith(keys.EMAIL_LOCK):
        return DirectoryList.EMAIL if item.get("type") == DirectoryList.EMAIL.value else None
    if not partition.startswith(keys.ENTRY):
        return None
    name, separator, user_id = partition.removeprefix(keys.ENTRY).partition("#")
    return _BESIDE.get(name) if separator and user_id else None


def owner_of(table: Table, item: Item) -> str | None:
    """The raw id of the user whom an entry is about; None if the item is no entry, or contradicts its own keys."""
    of = list_of(table, item)
    owner = item.get(OWNER)
    if of is None or not isinstance(owner, str) or not keys.is_possible(owner):
        return None
    partition: str = item[table.partition_key]
    if of is DirectoryList.EMAIL:
        return owner if partition == keys.email_lock(str(item.get("id"))) else None
    return owner if partition == key_of(of, owner) else None


def agrees(of: DirectoryList, entry: Item, user: models.User) -> bool:
    """Whether an entry says what is stored of its user. One that does not is passed over."""
    if user.ghost or user.deleting:
        return False
    value = value_of(of, user)
    return value is not None and entry.get("id") == id_of(of, user.user_id, value)


_BESIDE: Final = {of.value: of for of in DirectoryList if of is not DirectoryList.EMAIL}
