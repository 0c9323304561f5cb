"""Merging one user into another."""

from collections.abc import Mapping, Sequence
from typing import Any

from dynamo import email as addresses
from dynamo import merge_notes, merging, models, users
from resolvers import targets
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, graphql_name
from resolvers.payloads import Result, mutation
from resolvers.scopes import Scope


@mutation
async def merge(context: Context, *, keep: Mapping[str, Any], lose: Mapping[str, Any]) -> Result:
    """Merge a user into another one. A call that is sent again continues its merge, or finds it done."""
    check = Checks()
    kept = lost = ""
    with check:
        kept = await targets.user(context, keep, Scope.USERS_WRITE, "keep")
    with check:
        lost = await _to_lose(context, kept, lose)
    check.done()
    call = merge_notes.Call(kept, lost, _named_by(lose))
    merged = await merging.merge(context.table, kept, lost, call)
    if not merged.deleted and not await merge_notes.is_done(context.table, kept, lost):
        raise _no_such_user(lose)
    gone = lose["id"] if "id" in lose else context.ids.id_of_user(lost)
    return {"user": await _left(context, kept), "deleted_user_id": gone}


async def _to_lose(context: Context, kept: str, lose: Mapping[str, Any]) -> str:
    """The raw id of the user to delete. Raises `InputError`.

    A merge takes the key from the user who had it, and somebody else may get it. So a call that is sent again names
    the user whom it named before, if their merge is done or has begun.
    """
    found = await targets.find_user(context, lose, Scope.USERS_WRITE, "lose")
    named_by = _named_by(lose)
    if kept and named_by:
        before = await merge_notes.named(context.table, kept, named_by)
        if before not in (None, found) and await merging.is_begun_or_done(context.table, kept, before):
            found = before
    if found is None:
        raise _no_such_user(lose)
    return found


def _named_by(by: Mapping[str, Any]) -> Sequence[str]:
    """The kind of key that names a user, and its parts; nothing for an id."""
    match by:
        case {"email": email}:
            return ("email", addresses.normalise(email))
        case {"account": {"provider": provider, "provider_account_id": provider_account_id}}:
            return ("account", provider, provider_account_id)
        case {"session_token": token}:
            return ("session_token", token)
    return ()


async def _left(context: Context, kept: str) -> models.User | None:
    """The user who was kept; None if they were deleted since."""
    user = await users.get(context.table, kept, consistent=True)
    return None if user is None or user.ghost else user


def _no_such_user(by: Mapping[str, Any]) -> InputError:
    return InputError(ErrorCode.NOT_FOUND, "There is no such user.", "lose", *map(graphql_name, by))
