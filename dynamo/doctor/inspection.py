"""What is wrong with one item, decided from the item and a few others that are looked up by key.

An inspection is a pure function of what was read. If it needs an item that was not looked up yet, it asks `Looks` for
it and runs again once the item was read. So the lookups of many items are merged.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from dynamo import email as addresses
from dynamo import entries, format, keys, locks, models
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.doctor import kinds
from dynamo.doctor.findings import Finding, email_of, has_index_keys, is_ghost
from dynamo.doctor.items import ItemKind, item_kind
from dynamo.doctor.kinds import Kind
from dynamo.item import Item, Place
from dynamo.partition import is_the_same

Found = dict[Place, Item | None]
"""The items that were looked up, by place; None if there is none."""
NOBODY: Final = frozenset(("", "null", "undefined"))
"""What the adapter puts into the index for users without an e-mail address."""


@dataclass(slots=True)
class Looks:
    """The items that were looked up, and the places that still have to be."""

    table: Table
    found: Found
    wanted: set[Place] = field(default_factory=set)
    incomplete: bool = False
    """Whether an item was requested that was not looked up yet. The caller of the inspection resets it."""

    def item(self, partition: str, sort: str) -> Item | None:
        """The item at a place; None if there is none or it was not looked up yet."""
        place = (partition, sort)
        if place not in self.found:
            if not (keys.fits(partition) and keys.fits(sort)):
                return None
            self.wanted.add(place)
            self.incomplete = True
        return self.found.get(place)

    def user(self, user_id: str) -> Item | None:
        """The USER item of a user id; None if there is none or it was not looked up yet."""
        return self.item(keys.user(user_id), keys.user(user_id))

    def lock_owner(self, lock: str) -> str | None:
        """The id of the user who holds a lock; None if nobody holds it or it was not looked up yet."""
        return locks.owner_of(self.item(lock, lock))


def inspect(table: Table, item: Item, looks: Looks, now: datetime) -> list[Finding]:
    """All findings about an item, as far as `looks` has what they depend on."""
    kind = item_kind(table, item)
    found = _INSPECTIONS.get(kind)
    return [] if found is None else list(found(_Subject(table, item, kind, looks, now)))


def account_of_lock(lock: str) -> tuple[str, str] | None:
    """The provider and account id in the key of an account's lock; None for any other key."""
    length, _, rest = lock.removeprefix(_ACCOUNT_LOCK).partition("#")
    # Only digits are allowed: `int` also accepts spaces, signs and underscores.
    if not (length.isascii() and length.isdigit()) or rest[int(length[:4]) :][:1] != "#":
        return None
    provider, account = rest[: int(length)], rest[int(length) + 1 :]
    return (provider, account) if keys.account_lock(provider, account) == lock else None


_EMAIL_LOCK: Final = keys.EMAIL_LOCK
_ACCOUNT_LOCK: Final = "LOCK#ACCOUNT#"
_AUTHENTICATOR_LOCK: Final = keys.authenticator_lock("")


@dataclass(frozen=True, slots=True)
class _Subject:
    """The item under inspection, with the keys and lookups that its inspection needs."""

    table: Table
    item: Item
    item_kind: ItemKind
    looks: Looks
    now: datetime

    @property
    def partition(self) -> str:
        key: str = self.item[self.table.partition_key]
        return key

    @property
    def sort(self) -> str:
        key: str = self.item[self.table.sort_key]
        return key

    @property
    def owner(self) -> str:
        """The id of the user to whose partition the item belongs."""
        return self.partition.removeprefix(keys.USER)

    def get(self, name: str) -> Any:
        return self.item.get(name)

    def finding(self, kind: Kind, **more: Any) -> Finding:
        owner = self.owner if self.partition.startswith(keys.USER) else None
        return Finding(kind, self.item_kind, self.item, **{"user_id": owner} | more)

    def indexed_as(self, partition: str, sort: str) -> bool:
        table = self.table
        return (self.get(table.index_partition_key), self.get(table.index_sort_key)) == (partition, sort)

    def is_remnant(self) -> bool:
        """Whether the item lacks its type or index keys, which every create writes and an update does not."""
        index = (self.table.index_partition_key, self.table.index_sort_key)
        return any(self.get(name) is None for name in ("type", *index))

    def is_orphan(self) -> bool:
        user = self.looks.user(self.owner)
        return user is None or is_ghost(user)


def _user(subject: _Subject) -> Iterator[Finding]:
    if is_ghost(subject.item):
        # The adapter's update leaves no index keys. With them, somebody may be able to sign in.
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE if has_index_keys(subject.table, subject.item) else kinds.GHOST)
        return
    if subject.get("mergingInto") is not None:
        yield subject.finding(kinds.UNFINISHED_MERGE)
        return
    if subject.get("deletingAt") is not None:
        yield subject.finding(kinds.UNFINISHED_DELETE)
        return
    if subject.get("id") != subject.owner:
        yield subject.finding(kinds.ID_DISAGREES)
    yield from _email(subject)
    yield from _entries(subject)


