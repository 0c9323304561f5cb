"""A limit of sessions per user: whoever signs in once more ends their oldest session."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dynamo import keys, models, partition
from dynamo.client import TRANSACTION_LIMIT, Table

ENDED_BESIDE: Final = TRANSACTION_LIMIT - 4
"""The most sessions that end in the transaction that creates one, beside that session, the check of the user, the entry
in the audit log and the receipt."""
USUAL_LIFE: Final = timedelta(days=30)
"""How long a session of Auth.js lives by default."""


async def surplus(table: Table, user_id: str, token: str, most: int) -> list[models.Session]:
    """The oldest sessions of a user that must end before they get one with this token, so that they have at most
    `most`.

    Sessions that have expired do not count. If more must end than fit into the transaction of the create, the oldest of
    them end at once, page by page, so that a repetition has less to do.
    """
    counted: list[models.Session] = []
    after: str | None = None
    while True:
        items, after = await partition.page(
            table, user_id, keys.SESSION, limit=partition.MOST_READ_WHOLE, after=after, consistent=True
        )
        found = [models.session(table, item) for item in items]
        now = datetime.now(UTC)
        counted += [one for one in found if one.token != token and one.signs_in(now)]
        counted.sort(key=_since, reverse=True)
        kept = most - 1 + ENDED_BESIDE
        while len(counted) > kept:
            oldest = counted[max(kept, len(counted) - TRANSACTION_LIMIT) :]
            await table.transact([table.delete_operation(table.key_of(one.item)) for one in oldest])
            del counted[-len(oldest) :]
        if after is None:
            return counted[most - 1 :]


def _since(session: models.Session) -> datetime:
    """When a session was created. One that does not say is taken for as old as a session of Auth.js is."""
    return session.created_at or max(session.expires, models.EPOCH + USUAL_LIFE) - USUAL_LIFE
