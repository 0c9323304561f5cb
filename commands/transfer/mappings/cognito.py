"""Amazon Cognito: the output of `aws cognito-idp list-users`. Source: ListUsers in the API reference of user pools."""

from typing import Any

import orjson

from commands.transfer.mappings.fields import account, date, objects, record, since, without_none
from commands.transfer.row import WrongRow
from resolvers import secrecy


def translate(value: object) -> dict[str, Any]:
    """A user with their federated identities. The id is `sub`; `custom:` attributes are kept without that prefix."""
    given = record(value)
    held = {one.get("Name"): one.get("Value") for one in _attributes(given) if isinstance(one.get("Name"), str)}
    verified = held.get("email_verified")
    created = given.get("UserCreateDate")
    # Some versions of the CLI write seconds since the Unix epoch.
    at = date(created * 1000 if isinstance(created, int | float) and not isinstance(created, bool) else created)
    enabled = given.get("Enabled")
    user = {
        "id": held.get("sub") or given.get("Username"),
        "email": held.get("email"),
        "emailVerified": since({"true": True, "false": False}.get(str(verified)), at, "email_verified"),
        "name": held.get("name"),
        "image": held.get("picture"),
        "createdAt": at,
        "disabledAt": since(None if enabled is None else enabled is False, None, "Enabled"),
    }
    custom = {
        name.removeprefix("custom:"): text
        for name, text in held.items()
        if isinstance(name, str) and name.startswith("custom:")
    }
    return {"user": {**secrecy.shown(custom), **without_none(user)}, "accounts": _accounts(held.get("identities"))}


def _attributes(given: Any) -> list[Any]:
    return objects(given.get("Attributes"), "Attributes")


def _accounts(text: object) -> list[dict[str, Any]]:
    """The identities, which are JSON in a text."""
    if text is None:
        return []
    try:
        identities = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        identities = None
    if identities is None:
        raise WrongRow("identities", "is not JSON in a string")
    return [account(one.get("providerName"), one.get("userId")) for one in objects(identities, "identities")]
