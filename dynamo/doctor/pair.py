"""The two users of a merge as they were read, and what every write of the merge demands of them."""

from dataclasses import dataclass
from typing import Final

from dynamo import expressions, keys, models, tombstones, users
from dynamo.client import Table, TransactWriteItem
from dynamo.doctor.removal import is_same, no_user
from dynamo.errors import NotFound, Rejected
from dynamo.expressions import Condition

MERGING: Final = "mergingInto"
"""On the one who is to go: the id of the one they are merged into."""
BAR: Final = ("disabledAt", "disabledUntil")


@dataclass(frozen=True, slots=True)
class Pair:
    """The one who stays and the one who goes; a merge of the two was allowed when they were read."""

    kept: models.User
    lost: models.User

    @property
    def is_marked(self) -> bool:
        """Whether the merge has begun."""
        return self.lost.item.get(MERGING) == self.kept.user_id

    def hold(self, table: Table) -> list[TransactWriteItem]:
        """Guards that fail once the merge is not allowed any more, or the mark is gone."""
        return [self.hold_kept(table), users.touch(table, self.lost.user_id, self.lost_as_read())]

    def hold_kept(self, table: Table, condition: Condition | None = None) -> TransactWriteItem:
        """The guard for the one who stays. If the other is barred, they must be so as they were read."""
        whole = users.is_whole(table) & expressions.exists("type")
        if self.lost.disabled is not None:
            whole = whole & is_same(BAR, self.kept.item)
        return users.touch(table, self.kept.user_id, whole if condition is None else whole & condition)

    def lost_as_read(self) -> Condition:
        """Holds while the one who goes is marked, and barred, as they were read."""
        return is_same((tombstones.MARK, MERGING, *BAR), self.lost.item)

    def address_as_read(self, table: Table, user: models.User) -> Condition:
        """Holds while the locks of a user's e-mail are those that were read."""
        return is_same(("email", table.index_partition_key), user.item)


async def read(table: Table, keep: str, lose: str) -> Pair | None:
    """Read the two of a merge; None if the one who is to go is gone.

    Raises `NotFound` without the one to keep, and `Rejected` where the two must not be merged.
    """
    keys.check(keep, "KEEP")
    keys.check(lose, "LOSE")
    if keep == lose:
        raise Rejected("KEEP and LOSE are the same user: name two.")
    kept = await users.get(table, keep, consistent=True)
    if kept is None or kept.ghost or kept.deleting:
        raise NotFound(f"There is no user {keep} to keep, or they are being deleted.")
    lost = await users.get(table, lose, consistent=True)
    if lost is None or (lost.ghost and not lost.deleting):
        # Whatever lies in their partition is nobody's: of who was deleted, nothing becomes another's.
        return None
    if lost.deleting and lost.item.get(MERGING) != keep and not await _may_change_target(table, lost):
        into = lost.item.get(MERGING)
        fate = "deleted" if into is None else f"merged into {into}"
        raise Rejected(f"User {lose} is being {fate}: let that end first.")
    if not _is_barred_as_long(kept, lost):
        raise Rejected(
            f"User {lose} is disabled, for longer than {keep}, and a merge would let them in as {keep}: enable or "
            f"disable both first."
        )
    return Pair(kept, lost)


def guard_target(table: Table, pair: Pair) -> list[TransactWriteItem]:
    """A guard that fails if the user into whom a merge was begun, and broke off, is there after all."""
    into = pair.lost.item.get(MERGING)
    return [] if into in (None, pair.kept.user_id) else [no_user(table, into)]


async def _may_change_target(table: Table, lost: models.User) -> bool:
    """Whether a merge was begun into somebody who is gone by now: then it can end with somebody else."""
    into = lost.item.get(MERGING)
    if not isinstance(into, str):
        return False
    user = await users.get(table, into, consistent=True)
    return user is None or (user.ghost and not user.deleting)


def _is_barred_as_long(kept: models.User, lost: models.User) -> bool:
    """Whether who could not sign in as the one who goes cannot do so as the one who stays either."""
    if lost.disabled is None:
        return True
    if kept.disabled is None:
        return False
    until = kept.disabled.until
    return until is None or (lost.disabled.until is not None and lost.disabled.until <= until)
