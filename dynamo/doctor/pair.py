"""The two users of a merge as they were read, and the conditions that they put on every write of the merge."""

from dataclasses import dataclass
from typing import Final

from dynamo import expressions, keys, models, tombstones, users
from dynamo.client import Table, TransactWriteItem
from dynamo.doctor.removal import no_user
from dynamo.errors import NotFound, Rejected
from dynamo.expressions import Condition, is_same

MERGING: Final = "mergingInto"
"""The attribute of the user to delete that holds the id of the user to keep."""
BAR: Final = ("disabledAt", "disabledUntil")


@dataclass(frozen=True, slots=True)
class Pair:
    """The user to keep and the user to delete. Their merge was allowed when they were read."""

    kept: models.User
    lost: models.User

    @property
    def is_marked(self) -> bool:
        """Whether the merge of these two has begun."""
        return self.lost.item.get(MERGING) == self.kept.user_id

    def hold(self, table: Table) -> list[TransactWriteItem]:
        """Guards that fail if the merge is not allowed any more, or the mark is gone."""
        return [self.hold_kept(table), users.touch(table, self.lost.user_id, self.lost_as_read())]

    def hold_kept(self, table: Table, condition: Condition | None = None) -> TransactWriteItem:
        """The guard for the user to keep. If the other user is disabled, it also checks that the one to keep is
        still disabled as read."""
        whole = users.is_whole(table) & expressions.exists("type")
        if self.lost.disabled is not None:
            whole = whole & is_same(BAR, self.kept.item)
        return users.touch(table, self.kept.user_id, whole if condition is None else whole & condition)

    def lost_as_read(self) -> Condition:
        """Holds while the user to delete is marked and disabled as they were read."""
        return is_same((tombstones.MARK, MERGING, *BAR), self.lost.item)

    def address_as_read(self, table: Table, user: models.User) -> Condition:
        """Holds while the locks of a user's e-mail address are those that were read."""
        return is_same(("email", table.index_partition_key), user.item)


async def read(table: Table, keep: str, lose: str) -> Pair | None:
    """Read the two users of a merge; None if the user to delete does not exist.

    Raises `NotFound` if the user to keep does not exist, and `Rejected` if the two must not be merged.
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
        # What is left in the partition of a deleted user must not go to another user.
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
    """A guard for a merge that was begun into another user: it fails if that user exists after all."""
    into = pair.lost.item.get(MERGING)
    return [] if into in (None, pair.kept.user_id) else [no_user(table, into)]


async def _may_change_target(table: Table, lost: models.User) -> bool:
    """Whether a merge was begun into a user who does not exist any more, so that another user may take their place."""
    into = lost.item.get(MERGING)
    if not isinstance(into, str):
        return False
    user = await users.get(table, into, consistent=True)
    return user is None or (user.ghost and not user.deleting)


def _is_barred_as_long(kept: models.User, lost: models.User) -> bool:
    """Whether a person who cannot sign in as the user to delete cannot sign in as the user to keep either."""
    if lost.disabled is None:
        return True
    if kept.disabled is None:
        return False
    until = kept.disabled.until
    return until is None or (lost.disabled.until is not None and lost.disabled.until <= until)
