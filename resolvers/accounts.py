"""Accounts: lookup, linking, unlinking, and the replacement of tokens."""

from collections.abc import Mapping
from typing import Any, Final

from dynamo import accounts, models
from dynamo.accounts import TOKEN_ATTRIBUTES, NewAccount
from dynamo.entities import AccountKey
from dynamo.errors import Repetition
from dynamo.models import ACCOUNT_ATTRIBUTES
from resolvers import inputs, repetition
from resolvers.attributes import check_for
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, within
from resolvers.payloads import Result, mutation, open_to_people
from resolvers.scopes import Scope

MAX_EXPIRES_AT: Final = 2**53 - 1


async def by_key(context: Context, provider: str, provider_account_id: str) -> models.Account | None:
    """An account by provider and account id. A person finds only their own accounts."""
    person = context.principal.person
    if person is not None:
        return await of_user(context, person.user.user_id, provider, provider_account_id)
    found = await context.loaders.accounts.load((provider, provider_account_id))
    return found[0] if found else None


async def by_id(context: Context, sealed: str) -> models.Account | None:
    """An account by global id."""
    key = context.ids.key_of(sealed, "Account")
    return await of_user(context, *key) if key is not None else None


async def of_user(context: Context, user_id: str, provider: str, provider_account_id: str) -> models.Account | None:
    """An account of one user; None if there is none or the caller may not access it."""
    if not context.principal.reaches(user_id, Scope.ACCOUNTS_READ):
        return None
    found = await context.loaders.entities.load(AccountKey(user_id, provider, provider_account_id))
    return found if isinstance(found, models.Account) else None


def new_account(
    context: Context,
    *,
    provider: str,
    provider_account_id: str,
    type: str,
    attributes: object = None,
    **tokens: Any,
) -> NewAccount:
    """Check the account to store. Raises `InputError`."""
    stored = inputs.attributes(context, attributes, ACCOUNT_ATTRIBUTES) | _tokens(tokens)
    return NewAccount(provider, provider_account_id, inputs.required_text(type, "type"), stored)


def _tokens(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check token attributes and return them by their stored names. Raises `InputError`."""
    stored: dict[str, Any] = {}
    for name, value in given.items():
        field = TOKEN_ATTRIBUTES[name]
        if name == "expires_at":
            if value is not None and not 0 <= value <= MAX_EXPIRES_AT:
                reason = f"expiresAt is {value}; it must be in seconds since the Unix epoch, at most 2^53 - 1."
                raise InputError(ErrorCode.INVALID, reason, field)
            stored[name] = value
        else:
            stored[name] = inputs.token(value, field)
    return stored


@mutation
async def link(context: Context, /, *, user: str, idempotency_key: str | None = None, **account: Any) -> Result:
    """Link an account to a user that already exists."""
    seed = repetition.seed(context, "linkAccount", idempotency_key)
    user_id = inputs.target_user(context, user, Scope.ACCOUNTS_WRITE)
    try:
        return {"account": await accounts.link(context.table, user_id, new_account(context, **account), seed)}
    except Repetition as repeated:
        return {"account": repetition.recognised(context, repeated)}


@mutation
@open_to_people("by")
async def unlink(context: Context, *, by: Mapping[str, Any], force: bool = False) -> Result:
    """Unlink an account. A user's last way to sign in stays, unless a program forces it."""
    account = await _target(context, by)
    return {"account": await accounts.unlink(context.table, account, force=force)}


@mutation
async def update_tokens(
    context: Context,
    /,
    *,
    by: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    attributes: object = None,
    **tokens: Any,
) -> Result:
    """Replace an account's tokens, provided that it still has the expected ones."""
    account = await _target(context, by)
    custom = inputs.attributes(context, attributes, ACCOUNT_ATTRIBUTES)
    check = check_for(context, custom)
    if check is not None:
        check(account)
    changes = custom | _tokens(tokens)
    with within("expected"):
        unchanged = _tokens(expected or {})
    return {"account": await accounts.update_tokens(context.table, account, changes, unchanged)}


async def _target(context: Context, by: Mapping[str, Any]) -> models.Account:
    """The account that an input names, if the caller may change it. Raises `InputError`."""
    account: models.Account | None = None
    match by:
        case {"id": sealed}:
            user_id, *key = inputs.key_behind(context, sealed, "Account", "by")
            if context.principal.reaches(user_id, Scope.ACCOUNTS_WRITE):
                account = await accounts.get(context.table, user_id, *key)
        case {"account": key} if context.principal.person is not None:
            account = await accounts.get(context.table, context.principal.person.user.user_id, **key)
        case {"account": key}:
            # An account that signs nobody in can be changed by its key too, if no other account has that key.
            found = await accounts.find_all(context.table, **key)
            account = found[0] if found else None
    if account is None:
        raise InputError(ErrorCode.NOT_FOUND, "There is no such account.", "by")
    return account
