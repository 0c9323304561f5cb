"""Accounts: lookup, linking, unlinking, and the replacement of tokens."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dynamo import accounts, models, moves
from dynamo.accounts import TOKEN_ATTRIBUTES, NewAccount
from dynamo.entities import AccountKey
from dynamo.errors import NotFound, Repetition
from dynamo.models import ACCOUNT_ATTRIBUTES
from resolvers import inputs, repetition, targets
from resolvers.attribute_changes import attribute_changes, revised
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import AlreadyGone, ErrorCode, InputError, within
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
    """Check the account to store. Raises `InputErrors`."""
    check = Checks()
    check(accounts.check_provider, provider)
    check(accounts.check_provider_account_id, provider_account_id)
    with check:
        inputs.required_text(accounts.check_type(type), "type")
    custom = check(inputs.attributes, context, attributes, ACCOUNT_ATTRIBUTES)
    given = check(_tokens, tokens)
    check.done()
    return NewAccount(provider, provider_account_id, type, custom | given)


def _tokens(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check token attributes and return them by their stored names. Raises `InputErrors`."""
    check = Checks()
    stored = {name: check(_token, name, value) for name, value in given.items()}
    check.done()
    return stored


def _token(name: str, value: Any) -> Any:
    field = TOKEN_ATTRIBUTES[name]
    if name != "expires_at":
        return inputs.token(value, field)
    if value is not None and not 0 <= value <= MAX_EXPIRES_AT:
        reason = f"expiresAt is {value}; it must be in seconds since the Unix epoch, at most 2^53 - 1."
        raise InputError(ErrorCode.INVALID, reason, field)
    return value


@mutation
async def link(
    context: Context, /, *, user: Mapping[str, Any], idempotency_key: str | None = None, **account: Any
) -> Result:
    """Link an account to a user that already exists."""
    check = Checks()
    seed = check(repetition.seed, context, "linkAccount", idempotency_key)
    with check:
        user_id = await targets.user(context, user, Scope.ACCOUNTS_WRITE, "user")
    with check:
        new = new_account(context, **account)
    check.done()
    try:
        return {"account": await accounts.link(context.table, user_id, new, seed)}
    except Repetition as repeated:
        return {"account": repetition.recognised(context, repeated)}


@mutation
@open_to_people("by")
async def unlink(context: Context, *, by: Mapping[str, Any], force: bool = False) -> Result:
    """Unlink an account. A user's last way to sign in stays, unless a program forces it."""
    target = await targets.account(context, by)
    told = {"deleted_account_id": target.id, "user_id": target.user_id}
    try:
        account = target.or_raise(accounts.missing)
        return {"account": await accounts.unlink(context.table, account, force=force), **told}
    except NotFound as error:
        raise AlreadyGone(error, told) from None


@mutation
async def move(context: Context, *, by: Mapping[str, Any], to: Mapping[str, Any], force: bool = False) -> Result:
    """Move an account to another user. A user's last way to sign in stays, unless a program forces it."""
    check = Checks(by=by)
    user_id = ""
    account: models.Account | None = None
    with check:
        user_id = await targets.user(context, to, Scope.ACCOUNTS_WRITE, "to")
    with check:
        target = await targets.account(context, by)
        account = target.record or await _moved_before(context, by, user_id)
        if account is None:
            raise accounts.missing()
    check.done()
    assert account is not None  # noqa: S101 - `done` has raised without one
    moved = await moves.move(context.table, account, user_id, force=force)
    is_known = target.id is not None and target.user_id != user_id
    told = {"deleted_account_id": target.id, "user_id": target.user_id} if is_known else {}
    return {"account": moved, **told}


async def _moved_before(context: Context, by: Mapping[str, Any], user_id: str) -> models.Account | None:
    """The account that a global id named before it moved to a user: the answer to a call that is sent again."""
    if "id" not in by or not user_id:
        return None
    _, provider, provider_account_id = targets.key_behind(context, by["id"], "Account", "by")
    return await accounts.get(context.table, user_id, provider, provider_account_id)


@mutation
async def update_tokens(
    context: Context,
    /,
    *,
    by: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    attributes: object = None,
    remove_attributes: Sequence[str] | None = None,
    **tokens: Any,
) -> Result:
    """Replace an account's tokens, provided that it still has the expected ones."""
    check = Checks(by=by)
    with check:
        account = (await targets.account(context, by)).or_raise(accounts.missing)
    custom = check(attribute_changes, context, attributes, remove_attributes, ACCOUNT_ATTRIBUTES)
    given = check(_tokens, tokens)
    with check, within("expected"):
        unchanged = _tokens(expected or {})
    check.done()
    changes = revised(context, custom, account) | given
    return {"account": await accounts.update_tokens(context.table, account, changes, unchanged)}
