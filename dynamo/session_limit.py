"""A limit of sessions per user: whoever signs in once more ends their oldest session."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Final

from dynamo import keys, models, partition
from dynamo.client import TRANSACTION_LIMIT, Table

ENDED_BESIDE: Final = TRANSACTION_LIMIT - 5
"""The most sessions that end in the transaction that creates one, beside that session, the check of the user, the entry
of the sign-in, the entry in the audit log and the receipt."""


async def surplus(table: Table, user_id: str, token: str, most: int) -> list[models.Session]:
    """The oldest sessions of a user that must end before they get one with this token, so that they have at most
    `most`.

    Sessions that have expired do not count, and neither do those in which somebody else acts as the user. If more must
    end than fit into the transaction of the create, the oldest of them end at once, page by page, so that a repetition
    has less to do.
    """
    counted: list[models.Session] = []
    after: str | None = None
    while True:
        items, after = await partition.page(
            table, user_id, keys.SESSION, limit=partition.MOST_READ_WHOLE, after=after, consistent=True
        )
        found = [models.session(table, item) for item in items]
        now = datetime.now(UTC)
        counted += [one for one in found if one.token != token and one.impersonator is None and one.signs_in(now)]
        counted.sort(key=attrgetter("since"), reverse=True)
        kept = most - 1 + ENDED_BESIDE
        while len(counted) > kept:
            oldest = counted[max(kept, len(counted) - TRANSACTION_LIMIT) :]
            await table.transact([table.delete_operation(table.key_of(one.item)) for one in oldest])
            del counted[-len(oldest) :]
        if after is None:
            return counted[most - 1 :]
