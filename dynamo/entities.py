"""Reads of entities by key: any mix of users, accounts, passkeys and API keys in one BatchGetItem."""

from collections.abc import Sequence
from typing import NamedTuple

from dynamo import keys, models
from dynamo.client import Table
from dynamo.item import Item, Place

# Tuples, because hundreds of keys are compared and hashed. The field `type` keeps keys of different types unequal.

Entity = models.User | models.Account | models.Authenticator | models.ApiKey


class UserKey(NamedTuple):
    """The key of a USER item: the user's raw id."""

    user_id: str
    type: str = "User"


class AccountKey(NamedTuple):
    """The key of an ACCOUNT item in its user's partition."""

    user_id: str
    provider: str
    provider_account_id: str
    type: str = "Account"


class AuthenticatorKey(NamedTuple):
    """The key of an AUTHENTICATOR item in its user's partition."""

    user_id: str
    credential_id: str
    type: str = "Authenticator"


class ApiKeyKey(NamedTuple):
    """The key of an APIKEY item: the public part of the API key."""

    key_id: str
    type: str = "ApiKey"


EntityKey = UserKey | AccountKey | AuthenticatorKey | ApiKeyKey


async def read(table: Table, wanted: Sequence[EntityKey]) -> list[Entity | Exception | None]:
    """Read distinct entities, one by GetItem, several by BatchGetItem.

    The result is in the order of the keys, with an error in place of each entity that could not be read.
    """
    places = [_place(key) for key in wanted]
    # Two accounts can share a place: provider `a` with id `b#c` and provider `a#b` with id `c`.
    found = await table.get_many(list(dict.fromkeys(place for place in places if place is not None)))
    return [
        _entity(table, key, found.get(place)) if place is not None else None
        for key, place in zip(wanted, places, strict=True)
    ]


def _place(key: EntityKey) -> Place | None:
    """The partition key and sort key of an entity; None if the parts cannot form a key."""
    if isinstance(key, UserKey):
        if not keys.is_possible(key.user_id):
            return None
        user = keys.user(key.user_id)
        return user, user
    parts: tuple[str, ...]
    match key:
        case AccountKey(user_id, provider, provider_account_id):
            parts = (user_id, provider, provider_account_id)
            place = (keys.user(user_id), keys.account(provider, provider_account_id))
        case AuthenticatorKey(user_id, credential_id):
            parts, place = (user_id, credential_id), (keys.user(user_id), keys.authenticator(credential_id))
        case ApiKeyKey(key_id):
            parts, place = (key_id,), (keys.api_key(key_id), keys.api_key(key_id))
    return place if all(map(keys.is_possible, parts)) and keys.fits(place[1]) else None


def _entity(table: Table, key: EntityKey, item: Item | Exception | None) -> Entity | Exception | None:
    if item is None or isinstance(item, Exception):
        return item
    match key:
        case UserKey():
            return models.user(table, item)
        case AccountKey(_, provider, provider_account_id):
            account = models.account(table, item)
            # Provider `a` with id `b#c` and provider `a#b` with id `c` share a sort key.
            is_it = (account.provider, account.provider_account_id) == (provider, provider_account_id)
            return account if is_it else None
        case AuthenticatorKey():
            return models.authenticator(table, item)
        case ApiKeyKey():
            return models.api_key(table, item)
