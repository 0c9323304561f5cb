"""Disabling users, so that they cannot sign in, and enabling them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from dynamo import models, sessions, users
from dynamo.client import Table
from dynamo.errors import DynamoError
from dynamo.expressions import REMOVE

ENABLED: Final = dict.fromkeys(("disabledAt", "disabledUntil", "disabledReason"), REMOVE)


@dataclass(frozen=True, slots=True)
class Disablement:
    """Whom to disable, until when, and why."""

    user_id: str
    until: datetime | None = None
    """None for a user who stays disabled until somebody enables them."""
    reason: str | None = None

    @property
    def changes(self) -> Mapping[str, Any]:
        """The stored attributes of a user who is disabled now."""
        return {
            "disabledAt": datetime.now(UTC),
            "disabledUntil": self.until or REMOVE,
            "disabledReason": self.reason or REMOVE,
        }


async def disable(table: Table, user_id: str, until: datetime | None, reason: str | None) -> models.User:
    """Disable a user, until a time or for good, and revoke their sessions. Raises `NotFound`. Safe to repeat."""
    user = await users.update(table, user_id, Disablement(user_id, until, reason).changes)
    # It belongs to the disablement, which has its entry in the audit log.
    await sessions.delete_all(table.acting(None), user_id)
    return user


async def mark_many(table: Table, wanted: Sequence[Disablement]) -> Sequence[models.User | DynamoError]:
    """Disable up to 100 different users, or return the error for each who cannot be. Their sessions sign nobody in from
    then on, and are left to be revoked."""
    return await users.set_many(table, {one.user_id: one.changes for one in wanted})


async def enable(table: Table, user_id: str) -> models.User:
    """Allow a user to sign in again. Raises `NotFound`. Safe to repeat."""
    return await users.update(table, user_id, ENABLED)


async def enable_many(table: Table, user_ids: Sequence[str]) -> Sequence[models.User | DynamoError]:
    """Allow up to 100 different users to sign in again. Returns each user, or the error for this user alone."""
    return await users.set_many(table, dict.fromkeys(user_ids, ENABLED))
