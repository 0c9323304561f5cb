"""Notes about merges, by which the same call is recognised when it is sent again.

A merge takes away what its caller may have named the user to delete by: an e-mail address, an account, a session. So
one note says whom they named, from the first write on. Another says that the merge is done: without it, nobody could
tell a user who was merged from one who never existed. Time to live deletes both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

import orjson

from dynamo import format, keys, models, unicode_text
from dynamo.client import Key, Table, TransactWriteItem

KEPT: Final = timedelta(days=7)
"""How long a merge can be repeated after it was begun or done."""
DIGEST_BYTES: Final = 16
NAMED: Final = "merged"
"""The attribute that holds the raw id of the user to delete."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose merge is noted."""

    keep: str
    """The raw id of the user to keep."""
    lose: str
    """The raw id of the user to delete."""
    named_by: Sequence[str] = ()
    """How the caller names the user to delete: the kind of key and its parts; empty for an id, which stays the same."""

    def naming(self, table: Table) -> list[TransactWriteItem]:
        """What stores whom the caller has named."""
        return [self._note(table, self.named_by)] if self.named_by else []

    def done(self, table: Table) -> list[TransactWriteItem]:
        """What stores that the merge is done."""
        return [self._note(table, _by_id(self.lose))]

    def _note(self, table: Table, named_by: Sequence[str]) -> TransactWriteItem:
        end = format.epoch_seconds(datetime.now(UTC) + KEPT)
        return table.put_operation(_key(table, self.keep, named_by) | {NAMED: self.lose, "expires": end})


async def named(table: Table, keep: str, named_by: Sequence[str]) -> str | None:
    """The user whom a call has named so before, to merge them into `keep`; None if there was no such call.

    They may not exist any more: another call may have deleted them before the merge was done.
    """
    if not all(map(unicode_text.is_text, named_by)):
        return None
    return await _read(table, keep, named_by)


async def is_done(table: Table, keep: str, lose: str) -> bool:
    """Whether a call has merged one user into another."""
    return await _read(table, keep, _by_id(lose)) == lose


async def _read(table: Table, keep: str, named_by: Sequence[str]) -> str | None:
    note = await table.get(_key(table, keep, named_by), consistent=True)
    end = None if note is None else format.date_of_expires(note.get("expires"))
    return None if note is None or end is None or end <= datetime.now(UTC) else models.text(note.get(NAMED))


def _by_id(lose: str) -> Sequence[str]:
    return ("user_id", lose)


def _key(table: Table, keep: str, named_by: Sequence[str]) -> Key:
    # A digest, because a session token is a secret, and because texts of any length must fit into a key.
    key = keys.merge(blake2b(orjson.dumps([keep, *named_by]), digest_size=DIGEST_BYTES).hexdigest())
    return table.key(key, key)