def _email(subject: _Subject) -> Iterator[Finding]:
    table = subject.table
    stored = email_of(table, subject.item)
    if stored is None:
        if has_index_keys(table, subject.item):
            yield subject.finding(kinds.INDEXED_WITHOUT_EMAIL)
        return
    address = addresses.normalise(stored)
    if address in NOBODY:
        return
    lock = keys.email_lock(address)
    about = {"lock": lock, "address": stored}
    if not keys.is_possible(address) or not keys.fits(lock):
        yield subject.finding(kinds.EMAIL_UNUSABLE, **about)
        return
    owner = subject.looks.lock_owner(lock)
    if owner not in (None, subject.owner) and has_email(subject.looks, owner, address):
        yield subject.finding(kinds.DUPLICATE_EMAIL, rival=owner, **about)
    elif subject.get("email") != address:
        yield subject.finding(kinds.MIXED_CASE, **about)
    elif not subject.indexed_as(keys.user_by_email(address), keys.user_by_email(address)):
        yield subject.finding(kinds.INDEX_DISAGREES, **about)
    elif owner != subject.owner:
        yield subject.finding(kinds.LOCK_MISSING, **about)


def _entries(subject: _Subject) -> Iterator[Finding]:
    """Whether a user has their entries in the lists that are kept. A lock that they do not hold is found by
    `_email`."""
    table = subject.table
    if not entries.is_listed(table, subject.item):
        return
    for of, (place, entry) in entries.wanted(table, models.user(table, subject.item)).items():
        stored = subject.looks.item(*place)
        if of is DirectoryList.EMAIL and (stored is None or locks.owner_of(stored) != subject.owner):
            continue
        if not entries.says(stored, entry):
            absent = stored is None or of is DirectoryList.EMAIL
            yield subject.finding(kinds.ENTRY_MISSING if absent else kinds.ENTRY_DIFFERS, lock=place[0])


def has_email(looks: Looks, user_id: str | None, address: str) -> bool:
    """Whether a user has an e-mail address, given in normalised form."""
    user = None if user_id is None else looks.user(user_id)
    stored = None if user is None else email_of(looks.table, user)
    return stored is not None and addresses.normalise(stored) == address


def _account(subject: _Subject) -> Iterator[Finding]:
    provider, account = subject.get("provider"), subject.get("providerAccountId")
    if not isinstance(provider, str) or not isinstance(account, str):
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE)
        return
    yield from _sign_in(
        subject,
        keys.account(provider, account),
        (keys.account_provider(provider), keys.account_at_provider(account)),
        keys.account_lock(provider, account),
        kinds.DUPLICATE_ACCOUNT,
        f"{provider} {account}",
    )


def _authenticator(subject: _Subject) -> Iterator[Finding]:
    credential = subject.get("credentialID")
    if not isinstance(credential, str):
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE)
        return
    key = keys.authenticator(credential)
    yield from _sign_in(
        subject, key, (key, key), keys.authenticator_lock(credential), kinds.DUPLICATE_PASSKEY, credential
    )


def _sign_in(
    subject: _Subject, sort: str, index_keys: tuple[str, str], lock: str, duplicate: Kind, address: str
) -> Iterator[Finding]:
    """Inspect an account or a passkey, which signs one user in and is protected by a lock."""
    about = {"lock": lock, "address": address}
    if subject.sort != sort or subject.get("userId") != subject.owner:
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE, **about)
        return
    if subject.is_orphan():
        yield subject.finding(kinds.ORPHAN, **about)
        return
    if not subject.indexed_as(*index_keys):
        if subject.is_remnant():
            yield subject.finding(kinds.REMNANT, **about)
            return
        yield subject.finding(kinds.ITEM_INDEX_DISAGREES, **about)
    if not keys.fits(lock):
        return
    owner = subject.looks.lock_owner(lock)
    if owner == subject.owner:
        return
    theirs = None if owner is None else subject.looks.item(keys.user(owner), sort)
    if theirs is not None and is_the_same(theirs, subject.item):
        yield subject.finding(duplicate, rival=owner, **about)
    else:
        yield subject.finding(kinds.LOCK_MISSING, **about)


