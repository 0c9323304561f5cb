"""Clerk: users as its Backend API returns them, as JSON, or the CSV file of its dashboard.

Source: Clerk's page on exports, and the User object of its Backend API.
"""

from collections.abc import Mapping
from typing import Any

from commands.transfer.mappings.fields import account, date, full_name, objects, record, since, without_none


def translate(value: object) -> dict[str, Any]:
    """A user with their external accounts. Password digests and private metadata are left out."""
    given = record(value)
    address = _address(given)
    user = {
        "id": given.get("id"),
        "email": address.get("email_address"),
        "emailVerified": since(_is_verified(address), given.get("created_at"), "verification"),
        "name": full_name(given.get("first_name"), given.get("last_name")),
        "image": given.get("image_url"),
        "disabledAt": since(given.get("banned"), given.get("updated_at"), "banned"),
        "createdAt": date(given.get("created_at")),
        "lastSignInAt": date(given.get("last_sign_in_at")),
        "public_metadata": given.get("public_metadata") or None,
    }
    linked = objects(given.get("external_accounts"), "external_accounts")
    return {"user": without_none(user), "accounts": [_account(one) for one in linked]}


def translate_csv(value: object) -> dict[str, Any]:
    """The same from a line of the dashboard's file, which has no external accounts."""
    given = record(value)
    email = given.get("primary_email_address")
    verified = email is not None and email in _split(given.get("verified_email_addresses"))
    user = {
        "id": given.get("id"),
        "email": email,
        "emailVerified": since(verified, given.get("created_at"), "verified_email_addresses"),
        "name": full_name(given.get("first_name"), given.get("last_name")),
        "createdAt": date(given.get("created_at")),
    }
    return {"user": without_none(user)}


def _address(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The primary e-mail address; an empty object if there is none."""
    addresses = objects(given.get("email_addresses"), "email_addresses")
    primary = given.get("primary_email_address_id")
    return next((one for one in addresses if one.get("id") == primary), {})


def _is_verified(address: Mapping[str, Any]) -> bool:
    verification = address.get("verification")
    return isinstance(verification, dict) and verification.get("status") == "verified"


def _account(given: Mapping[str, Any]) -> dict[str, Any]:
    provider = given.get("provider")
    name = provider.removeprefix("oauth_") if isinstance(provider, str) else provider
    return account(name, given.get("provider_user_id"))


def _split(text: object) -> list[str]:
    separators = str.maketrans("|;", ",,")
    return [each.strip() for each in text.translate(separators).split(",")] if isinstance(text, str) else []
