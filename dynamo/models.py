"""The entities of the table as records, and how each is read from its item.

No record is ever changed. Those of which lists contain hundreds are structs of msgspec, which are made in half the time
of a dataclass, and which the garbage collector does not look at: a record refers to its item, and the item to nothing
else.

A record keeps its item, so that `attributes` (the custom attributes) takes no time until it is used. Everything that
the adapter ever wrote can be read: missing, NULL and unusual values become None or a safe default, never an exception.
An unusual value that its field cannot show, such as a list in `scope`, is in `attributes` under its stored name. A
passkey and an API key have no `attributes`: only this API writes them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, unique
from typing import Any, ClassVar, Final

import msgspec

from dynamo import devices, format, keys
from dynamo.client import Table
from dynamo.item import Item

ReadFrom = Mapping[str, tuple[str, ...]]
"""By a record's attribute, the stored ones it is read from beside what is always read (`dynamo/projection.py`).

What is stored under these names is no custom attribute. An attribute that is not listed may need the whole item.
"""
EPOCH: Final = datetime.fromtimestamp(0, UTC)
USUAL_LIFE: Final = timedelta(days=30)
"""How long a session of Auth.js lives by default."""
SOMEBODY: Final = "somebody"
"""Who acts as the user in a session whose `impersonator` is no name."""
IMPERSONATION: Final = timedelta(hours=1)
"""How long a session lives at most in which somebody else acts as its user."""
_EARLIEST_USUAL_END = EPOCH + USUAL_LIFE
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Disablement:
    """Why and until when a user may not sign in. Without `until`, there is no end."""

    READ_FROM: ClassVar[ReadFrom] = {
        "at": (),
        "until": (),
        "reason": (),
    }

    at: datetime
    until: datetime | None
    reason: str | None


class User(msgspec.Struct, eq=False, gc=False):
    """A person, with or without an e-mail address."""

    READ_FROM: ClassVar[ReadFrom] = {
        "user_id": (),
        "name": ("name",),
        "email": (),
        "email_verified": ("emailVerified",),
        "image": ("image",),
        "disabled": ("disabledAt", "disabledUntil", "disabledReason"),
        "deleting_at": ("deletingAt",),
        "created_at": ("createdAt",),
        "last_sign_in_at": ("lastSignInAt",),
    }

    user_id: str
    email: str | None
    email_verified: datetime | None
    name: str | None
    image: str | None
    item: Item
    key_attributes: frozenset[str]

    @property
    def disabled(self) -> Disablement | None:
        """The disablement, if the user is disabled now."""
        at = end(self.item.get("disabledAt"))
        if at is None:
            return None
        until = date(self.item.get("disabledUntil"))
        if until is not None and until <= datetime.now(UTC):
            return None
        return Disablement(at, until, text(self.item.get("disabledReason")))

    @property
    def ghost(self) -> bool:
        """Whether this is what the adapter's update stores if the user was deleted before."""
        return "type" not in self.item

    @property
    def may_sign_in(self) -> bool:
        """Whether the user is not a ghost, not being deleted and not disabled."""
        return not self.ghost and not self.deleting and self.disabled is None

    @property
    def deleting(self) -> bool:
        """Whether a deletion of this user has begun and must be finished."""
        return self.item.get("deletingAt") is not None

    @property
    def deleting_at(self) -> datetime | None:
        """When the delete began; the epoch if the stored value is no date."""
        return end(self.item.get("deletingAt"))

    @property
    def created_at(self) -> datetime | None:
        """When the user was created; None if that is not known, as of those whom the adapter created."""
        return date(self.item.get("createdAt"))

    @property
    def last_sign_in_at(self) -> datetime | None:
        """When the last session was created; None if that is not known. Only the list `SIGNED_IN` keeps it."""
        return date(self.item.get("lastSignInAt"))

    @property
    def attributes(self) -> dict[str, Any]:
        """The custom attributes: all that no field shows, including secrets."""
        return custom(self.item, USER_ATTRIBUTES, self.key_attributes)


