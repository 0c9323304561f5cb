"""A line of an export: one user with their accounts and passkeys and, if asked for, their sessions.

The attributes have the names under which they are stored, which are those of the Auth.js adapter. Keys of the table are
left out, because an import makes them anew, and so is `userId`, which is the user of the line. `values` says how a line
holds what JSON cannot.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from dynamo import models
from dynamo.format import JSON
from dynamo.partition import Partition
from dynamo.transfer.values import to_json
from resolvers import secrecy
from resolvers.attributes import ANSWERED, TOKENS_OF_ACCOUNTS, Record, search

MAX_LINE_BYTES: Final = 16 * 1024 * 1024
"""The longest line that is written or read: about forty items of DynamoDB's largest size."""
RESERVED: Final = frozenset(("type", "userId", "expires", "sessionToken", "deletingAt", "mergingInto"))
"""Attributes of a user or account that no line holds, because they would change what the item is, or its lifetime."""
PASSKEY: Final[tuple[str, ...]] = (
    "credentialID",
    "providerAccountId",
    "credentialPublicKey",
    "counter",
    "credentialDeviceType",
    "credentialBackedUp",
    "transports",
)
"""The attributes of a passkey in a line, by their stored names."""


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
        line: dict[str, Any] = {
            "user": self._user(user),
            "accounts": [self._account(one) for one in accounts],
            "authenticators": [_passkey(one) for one in passkeys],
        }
        if self.wanted.sessions:
            line["sessions"] = [self._session(one) for one in sessions]
            self.written["sessions"] += len(sessions)
        text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        if len(text) > MAX_LINE_BYTES:
            self.left_out["users who are too large for a line"] += 1
            return None
        self.written.update(users=1, accounts=len(accounts), passkeys=len(passkeys))
        return text

    def _user(self, user: models.User) -> dict[str, JSON]:
        # The key has the id that finds the user again.
        return self._attributes(user) | {"id": user.user_id}

    def _account(self, account: models.Account) -> dict[str, JSON]:
        held = {
            "provider": account.provider,
            "providerAccountId": account.provider_account_id,
            "type": account.type,
        }
        left = self._attributes(account)
        if not self.wanted.secrets:
            for name in TOKENS_OF_ACCOUNTS:
                left.pop(name, None)
            for name in ANSWERED:
                if name in left and secrecy.answered(getattr(account, name))[0] is None:
                    del left[name]
        return left | held

    def _session(self, session: models.Session) -> dict[str, JSON]:
        held = {"sessionToken": session.token, "expires": to_json(session.item["expires"])}
        return self._attributes(session) | held

    def _attributes(self, record: Record) -> dict[str, JSON]:
        """What is stored: fields as they are, custom attributes without what may be a secret unless it is wanted."""
        item: Mapping[str, Any] = record.item
        names = [name for name in sorted(item) if name not in self.key_attributes and name not in RESERVED]
        if self.wanted.secrets:
            return {name: to_json(item[name]) for name in names}
        seen = search(record)
        left: dict[str, JSON] = {}
        for name in names:
            if name not in seen.attributes:
                left[name] = to_json(item[name])
            elif name in seen.shown:
                whole = seen.shown[name] is seen.attributes[name]
                left[name] = to_json(item[name] if whole else seen.shown[name])
        return left


def _passkey(passkey: models.Authenticator) -> dict[str, JSON]:
    stored: dict[str, JSON] = {name: to_json(passkey.item[name]) for name in PASSKEY if name in passkey.item}
    return stored | {"credentialID": passkey.credential_id}
