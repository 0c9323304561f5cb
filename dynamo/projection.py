"""What to read of an item: the stored attributes behind those of its record that are wanted."""

from collections.abc import Iterable, Mapping
from typing import Final

ALWAYS_READ: Final = ("type", "email", "provider", "providerAccountId", "expires", "userId")
"""Stored attributes that a record cannot do without beside its keys."""
READ_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "user_id": (),
    "name": ("name",),
    "email": (),
    "email_verified": ("emailVerified",),
    "image": ("image",),
    "disabled": ("disabledAt", "disabledUntil", "disabledReason"),
    "at": (),
    "until": (),
    "reason": (),
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
    "expires": (),
    "expired": (),
    "token": (),
    "credential_id": (),
    "credential_public_key": ("credentialPublicKey",),
    "counter": ("counter",),
    "device_type": ("credentialDeviceType",),
    "backed_up": ("credentialBackedUp",),
    "transports": ("transports",),
}
"""Which stored attributes each attribute of a record is read from. What is not here may need the whole item."""


def projection(names: Iterable[str]) -> tuple[str, ...] | None:
    """The stored attributes behind some attributes of records, beside the keys; None if whole items are needed."""
    stored = set(ALWAYS_READ)
    for name in names:
        if name not in READ_BY:
            return None
        stored.update(READ_BY[name])
    return tuple(sorted(stored))