class Account(msgspec.Struct, eq=False, gc=False):
    """A user's account at a provider, such as GitHub."""

    READ_FROM: ClassVar[ReadFrom] = {
        "user_id": (),
        "provider": (),
        "provider_account_id": (),
        "type": (),
        "scope": ("scope",),
        "token_type": ("token_type",),
        "expires_at": ("expires_at",),
        "session_state": ("session_state",),
        "access_token": ("access_token",),
        "refresh_token": ("refresh_token",),
        "id_token": ("id_token",),
    }

    user_id: str
    provider: str
    provider_account_id: str
    type: str
    item: Item
    key_attributes: frozenset[str]

    @property
    def owned(self) -> bool:
        """Whether it names the user in whose partition it is. The adapter signs in the user that it names."""
        return self.item.get("userId") == self.user_id

    @property
    def scope(self) -> str | None:
        """The OAuth scope that the provider granted, as one text."""
        return text(self.item.get("scope"))

    @property
    def token_type(self) -> str | None:
        """The OAuth type of the access token, usually `bearer`."""
        return text(self.item.get("token_type"))

    @property
    def session_state(self) -> str | None:
        """The session state of OpenID Connect, as the provider sent it."""
        return text(self.item.get("session_state"))

    @property
    def expires_at(self) -> int | None:
        """When the access token expires, in seconds since the Unix epoch. It is not the attribute for time to live."""
        return integer(self.item.get("expires_at"))

    @property
    def access_token(self) -> str | None:
        """The OAuth access token, a secret."""
        return text(self.item.get("access_token"))

    @property
    def refresh_token(self) -> str | None:
        """The OAuth refresh token, a secret."""
        return text(self.item.get("refresh_token"))

    @property
    def id_token(self) -> str | None:
        """The OpenID Connect ID token, a secret."""
        return text(self.item.get("id_token"))

    @property
    def attributes(self) -> dict[str, Any]:
        """All other attributes that the provider returned, and those that their field cannot show, including
        secrets."""
        return custom(self.item, ACCOUNT_ATTRIBUTES, self.key_attributes)


class Session(msgspec.Struct, eq=False, gc=False):
    """A session: one user signed in on one device. `token` is the bearer token itself."""

    READ_FROM: ClassVar[ReadFrom] = {
        "user_id": (),
        "token": (),
        "expires": (),
        "expired": (),
        "created_at": ("createdAt",),
        "user_agent": ("userAgent",),
        "ip_address": ("ipAddress",),
        "last_seen_at": ("lastSeenAt",),
        "impersonator": ("impersonator",),
    }

    user_id: str
    token: str
    expires: datetime
    item: Item
    key_attributes: frozenset[str]

    @property
    def owned(self) -> bool:
        """Whether it names the user in whose partition it is.

        The adapter signs in the user that it names. The adapter's update can name another user, or store a session
        without one after it was deleted.
        """
        return self.item.get("userId") == self.user_id

    @property
    def expired(self) -> bool:
        """Whether it has expired, even if time to live has not deleted it yet."""
        return self.expires <= datetime.now(UTC)

    @property
    def created_at(self) -> datetime | None:
        """When it was created; None if it does not say, as those of the adapter."""
        return date(self.item.get("createdAt"))

    @property
    def user_agent(self) -> str | None:
        """How the browser named itself when it was created; None if that is not known or too long."""
        return devices.user_agent(self.item.get("userAgent"))

    @property
    def ip_address(self) -> str | None:
        """The IP address from which it was created, in its usual form; None if that is not known."""
        return devices.ip_address(self.item.get("ipAddress"))

    @property
    def last_seen_at(self) -> datetime | None:
        """When it was last used, up to an hour too early; None if that is not known."""
        return date(self.item.get("lastSeenAt"))

    @property
    def impersonator(self) -> str | None:
        """Who acts as the user in this session, in the words of the program that created it; None for the user
        themselves. Whatever is no name, such as `true`, still says that it is somebody else."""
        marked = self.item.get("impersonator")
        return None if marked is None else text(marked) or SOMEBODY

    @property
    def since(self) -> datetime:
        """When it was created. One that does not say is taken for as old as a session of Auth.js is by default."""
        # A list compares hundreds of sessions, of which the adapter's do not say.
        stored = self.item.get("createdAt")
        created_at = date(stored) if stored is not None else None
        if created_at is not None:
            return created_at
        return self.expires - USUAL_LIFE if self.expires > _EARLIEST_USUAL_END else EPOCH

    @property
    def latest_end(self) -> datetime | None:
        """The time beyond which it cannot be extended; None without such a time."""
        if self.impersonator is None:
            return None
        return end_of_impersonation(self.item) or self.expires

    def signs_in(self, now: datetime) -> bool:
        """Whether the token signs its user in at a given time."""
        return self.expires > now and self.item.get("userId") == self.user_id

    @property
    def attributes(self) -> dict[str, Any]:
        """All attributes that no field shows, including secrets."""
        return custom(self.item, SESSION_ATTRIBUTES, self.key_attributes)


