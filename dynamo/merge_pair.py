"""The two users of a merge as they were read, and the conditions that they put on every write of the merge."""

from dataclasses import dataclass
from typing import Final

from dynamo import expressions, keys, models, tombstones, users
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import Disabled, NotFound, Rejected
from dynamo.expressions import Condition, is_same

MERGING: Final = "mergingInto"
"""The attribute of the user to delete that holds the id of the user to keep."""
BAR: Final = ("disabledAt", "disabledUntil")


class BeingDeleted(Disabled):
    """The user to delete is being deleted already, or merged into the user `into`."""

    def __init__(self, into: object) -> None:
        fate = "deleted" if into is None else "merged into another user"
        super().__init__(f"The user to merge is being {fate}: let that end first.", "lose")
        self.into = into


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

    Raises `NotFound` if the user to keep does not exist, and `Rejected` if the two must not be merged. The messages
    name no user, because a caller of the API may not learn whom a key has found.
    """
    keys.check(keep, "keep")
    keys.check(lose, "lose")
    if keep == lose:
        raise Rejected("The user to keep and the user to merge are the same: name two.", "lose")
    kept = await users.get(table, keep, consistent=True)
    if kept is None or kept.ghost or kept.deleting:
        raise NotFound("There is no such user to keep, or they are being deleted.", "keep")
    lost = await users.get(table, lose, consistent=True)
    if lost is None or (lost.ghost and not lost.deleting):
        # What is left in the partition of a deleted user must not go to another user.
        return None
    if lost.deleting and lost.item.get(MERGING) != keep and not await _may_change_target(table, lost):
        raise BeingDeleted(lost.item.get(MERGING))
    if not _is_barred_as_long(kept, lost):
        raise Disabled(
            "The user to merge is disabled, and for longer than the user to keep, as whom a merge would let them in: "
            "enable or disable both first.",
            "lose",
        )
    return Pair(kept, lost)


def guard_target(table: Table, pair: Pair) -> list[TransactWriteItem]:
    """A guard for a merge that was begun into another user: it fails if that user exists after all."""
    into = pair.lost.item.get(MERGING)
    return [] if into in (None, pair.kept.user_id) else [users.no_user(table, into)]


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
