"""Firebase Authentication: the JSON file of `firebase auth:export`. Source: the reference of that command."""

from typing import Any, Final

from commands.transfer.mappings.fields import account, date, objects, record, since, without_none

NO_ACCOUNT: Final = ("password", "phone", "emailLink", "anonymous")
"""Providers that are no account elsewhere."""


def translate(value: object) -> dict[str, Any]:
    """A user with their accounts at other providers. Password hashes and phone numbers are left out."""
    given = record(value)
    user = {
        "id": given.get("localId"),
        "email": given.get("email"),
        "emailVerified": since(given.get("emailVerified"), given.get("createdAt"), "emailVerified"),
        "name": given.get("displayName"),
        "image": given.get("photoUrl"),
        "disabledAt": since(given.get("disabled"), None, "disabled"),
        "createdAt": date(given.get("createdAt")),
        "lastSignInAt": date(given.get("lastSignedInAt")),
        "customAttributes": given.get("customAttributes"),
    }
    linked = objects(given.get("providerUserInfo"), "providerUserInfo")
    return {
        "user": without_none(user),
        "accounts": [
            account(one.get("providerId"), one.get("rawId"))
            for one in linked
            if one.get("providerId") not in NO_ACCOUNT
        ],
    }
