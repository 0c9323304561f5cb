"""Disabling a user, so that they cannot sign in, and enabling them again."""

from datetime import UTC, datetime

from dynamo import models, sessions, users
from dynamo.client import Table
from dynamo.expressions import REMOVE


async def disable(table: Table, user_id: str, until: datetime | None, reason: str | None) -> models.User:
    """Disable a user, until a time or for good, and revoke their sessions. Raises `NotFound`. Safe to repeat."""
    changes = {"disabledAt": datetime.now(UTC), "disabledUntil": until or REMOVE, "disabledReason": reason or REMOVE}
    user = await users.update(table, user_id, changes)
    await sessions.delete_all(table, user_id)
    return user


async def enable(table: Table, user_id: str) -> models.User:
    """Allow a user to sign in again. Raises `NotFound`. Safe to repeat."""
    return await users.update(table, user_id, dict.fromkeys(("disabledAt", "disabledUntil", "disabledReason"), REMOVE))
