"""The Prisma adapter of Auth.js: `JSON.stringify(await prisma.user.findMany({include: {accounts: true}}))`. Source: the
models on the adapter's page."""

from collections.abc import Mapping
from typing import Any, Final

from commands.transfer.mappings.fields import date, objects, record
from resolvers import secrecy
from resolvers.exports import PASSKEY

FIELDS: Final = ("id", "name", "email", "emailVerified", "image")
ACCOUNT: Final = (
    "type",
    "provider",
    "providerAccountId",
    "refresh_token",
    "access_token",
    "expires_at",
    "token_type",
    "scope",
    "id_token",
    "session_state",
)


def translate(value: object) -> dict[str, Any]:
    """A user with what was included of them. Other columns become custom attributes unless they may be secrets."""
    given = record(value)
    others = {
        name: member
        for name, member in given.items()
        # Lists and objects are other models.
        if name not in FIELDS and isinstance(member, str | int | float | bool)
    }
    passkeys = given.get("authenticators", given.get("Authenticator"))
    return {
        "user": {**secrecy.shown(others), **{name: given[name] for name in FIELDS if name in given}},
        "accounts": [_only(one, ACCOUNT) for one in objects(given.get("accounts"), "accounts")],
        "authenticators": [_only(one, PASSKEY) for one in objects(passkeys, "authenticators")],
        "sessions": [_session(one) for one in objects(given.get("sessions"), "sessions")],
    }


def _only(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _session(given: Mapping[str, Any]) -> dict[str, Any]:
    expires = given.get("expires")
    return {"sessionToken": given.get("sessionToken"), "expires": date(expires) or expires}
