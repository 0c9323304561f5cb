"""When sessions were last used, to the hour: written in the background, so that no request waits for it."""

import asyncio
from collections import OrderedDict
from contextvars import Context
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

from dynamo import expressions, format, keys, models
from dynamo.client import Table
from dynamo.errors import DynamoError

RESOLUTION: Final = timedelta(hours=1)
"""How accurate `lastSeenAt` is. A session is written at most once in this time, however often it is used."""
KEPT: Final = 10_000
"""How many sessions a process remembers to have written, even if that failed."""
MOST_AT_ONCE: Final = 16
"""The most writes that run at the same time. A session that would be one more is written when it is used again."""
FINGERPRINT_BYTES: Final = 16


class LastSeen:
    """Notes the use of the sessions of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._noted: OrderedDict[bytes, datetime] = OrderedDict()
        self._writes: set[asyncio.Task[None]] = set()

    def note(self, session: models.Session) -> None:
        """Begin to store that a session is used now, unless it says so already to the hour. Never waits or raises."""
        now = datetime.now(UTC)
        if not _is_due(session, now):
            return
        token = blake2b(session.token.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_BYTES).digest()
        noted = self._noted.get(token)
        if (noted is not None and now - noted < RESOLUTION) or len(self._writes) >= MOST_AT_ONCE:
            return
        self._noted[token] = now
        self._noted.move_to_end(token)
        if len(self._noted) > KEPT:
            self._noted.popitem(last=False)
        # In a context of its own: the deadline and the log entry of the request do not concern this write.
        write = asyncio.get_running_loop().create_task(self._write(session, now), context=Context())
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)

    async def finish(self) -> None:
        """Wait for the writes that have begun."""
        await asyncio.gather(*self._writes)

    async def _write(self, session: models.Session, now: datetime) -> None:
        """Store the time. An attempt that arrives late finds its own time, or a later one, and changes nothing."""
        key = self._table.key(keys.user(session.user_id), keys.session(session.token))
        earlier = expressions.less_or_equal("lastSeenAt", format.iso(now - RESOLUTION))
        due = expressions.equals("userId", session.user_id) & (expressions.unset("lastSeenAt") | earlier)
        try:
            await self._table.update(key, expressions.update_of({"lastSeenAt": now}), due)
        except DynamoError:
            return


def _is_due(session: models.Session, now: datetime) -> bool:
    """Whether a session does not say yet, to the hour, that it was used. What an app has stored under that name
    stays."""
    seen = session.last_seen_at
    if seen is None:
        return session.item.get("lastSeenAt") is None
    return now - seen >= RESOLUTION