def _session(subject: _Subject) -> Iterator[Finding]:
    token_agrees = subject.get("sessionToken") == subject.sort.removeprefix(keys.SESSION)
    if token_agrees and (subject.get("type") is None or not subject.indexed_as(subject.sort, subject.sort)):
        # Every create of a session writes both. Without them, a late update stored the item after the session was
        # revoked, and it may have been put into the index afterwards.
        yield subject.finding(kinds.ZOMBIE)
        return
    if not token_agrees or subject.get("userId") != subject.owner:
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE)
        return
    expiry = list(_expiry(subject))
    yield from expiry
    if any(finding.kind in (kinds.EXPIRED, kinds.EXPIRES_UNREADABLE) for finding in expiry):
        return
    if subject.is_orphan():
        yield subject.finding(kinds.ORPHAN)


def _verification_token(subject: _Subject) -> Iterator[Finding]:
    identifier = subject.partition.removeprefix(keys.VERIFICATION_TOKEN)
    token = subject.sort.removeprefix(keys.VERIFICATION_TOKEN)
    if (subject.get("identifier"), subject.get("token")) != (identifier, token):
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE, address=identifier)
        return
    for finding in _expiry(subject):
        yield subject.finding(finding.kind, address=identifier)


def _expiry(subject: _Subject) -> Iterator[Finding]:
    expires = subject.get("expires")
    date = format.date_of_expires(expires)
    if date is None:
        yield subject.finding(kinds.EXPIRES_UNREADABLE)
    elif date <= subject.now:
        yield subject.finding(kinds.EXPIRED)
    elif isinstance(expires, str):
        yield subject.finding(kinds.EXPIRES_AS_TEXT)
    elif isinstance(expires, Decimal):
        yield subject.finding(kinds.EXPIRES_IN_FRACTIONS)


def _passing(subject: _Subject) -> Iterator[Finding]:
    date = format.date_of_expires(subject.get("expires"))
    if date is not None and date <= subject.now:
        yield subject.finding(kinds.EXPIRED)


def _lock(subject: _Subject) -> Iterator[Finding]:
    owner = locks.owner_of(subject.item)
    holds = _holds(subject.looks, subject.partition, owner)
    if holds is None:
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE)
    elif not holds:
        yield subject.finding(kinds.LOCK_STALE, user_id=owner, lock=subject.partition)


def _entry(subject: _Subject) -> Iterator[Finding]:
    """Whether an entry belongs to a user who has a value in its list. `_entries` compares the two."""
    table, of = subject.table, entries.list_of(subject.table, subject.item)
    if of is None:
        yield subject.finding(kinds.ATTRIBUTES_DISAGREE)
        return
    if of not in table.directory_lists:
        return
    owner = entries.owner_of(table, subject.item)
    user = None if owner is None else subject.looks.user(owner)
    if user is not None and user.get("deletingAt") is not None:
        return
    listed = user is not None and entries.is_listed(table, user)
    if user is None or not listed or entries.value_of(of, models.user(table, user)) is None:
        yield subject.finding(kinds.ENTRY_ORPHANED, user_id=owner)


def _holds(looks: Looks, lock: str, owner: str | None) -> bool | None:
    """Whether the owner of a lock has the value that it protects; None for a lock that this code would not write."""
    if owner is None:
        ours = lock.startswith((_EMAIL_LOCK, _AUTHENTICATOR_LOCK)) or account_of_lock(lock) is not None
        return False if ours else None
    if lock.startswith(_EMAIL_LOCK):
        return has_email(looks, owner, lock.removeprefix(_EMAIL_LOCK))
    if lock.startswith(_ACCOUNT_LOCK):
        account = account_of_lock(lock)
        if account is None:
            return None
        item = looks.item(keys.user(owner), keys.account(*account))
        return item is not None and (item.get("provider"), item.get("providerAccountId")) == account
    if lock.startswith(_AUTHENTICATOR_LOCK):
        credential = lock.removeprefix(_AUTHENTICATOR_LOCK)
        return looks.item(keys.user(owner), keys.authenticator(credential)) is not None
    return None


def _api_key(subject: _Subject) -> Iterator[Finding]:
    if not subject.indexed_as(keys.API_KEY_DIRECTORY, subject.partition):
        yield subject.finding(kinds.ITEM_INDEX_DISAGREES)


_INSPECTIONS: Mapping[ItemKind, Callable[[_Subject], Iterator[Finding]]] = {
    ItemKind.USER: _user,
    ItemKind.ACCOUNT: _account,
    ItemKind.AUTHENTICATOR: _authenticator,
    ItemKind.SESSION: _session,
    ItemKind.VERIFICATION_TOKEN: _verification_token,
    ItemKind.LOCK: _lock,
    ItemKind.ENTRY: _entry,
    ItemKind.API_KEY: _api_key,
    ItemKind.RATE: _passing,
    ItemKind.USE: _passing,
    ItemKind.MERGE: _passing,
    ItemKind.AUDIT: _passing,
    ItemKind.RECEIPT: _passing,
}