@dataclass(frozen=True, slots=True, eq=False)
class VerificationToken:
    """A one-time token sent to an identifier. Auth.js stores a hash as `token`."""

    identifier: str
    token: str
    expires: datetime

    @property
    def expired(self) -> bool:
        """Whether it has expired, even if time to live has not deleted it yet."""
        return self.expires <= datetime.now(UTC)


@unique
class DeviceType(Enum):
    """The WebAuthn device type of a passkey, by the word that Auth.js stores."""

    SINGLE_DEVICE = "singleDevice"
    MULTI_DEVICE = "multiDevice"

    @property
    def description(self) -> str:
        """The device type in the schema."""
        where = "cannot leave its device" if self is DeviceType.SINGLE_DEVICE else "can be synced to other devices"
        return f"The passkey {where}. Auth.js calls it `{self.value}`."


@dataclass(frozen=True, slots=True, eq=False)
class Authenticator:
    """A passkey: a WebAuthn credential of a user."""

    READ_FROM: ClassVar[ReadFrom] = {
        "user_id": (),
        "credential_id": (),
        "provider_account_id": (),
        "credential_public_key": ("credentialPublicKey",),
        "counter": ("counter",),
        "device_type": ("credentialDeviceType",),
        "backed_up": ("credentialBackedUp",),
        "transports": ("transports",),
    }

    user_id: str
    credential_id: str
    provider_account_id: str
    credential_public_key: str
    counter: int
    device_type: DeviceType | None
    """None if the stored value is no device type."""
    backed_up: bool
    transports: list[str] | None
    item: Item

    @property
    def owned(self) -> bool:
        """Whether it names the user in whose partition it is, and the credential in its key."""
        named = (self.item.get("userId"), self.item.get("credentialID", self.credential_id))
        return named == (self.user_id, self.credential_id)


@dataclass(frozen=True, slots=True, eq=False)
class ApiKey:
    """An API key of a program. Only a hash of its secret is stored."""

    key_id: str
    name: str
    scopes: tuple[str, ...]
    secret_hash: str
    created_at: datetime
    expires: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


def _shown(record: type[User | Account | Session], *always: str) -> frozenset[str]:
    """The stored attributes of a record that are none of its custom ones: those that its fields are read from."""
    return frozenset(always).union(*record.READ_FROM.values())


USER_ATTRIBUTES: Final = _shown(User, "type", "id", "email", "deletingAt", "mergingInto")
ACCOUNT_ATTRIBUTES: Final = _shown(Account, "type", "id", "userId", "provider", "providerAccountId")
SESSION_ATTRIBUTES: Final = _shown(Session, "type", "id", "sessionToken", "userId", "expires")


def stored_name(record: type[User | Account], field: str) -> str:
    """The one attribute of an item that a record's field is read from."""
    (name,) = record.READ_FROM[field]
    return name


def user(table: Table, item: Item) -> User:
    """Read a USER item, ghosts included. The id is taken from the key, which finds the user again."""
    get = item.get
    return User(
        owner(table, item),
        text(get("email")),
        date(get("emailVerified")),
        text(get("name")),
        text(get("image")),
        item,
        table.key_attributes,
    )


def account(table: Table, item: Item) -> Account:
    """Read an ACCOUNT item. Provider and account id are taken from the sort key if the attributes are missing."""
    provider, provider_account_id = item.get("provider"), item.get("providerAccountId")
    if not isinstance(provider, str) or not isinstance(provider_account_id, str):
        provider, _, provider_account_id = item[table.sort_key].removeprefix(keys.ACCOUNT).partition("#")
    return Account(
        item[table.partition_key].removeprefix(keys.USER),
        provider,
        provider_account_id,
        text(item.get("type")) or "oauth",
        item,
        table.key_attributes,
    )


def session(table: Table, item: Item) -> Session:
    """Read a SESSION item, zombies included. Without a readable `expires`, it counts as expired."""
    expires = format.date_of_expires(item.get("expires")) or EPOCH
    return Session(
        item[table.partition_key].removeprefix(keys.USER),
        item[table.sort_key].removeprefix(keys.SESSION),
        min(expires, end_of_impersonation(item) or expires) if "impersonator" in item else expires,
        item,
        table.key_attributes,
    )


