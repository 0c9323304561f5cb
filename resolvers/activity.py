"""Sign-ups and sign-ins of the last days, for a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dynamo import activity
from dynamo.activity import DayCount
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from resolvers.context import Context
from resolvers.errors import BadInput

MOST_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Activity:
    """A number for each day, oldest first, and whether what they were counted from is whole."""

    days: Sequence[DayCount]
    complete: bool


async def sign_ups(context: Context, days: int) -> Activity | None:
    """Users by the day when they were created; None if the directory has no list of that."""
    _check(days)
    table: Table = context.table
    if DirectoryList.CREATED not in table.directory_lists:
        return None
    missing = await context.service.wholeness.missing(table, (DirectoryList.CREATED,))
    return Activity(await activity.sign_ups(table, days), not missing)


async def sign_ins(context: Context, days: int) -> Activity | None:
    """Sign-ins by day; None if no audit log is kept."""
    _check(days)
    table: Table = context.table
    if not table.audit_days:
        return None
    now = datetime.now(UTC)
    kept = await activity.sign_ins(table, min(days, table.audit_days), now)
    before = activity.uncounted(days - len(kept), kept[0].start)
    return Activity([*before, *kept], complete=True)


def _check(days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(f"`days` must be from 1 to {MOST_DAYS}.", "days")
