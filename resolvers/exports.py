"""The form in which users leave the table, for the command `export` and for people themselves.

The attributes have the names under which they are stored, which are those of the Auth.js adapter. Keys of the table are
left out, because an import makes them anew, and so is `userId`, which is the user of the line. `values` says how JSON
holds what it has no type for.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynamo import models
from dynamo.format import JSON
from dynamo.transfer.values import to_json
from resolvers import secrecy
from resolvers.attributes import ANSWERED, TOKENS_OF_ACCOUNTS, Record
from resolvers.secrecy import Seen

RESERVED: Final = frozenset(("type", "userId", "expires", "sessionToken", "deletingAt", "mergingInto"))
"""Attributes of a user or account that are left out, because they would change what the item is, or its lifetime."""
PASSKEY: Final[tuple[str, ...]] = (
    "credentialID",
    "providerAccountId",
    "credentialPublicKey",
    "counter",
    "credentialDeviceType",
    "credentialBackedUp",
    "transports",
)
"""The attributes of a passkey, by their stored names."""


@dataclass(frozen=True, slots=True)
class Form:
    """Writes records as JSON, with or without their secrets."""

    key_attributes: Collection[str]
    """The names of the table's key attributes."""
    search: Callable[[Record], Seen] | None
    """Searches a record for secrets, which are left out then; None to write them."""

    def user(self, user: models.User) -> dict[str, JSON]:
        """A user, without what belongs to them."""
        # The key has the id that finds the user again.
        return self._attributes(user) | {"id": user.user_id}

    def account(self, account: models.Account) -> dict[str, JSON]:
        """An account, without its tokens unless secrets are written."""
        held = {
            "provider": account.provider,
            "providerAccountId": account.provider_account_id,
            "type": account.type,
        }
        left = self._attributes(account)
        if self.search is not None:
            for name in TOKENS_OF_ACCOUNTS:
                left.pop(name, None)
            for name in ANSWERED:
                if name in left and secrecy.answered(getattr(account, name))[0] is None:
                    del left[name]
        return left | held

    def session(self, session: models.Session) -> dict[str, JSON]:
        """A session, without its token unless secrets are written."""
        held: dict[str, JSON] = {"expires": to_json(session.item.get("expires"))}
        if self.search is None:
            held["sessionToken"] = session.token
        return self._attributes(session) | held

    def passkey(self, passkey: models.Authenticator) -> dict[str, JSON]:
        """A passkey. Nothing of it is secret: the private key never leaves the device."""
        stored: dict[str, JSON] = {name: to_json(passkey.item[name]) for name in PASSKEY if name in passkey.item}
        return stored | {"credentialID": passkey.credential_id}

    def _attributes(self, record: Record) -> dict[str, JSON]:
        """What is stored: fields as they are, custom attributes without what may be a secret unless it is written."""
        item: Mapping[str, Any] = record.item
        names = [name for name in sorted(item) if name not in self.key_attributes and name not in RESERVED]
        if self.search is None:
            return {name: to_json(item[name]) for name in names}
        seen = self.search(record)
        left: dict[str, JSON] = {}
        for name in names:
            if name not in seen.attributes:
                left[name] = to_json(item[name])
            elif name in seen.shown:
                whole = seen.shown[name] is seen.attributes[name]
                left[name] = to_json(item[name] if whole else seen.shown[name])
        return left
