"""What people may do with their own account, if the operator allows it: delete it, and export what is stored."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from dynamo import models, partition
from dynamo.sessions import SignedIn
from resolvers import attributes
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, NotAllowed, TooMany, Unauthenticated
from resolvers.exports import Form
from resolvers.settings import SelfService

YOUNG: Final = timedelta(minutes=10)
"""How long after they signed in people may delete themselves."""
CLOCK_TOLERANCE: Final = timedelta(seconds=15)
"""How far in the future the beginning of a session may be, because clocks differ."""
FOR_OTHERS: Final = frozenset(("disabledReason",))
"""Attributes of a user that the schema promises not to show them."""

R = TypeVar("R", models.Account, models.Authenticator, models.Session)

_DOES: Final = {
    SelfService.DELETE: "delete themselves",
    SelfService.EXPORT: "export what is stored about them",
}


def refusal(context: Context, service: SelfService) -> str | None:
    """Why the signed-in person may not use a service; None if they may."""
    if service not in context.service.self_service:
        return (
            f"The operator of this server does not let people {_DOES[service]}. `{service.value}` in "
            "AUTHGRAPH_SELF_SERVICE would allow it."
        )
    if context.principal.impersonated:
        return f"Whoever acts as somebody else may not {_DOES[service].replace('themselves', 'them')}."
    return None


def check_deletion(context: Context, person: SignedIn) -> None:
    """Raise `InputError` unless the person may delete themselves, and has just signed in."""
    reason = refusal(context, SelfService.DELETE)
    if reason is not None:
        raise InputError(ErrorCode.FORBIDDEN, reason)
    if not _is_young(person.since):
        minutes = YOUNG // timedelta(minutes=1)
        raise InputError(
            ErrorCode.SIGN_IN_AGAIN,
            f"Sign in again, and delete yourself within {minutes} minutes: this session is older, or does not say how "
            "old it is.",
        )


def _is_young(since: datetime | None) -> bool:
    return since is not None and -CLOCK_TOLERANCE <= datetime.now(UTC) - since < YOUNG


async def export(context: Context, person: SignedIn) -> Mapping[str, Any]:
    """Everything that is stored about a person, without secrets. Raises `NotAllowed`, and `TooMany` instead of leaving
    anything out."""
    reason = refusal(context, SelfService.EXPORT)
    if reason is not None:
        raise NotAllowed(reason)
    found = await partition.read_complete(context.table, person.user.user_id)
    if found is None:
        raise TooMany("More is stored about you than one response can hold. Ask the operator for a copy of it.")
    if found.user is None or not found.user.may_sign_in:
        raise Unauthenticated("You are not signed in any more.")
    form = Form(context.table.key_attributes, partial(attributes.searched, context))
    told: dict[str, Any] = {
        "user": {name: value for name, value in form.user(found.user).items() if name not in FOR_OTHERS}
    }
    told["accounts"] = [form.account(one) async for one in _owned(context, found.accounts)]
    told["authenticators"] = [form.passkey(one) async for one in _owned(context, found.authenticators)]
    told["sessions"] = [form.session(one) async for one in _owned(context, _in_order(context, found.sessions))]
    return told


async def _owned(context: Context, records: Sequence[R]) -> AsyncIterator[R]:
    """Those that name their user, with pauses for other requests. Others may say something about somebody else."""
    for record in records:
        if record.owned:
            await context.turn.share()
            yield record


def _in_order(context: Context, sessions: Sequence[models.Session]) -> Sequence[models.Session]:
    """Sessions by their expiry: the table has them in the order of their tokens, which are secrets."""
    return sorted(sessions, key=lambda one: (one.expires, context.ids.id_of(one)))
