"""What the mappings of other systems share. A value of a wrong kind is passed on, for the row to be rejected."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from commands.transfer.row import WrongRow
from dynamo import format

UNKNOWN_DATE: Final = "1970-01-01T00:00:00.000Z"
"""Stands for the date of something that a system says has happened, and does not say when."""
PROVIDERS: Final = {
    "amazon": "amazon",
    "amazon.com": "amazon",
    "apple": "apple",
    "apple.com": "apple",
    "bitbucket": "bitbucket",
    "discord": "discord",
    "dropbox": "dropbox",
    "facebook": "facebook",
    "facebook.com": "facebook",
    "github": "github",
    "github.com": "github",
    "gitlab": "gitlab",
    "google": "google",
    "google.com": "google",
    "google-oauth2": "google",
    "linkedin": "linkedin",
    "linkedin_oidc": "linkedin",
    "loginwithamazon": "amazon",
    "microsoft": "azure-ad",
    "microsoft.com": "azure-ad",
    "signinwithapple": "apple",
    "slack": "slack",
    "spotify": "spotify",
    "twitch": "twitch",
    "twitter": "twitter",
    "twitter.com": "twitter",
    "windowslive": "azure-ad",
}
"""The name of a provider in Auth.js, by its names elsewhere. Any other name stays as it is."""
OIDC: Final = ("apple", "azure-ad", "google", "linkedin")


def record(value: object) -> Mapping[str, Any]:
    """The record, which must be an object."""
    if not isinstance(value, dict):
        raise WrongRow("the record", "is not an object")
    return value


def objects(value: object, field: str) -> list[Mapping[str, Any]]:
    """The objects of a list, which may be missing."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise WrongRow(field, "is not a list of objects")
    return value


def account(provider: object, account_id: object) -> dict[str, Any]:
    """An account at a provider that the other system names."""
    name = PROVIDERS.get(provider.lower(), provider) if isinstance(provider, str) else provider
    type_ = "oidc" if name in OIDC else "oauth"
    # Some systems write ids that are numbers without quotes.
    number = isinstance(account_id, int) and not isinstance(account_id, bool)
    return {"provider": name, "providerAccountId": str(account_id) if number else account_id, "type": type_}


def date(value: object) -> str | None:
    """A date as ISO text, or in milliseconds since the Unix epoch as a number or as digits; None for anything else."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 16):
        parsed = format.parse_date(value) if len(value) < 64 else None
        return None if parsed is None else format.iso(parsed)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = float(value)
    try:
        return format.iso(datetime.fromtimestamp(number / 1000, UTC)) if math.isfinite(number) else None
    except (OverflowError, ValueError, OSError):
        return None


def since(happened: object, at: object, field: str) -> str | None:
    """The date for a flag of the other system: None unless it is true."""
    if happened is None or happened is False:
        return None
    if happened is not True:
        raise WrongRow(field, "is not true or false")
    return date(at) or UNKNOWN_DATE


def without_none(user: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that are known."""
    return {name: value for name, value in user.items() if value is not None}


def full_name(first: object, last: object) -> object:
    """First and last name as one text; one that is no text is passed on."""
    parts = [part for part in (first, last) if part not in (None, "")]
    odd = [part for part in parts if not isinstance(part, str)]
    return odd[0] if odd else " ".join(map(str, parts)) or None
