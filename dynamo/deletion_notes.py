"""Notes about deletions with an idempotency key: whom the first call has deleted.

A deletion takes away what its caller named the user by: an e-mail address, an account, a session. Somebody else may
have it when the call is sent again. So a note is stored in the transaction that marks the user, and only once for each
key. Time to live deletes it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from dynamo import expressions, format, keys, models
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import KeyReused, TransactionCancelled
from dynamo.seeds import Seed

KEPT: Final = timedelta(days=7)
"""How long a deletion can be repeated."""
NAME_BYTES: Final = 32
DIGEST_BYTES: Final = 16
USER: Final = "deleted"
"""The attribute that holds the raw id of the user. It is NULL if there was none."""
CONTENT: Final = "content"
"""The attribute that holds a digest of how the caller named the user."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call with an idempotency key."""

    seed: Seed
    named_by: str
    """How the caller named the user to delete, in any form that is the same for the same input."""

    def note(self, table: Table, user_id: str | None) -> TransactWriteItem:
        """What stores whom the call deletes. Its condition fails if the call was made before."""
        now = datetime.now(UTC)
        free = expressions.not_exists(table.partition_key)
        free = free | expressions.less_or_equal("expires", format.epoch_seconds(now))
        item = {USER: user_id, CONTENT: self._content, "expires": format.epoch_seconds(now + KEPT)}
        return table.put_operation({**self._key(table), **item}, free)

    async def begin(self, table: Table, user_id: str | None) -> bool:
        """Store the note alone. Returns whether the call was not made before."""
        try:
            await table.transact([self.note(table, user_id)])
        except TransactionCancelled:
            return False
        return True

    async def named_before(self, table: Table) -> str | None:
        """The user whom the call has deleted before; None if there was none. Raises `KeyReused` if the key was used to
        delete somebody who was named in another way."""
        found = await table.get(self._key(table), consistent=True)
        if found is None:
            return None
        if found.get(CONTENT) != self._content:
            raise KeyReused
        return models.text(found.get(USER))

    @property
    def _content(self) -> str:
        return blake2b(self.named_by.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()

    def _key(self, table: Table) -> dict[str, str]:
        name = keys.receipt(self.seed.hex(NAME_BYTES, "deletion"))
        return table.key(name, name)
