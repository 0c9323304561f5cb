"""A line of an export: one user with their accounts and passkeys and, if asked for, their sessions.

`resolvers.exports` says what a line holds of each.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from dynamo.partition import Partition
from resolvers.attributes import search
from resolvers.exports import Form

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""The longest line that is written or read: about forty items of DynamoDB's largest size."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an export holds besides users, accounts and passkeys."""

    sessions: bool = False
    secrets: bool = False


@dataclass(slots=True)
class Lines:
    """Turns partitions into lines, and counts what it writes and what it leaves out."""

    wanted: Wanted
    key_attributes: Collection[str]
    written: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def of(self, found: Partition) -> bytes | None:
        """The line of a partition, with its line break; None if there is no user to write."""
        user = found.user
        if user is None:
            owned = len(found.accounts) + len(found.authenticators) + len(found.sessions)
            self.left_out["items without a user"] += owned
            return None
        if user.ghost or user.deleting:
            self.left_out["users who were deleted"] += 1
            return None
        now = datetime.now(UTC)
        accounts = [one for one in found.accounts if one.owned]
        passkeys = [one for one in found.authenticators if one.owned]
        sessions = [one for one in found.sessions if one.signs_in(now)]
        self.left_out["items that name another user"] += (
            len(found.accounts) - len(accounts) + len(found.authenticators) - len(passkeys)
        )
        form = Form(self.key_attributes, None if self.wanted.secrets else search)
        line: dict[str, Any] = {
            "user": form.user(user),
            "accounts": [form.account(one) for one in accounts],
            "authenticators": [form.passkey(one) for one in passkeys],
        }
        if self.wanted.sessions:
            line["sessions"] = [form.session(one) for one in sessions]
            self.written["sessions"] += len(sessions)
        text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        if len(text) > MAX_LINE_BYTES:
            self.left_out["users who are too large for a line"] += 1
            return None
        self.written.update(users=1, accounts=len(accounts), passkeys=len(passkeys))
        return text
