"""Auth0: the file of a bulk user export, as JSON. Source: Auth0's pages on user exports and the user profile."""

from typing import Any, Final

from commands.transfer.mappings.fields import account, date, objects, record, since, without_none

NO_ACCOUNT: Final = ("auth0", "email", "sms")
"""Identities that are no account elsewhere: Auth0's own passwords, and one-time codes."""


def translate(value: object) -> dict[str, Any]:
    """A user with their identities at social providers. Passwords and `app_metadata` are left out."""
    given = record(value)
    user = {
        "id": given.get("user_id"),
        "email": given.get("email"),
        "emailVerified": since(given.get("email_verified"), given.get("created_at"), "email_verified"),
        "name": given.get("name"),
        "image": given.get("picture"),
        "disabledAt": since(given.get("blocked"), given.get("updated_at"), "blocked"),
        "createdAt": date(given.get("created_at")),
        "lastSignInAt": date(given.get("last_login")),
        "user_metadata": given.get("user_metadata") or None,
    }
    identities = [
        one for one in objects(given.get("identities"), "identities") if one.get("provider") not in NO_ACCOUNT
    ]
    return {
        "user": without_none(user),
        "accounts": [account(one.get("provider"), one.get("user_id")) for one in identities],
    }
