"""The entries of the directory: items of ours in the directory index, one for each user and list.

An entry says which value a user has in a list, and whose it is. The directory index holds all entries of a list in the
order of `id`. The entry of an e-mail address is its lock (`dynamo/locks.py`). The other entries stand beside the user,
under keys of their own, because Auth.js hands every attribute of a user to the app.

An entry is a hint. The adapter writes users without entries, changes them and deletes them. So a reader compares what
an entry says with the user, and passes over one that is wrong.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from dynamo import email as addresses
from dynamo import format, index, keys, models
from dynamo.client import Table, TransactWriteItem
from dynamo.directory_lists import TIMED, DirectoryList
from dynamo.item import Item, Place

OWNER: Final = "owner"
"""The attribute of an entry, and of a lock, that names the user."""
MAX_NAME_BYTES: Final = 200
LONGEST_FOLDED: Final = 200
"""The most characters of a name that are folded: NFKC takes time quadratic in the number of combining marks."""
SEPARATOR: Final = "\t"
"""What stands between value and user id in `id`. It sorts before all that a value contains, so that `ann` comes before
`ann lee`. An e-mail address has one owner, so its entry needs no user id."""


def key_of(of: DirectoryList, user_id: str) -> str:
    """Both keys of a user's entry in a list other than `EMAIL`."""
    return f"{keys.ENTRY}{of.value}#{user_id}"


def types(table: Table, of: DirectoryList) -> list[str]:
    """The partitions of the directory index that hold a list, by `type`."""
    shards = table.directory_shards if of in TIMED else 1
    return [of.type_in(shard) for shard in range(shards)]


def type_of(table: Table, of: DirectoryList, user_id: str) -> str:
    """The partition of the directory index that holds a user's entry, by `type`. A hash of the user id decides."""
    if of not in TIMED or table.directory_shards == 1:
        return of.value
    digest = blake2b(user_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return of.type_in(int.from_bytes(digest, "big") % table.directory_shards)


def value_of(of: DirectoryList, user: models.User) -> str | None:
    """What the entry of a user must say, as text that sorts in the order of the list; None if they are not in it.

    It is empty for a user who is in the list all the same: one whose creation is not known comes before all others.
    """
    match of:
        case DirectoryList.EMAIL:
            return next(iter(addresses.spellings(user.email or "")), None)
        case DirectoryList.CREATED:
            return _moment(user.created_at) or ""
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


def in_lock(table: Table, key: str) -> Item:
    """What the directory index needs of a lock: `type` and, if the lock is an entry, `id`."""
    if DirectoryList.EMAIL not in table.directory_lists or not key.startswith(keys.EMAIL_LOCK):
        return {"type": "LOCK"}
    return {"type": DirectoryList.EMAIL.value, "id": key.removeprefix(keys.EMAIL_LOCK)}


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


def is_listed(table: Table, item: Item) -> bool:
    """Whether an item is a user whom lists show: no ghost, no tombstone, and not being deleted."""
    if not index.is_user(table, item) or item.get("type") != "USER" or item.get("deletingAt") is not None:
        return False
    return keys.is_possible(models.owner(table, item))


def wanted(table: Table, user: models.User) -> dict[DirectoryList, tuple[Place, Item]]:
    """The entries that a user must have, each with its place. That of an e-mail address is what its lock must say."""
    found: dict[DirectoryList, tuple[Place, Item]] = {}
    for of in DirectoryList:
        value = value_of(of, user) if of in table.directory_lists else None
        if value is None:
            continue
        if of is DirectoryList.EMAIL:
            key = keys.email_lock(value)
            found[of] = (key, key), in_lock(table, key) | {OWNER: user.user_id}
        else:
            key = key_of(of, user.user_id)
            found[of] = (key, key), item(table, of, user.user_id, value)
    return found


def says(stored: Item | None, entry: Item) -> bool:
    """Whether what is stored is this entry. A lock has a claim as well."""
    return stored is not None and all(stored.get(name) == value for name, value in entry.items())


def beside(table: Table) -> list[DirectoryList]:
    """The lists that are kept by items of their own, and not by a lock."""
    return [of for of in _BESIDE.values() if of in table.directory_lists]


def of_new_user(table: Table, new: Item, *, chosen: bool) -> list[TransactWriteItem]:
    """Store the entries of a user who is created in the same transaction.

    Under a `chosen` id, entries may be left of a user whom the adapter has deleted. They are replaced or deleted.
    """
    lists = beside(table)
    return list(_of_new_user(table, lists, models.user(table, new), chosen=chosen)) if lists else []


def _of_new_user(
    table: Table, lists: Sequence[DirectoryList], user: models.User, *, chosen: bool
) -> Iterator[TransactWriteItem]:
    for of in lists:
        value = value_of(of, user)
        if value is not None:
            yield put(table, of, user.user_id, value)
        elif chosen:
            yield remove(table, of, user.user_id)


def of_change(table: Table, user_id: str, changes: Mapping[str, Any]) -> list[TransactWriteItem]:
    """Store the entry that follows from a change of stored attributes in the same transaction.

    The only attribute is the name: the e-mail address has its lock, and times have their own writes.
    """
    if "name" not in changes or DirectoryList.NAME not in table.directory_lists:
        return []
    name = models.text(changes["name"]) if isinstance(changes["name"], str) else None
    value = fold(name or "")
    return [put(table, DirectoryList.NAME, user_id, value) if value else remove(table, DirectoryList.NAME, user_id)]


def of_sign_in(table: Table, user_id: str, at: datetime) -> tuple[Item, list[TransactWriteItem]]:
    """What a sign-in changes: the attributes of the user, and their entry. Nothing if the list is not kept."""
    of = DirectoryList.SIGNED_IN
    if of not in table.directory_lists:
        return {}, []
    return {"lastSignInAt": format.iso(at)}, [put(table, of, user_id, moment(at))]


def removals(table: Table, user_id: str) -> list[TransactWriteItem]:
    """Delete the entries of a user who is deleted in the same transaction. That of the e-mail address is its lock."""
    return [remove(table, of, user_id) for of in beside(table)]


def put(table: Table, of: DirectoryList, user_id: str, value: str) -> TransactWriteItem:
    """Store an entry. The transaction has a write of the user, whose condition is enough."""
    return table.put_operation(item(table, of, user_id, value))


def remove(table: Table, of: DirectoryList, user_id: str) -> TransactWriteItem:
    """Delete an entry if there is one."""
    key = key_of(of, user_id)
    return table.delete_operation(table.key(key, key))


_BESIDE: Final = {of.value: of for of in DirectoryList if of is not DirectoryList.EMAIL}