def end_of_impersonation(item: Item) -> datetime | None:
    """When a session ends in which somebody else acts as its user, whatever `expires` another writer has stored; None
    for other sessions, and for one that does not say when it was created."""
    created_at = date(item.get("createdAt"))
    if created_at is None or item.get("impersonator") is None:
        return None
    return min(created_at.replace(microsecond=0), _LATEST - IMPERSONATION) + IMPERSONATION


def verification_token(table: Table, item: Item) -> VerificationToken:
    """Read a VT item. Without a readable `expires`, it counts as expired."""
    return VerificationToken(
        item[table.partition_key].removeprefix(keys.VERIFICATION_TOKEN),
        item[table.sort_key].removeprefix(keys.VERIFICATION_TOKEN),
        format.date_of_expires(item.get("expires")) or EPOCH,
    )


def authenticator(table: Table, item: Item) -> Authenticator:
    """Read an AUTHENTICATOR item, with defaults for missing attributes."""
    get = item.get
    return Authenticator(
        user_id=owner(table, item),
        credential_id=item[table.sort_key].removeprefix(keys.AUTHENTICATOR),
        provider_account_id=text(get("providerAccountId")) or "",
        credential_public_key=text(get("credentialPublicKey")) or "",
        counter=integer(get("counter")) or 0,
        device_type=device_type(get("credentialDeviceType")),
        backed_up=get("credentialBackedUp") is True,
        transports=transports(get("transports")),
        item=item,
    )


def api_key(table: Table, item: Item) -> ApiKey:
    """Read an APIKEY item. A `revokedAt` or `expiresAt` that cannot be read counts as past."""
    get = item.get
    return ApiKey(
        key_id=item[table.partition_key].removeprefix(keys.API_KEY),
        name=text(get("name")) or "",
        scopes=texts(get("scopes")),
        secret_hash=text(get("secretHash")) or "",
        created_at=date(get("createdAt")) or EPOCH,
        expires=end(get("expiresAt")),
        last_used_at=date(get("lastUsedAt")),
        revoked_at=end(get("revokedAt")),
    )


def owner(table: Table, item: Item) -> str:
    """The id of the user in whose partition an item is stored."""
    partition: str = item[table.partition_key]
    return partition.removeprefix(keys.USER)


def text(value: object) -> str | None:
    """A string attribute. NULL, absent and empty values are None; a number becomes its digits."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool | bytes | set | list | dict):
        return None
    return str(value)


def date(value: object) -> datetime | None:
    """A date attribute; None for anything but an ISO date string."""
    return format.parse_date(value) if isinstance(value, str) else None


def end(value: object) -> datetime | None:
    """The time from which something is forbidden. If it cannot be read, it counts as past."""
    return None if value is None else date(value) or EPOCH


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list or a set; empty for anything else."""
    return tuple(member for member in value if isinstance(member, str)) if isinstance(value, list | set) else ()


def device_type(value: object) -> DeviceType | None:
    """A device type; None for anything but its word in Auth.js."""
    return next((one for one in DeviceType if one.value == value), None)


def transports(value: object) -> list[str] | None:
    """The transports of a passkey, which Auth.js stores as one text, separated by commas; None if there are none."""
    named = [word.strip() for word in (text(value) or "").split(",")] if not isinstance(value, list | set) else value
    return [word for word in named if isinstance(word, str) and word] or None


def integer(value: object) -> int | None:
    """A whole number, even if it was stored as text or with a fraction; None for anything else."""
    if type(value) is int:
        return value
    if not isinstance(value, Decimal | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


READ_AS: Final[Mapping[str, Callable[[object], object]]] = {
    "emailVerified": date,
    "disabledAt": date,
    "disabledUntil": date,
    "deletingAt": date,
    "createdAt": date,
    "lastSignInAt": date,
    "lastSeenAt": date,
    "userAgent": devices.user_agent,
    "ipAddress": devices.ip_address,
    "expires": format.date_of_expires,
    "expires_at": integer,
}
"""How the stored attributes behind fields are read, if not as a text."""


def custom(item: Mapping[str, Any], shown: Collection[str], key_attributes: Collection[str]) -> dict[str, Any]:
    """All attributes that neither a field nor a key shows, sorted by name, as JSON data."""
    return {
        name: format.to_json(value)
        for name, value in sorted(item.items())
        if not (name in shown and is_readable(name, value)) and name not in key_attributes
    }


def is_readable(name: str, value: object) -> bool:
    """Whether a field can show what is stored behind it: nothing, or a value of its kind."""
    if value is None or value == "":
        return True
    return READ_AS.get(name, text)(value) is not None
