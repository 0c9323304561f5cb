"""A user's partition: the user and everything that belongs to them, read together."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final

import msgspec

from dynamo import index, keys, models
from dynamo.client import Key, Page, Table
from dynamo.item import Item

READ_LIMIT: Final = 250
"""The most items of a partition that are read together. A larger partition is read kind by kind, in pages."""
MOST_READ_WHOLE: Final = 1000
"""The most items of one kind that are read together if their order must stay hidden: sessions, verification tokens."""
MOST_UNITS: Final = 75.0
"""The most read units of such a read, if it is eventually consistent: 600 KB. DynamoDB ends a page somewhere between
1 MB less one item of 400 KB and 1 MB, and where exactly depends on the order of the items."""


Child = models.Account | models.Session | models.Authenticator


class Kind(Enum):
    """The kinds of items in a user's partition besides the user, by the prefix of their sort keys."""

    ACCOUNTS = keys.ACCOUNT
    SESSIONS = keys.SESSION
    AUTHENTICATORS = keys.AUTHENTICATOR


class Partition(msgspec.Struct, eq=False, gc=False):
    """The items under `USER#<id>`, those of each kind in the order of their sort keys."""

    user: models.User | None = None
    accounts: list[models.Account] = []
    sessions: list[models.Session] = []
    authenticators: list[models.Authenticator] = []

    def of_kind(self, kind: Kind) -> Sequence[Child]:
        """The records of one kind, in the order of their sort keys."""
        match kind:
            case Kind.ACCOUNTS:
                return self.accounts
            case Kind.SESSIONS:
                return self.sessions
            case Kind.AUTHENTICATORS:
                return self.authenticators


def collect(table: Table, items: Iterable[Item]) -> Partition:
    """Sort the items of one partition by kind. Items of other apps are left out."""
    found = Partition()
    sessions, accounts, sort_key = found.sessions, found.accounts, table.sort_key
    for item in items:
        sort: str = item[sort_key]
        if sort.startswith(keys.SESSION):
            sessions.append(models.session(table, item))
        elif sort.startswith(keys.ACCOUNT):
            accounts.append(models.account(table, item))
        elif sort.startswith(keys.AUTHENTICATOR):
            found.authenticators.append(models.authenticator(table, item))
        elif index.is_user(table, item):
            found.user = models.user(table, item)
    return found


async def read(table: Table, user_id: str, *, consistent: bool = False) -> Partition | None:
    """Read a whole partition with one Query; None if it is too large."""
    if not keys.is_possible(user_id):
        return Partition()
    page = await table.query_partition(keys.user(user_id), limit=READ_LIMIT, consistent=consistent)
    too_large = page.last_key is not None or _exceeds(page, consistent=consistent)
    return None if too_large else collect(table, page.items)


async def whole(table: Table, key: str, prefix: str | None, *, consistent: bool = False) -> list[Item] | None:
    """Read all items of one kind, or of any, with one Query; None if they are too many or too large.

    A part of them is never returned: it would be the first ones in the order of the sort keys, which contain secrets.
    """
    page = await table.query_partition(key, prefix=prefix, limit=MOST_READ_WHOLE + 1, consistent=consistent)
    cut = page.last_key is not None or len(page.items) > MOST_READ_WHOLE or _exceeds(page, consistent=consistent)
    return None if cut else page.items


async def read_complete(table: Table, user_id: str) -> Partition | None:
    """Read a partition with one consistent Query; None if it is too large for `whole`. Items of other apps count."""
    items = await whole(table, keys.user(user_id), None, consistent=True)
    return None if items is None else collect(table, items)


def _exceeds(page: Page, *, consistent: bool) -> bool:
    """Whether a page is close to the size at which DynamoDB ends a page."""
    return page.units > (2 * MOST_UNITS if consistent else MOST_UNITS)


async def page(
    table: Table, user_id: str, prefix: str, *, limit: int | None, after: str | None, consistent: bool = False
) -> tuple[list[Item], str | None]:
    """Read up to `limit` items of one kind after a sort key. Returns them and the sort key to continue from, if any."""
    if not keys.is_possible(user_id):
        return [], None
    partition = keys.user(user_id)
    start: Key | None = None if after is None else table.key(partition, after)
    answer = await table.query_partition(partition, prefix=prefix, limit=limit, after=start, consistent=consistent)
    return answer.items, None if answer.last_key is None else answer.last_key[table.sort_key]


async def children(
    table: Table, user_id: str, kind: Kind, *, limit: int, after: str | None
) -> tuple[list[Child], str | None]:
    """Read up to `limit` records of one kind after a sort key. Returns them and the sort key to continue from, if
    any."""
    items, following = await page(table, user_id, kind.value, limit=limit, after=after)
    record = _RECORDS[kind]
    return [record(table, item) for item in items], following


def kind_of(table: Table, item: Item) -> Kind | None:
    """The kind of an item in a user's partition; None for the user and for items of other apps."""
    sort: str = item[table.sort_key]
    return next((kind for kind in Kind if sort.startswith(kind.value)), None)


def is_the_same(one: Item, other: Item) -> bool:
    """Whether two items with equal sort keys are the same account or passkey: `a` + `b#c` and `a#b` + `c` share a
    key."""
    return all(one.get(name) == other.get(name) for name in ("provider", "providerAccountId", "credentialID"))


def sort_key(table: Table, record: Child) -> str:
    """The sort key of a record's item."""
    key: str = record.item[table.sort_key]
    return key


_RECORDS: dict[Kind, Callable[[Table, Item], Child]] = {
    Kind.ACCOUNTS: models.account,
    Kind.SESSIONS: models.session,
    Kind.AUTHENTICATORS: models.authenticator,
}
