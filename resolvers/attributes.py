"""Which custom attributes a caller sees: a person those that the operator lists, a program those that are not secret.

Within a request, each record is searched for secrets once, however many fields and aliases ask for its attributes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from dynamo import models
from resolvers import secrecy
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.scopes import Scope
from resolvers.secrecy import Seen

Record = models.User | models.Account | models.Session

ANSWERED: Final = ("scope", "token_type", "session_state")
"""The fields of an account that its provider fills, by their stored names."""
ALL: Final = "all"
LISTED: Final = "listed"


def of_user(context: Context, user: models.User) -> Mapping[str, Any]:
    """The custom attributes of a user that the caller may see."""
    return _shown(context, user, context.service.viewer_attributes)


def of_account(context: Context, account: models.Account) -> Mapping[str, Any]:
    """The attributes that a provider returned besides the known fields; none for people, because they are not meant
    for a browser."""
    return _shown(context, account, ())


def of_session(context: Context, session: models.Session) -> Mapping[str, Any]:
    """The custom attributes of a session that the caller may see."""
    return _shown(context, session, context.service.viewer_session_attributes)


def secret_ones(context: Context, record: Record) -> dict[str, Any]:
    """The full value of each attribute that is left out in part or in full, and of each field that `answered`
    withholds."""
    hidden = _seen(context, record).concealed
    if isinstance(record, models.Account):
        stored = {name: getattr(record, name) for name in ANSWERED}
        hidden |= {name: text for name, text in stored.items() if answered(context, record, name) != text}
    return hidden


def answered(context: Context, account: models.Account, name: str) -> str | None:
    """A field of an account that its provider fills; None if the value may be a secret."""
    text: str | None = getattr(account, name)
    if text is None:
        return None
    if len(text) <= secrecy.LONGEST_ANSWER:
        hidden, steps = secrecy.is_hidden(text)
        context.steps += steps
        return None if hidden else text
    key = (account, name)
    if key not in context.looked:
        context.looked[key], steps = secrecy.answered(text)
        context.steps += steps
    seen: str | None = context.looked[key]
    return seen


def check_for(context: Context, given: Mapping[str, Any]) -> Callable[[Record], None] | None:
    """Make a check that refuses to set attributes of which the caller sees only a part; None if the caller sees
    everything.

    A caller who reads such an attribute, changes it and writes it back would delete the part that is hidden from them.
    Null is allowed, because it deletes the whole attribute on purpose. The new value makes no difference: otherwise the
    error would show whether it contains the hidden part.
    """
    written = [name for name, value in given.items() if value is not None]
    if not written or context.principal.may(Scope.SECRETS_READ):
        return None

    def check(record: Record) -> None:
        if not any(isinstance(record.attributes.get(name), dict | list) for name in written):
            return
        seen = _seen(context, record)
        for name in written:
            if name in seen.shown and seen.shown[name] is not seen.attributes[name]:
                raise _partly_shown(name)

    return check


def _partly_shown(name: str) -> InputError:
    reason = (
        f"{name} holds something that you are not shown, and that would be lost. Clear it with null first, or use a "
        "key with `secrets:read`."
    )
    return InputError(ErrorCode.INVALID, reason, "attributes", name)


def _shown(context: Context, record: Record, listed: Collection[str]) -> Mapping[str, Any]:
    if context.principal.person is None:
        return _seen(context, record).shown
    key = (record, LISTED)
    if key not in context.looked:
        # The operator wants people to see a listed name, even if it sounds secret.
        attributes = {name: value for name, value in record.attributes.items() if name in listed}
        _keep(context, key, secrecy.seen(attributes, _own(record), trusted=True))
    seen: Seen = context.looked[key]
    return seen.shown


def _seen(context: Context, record: Record) -> Seen:
    key = (record, ALL)
    if key not in context.looked:
        _keep(context, key, secrecy.seen(record.attributes, _own(record)))
    seen: Seen = context.looked[key]
    return seen


def _keep(context: Context, key: tuple[Record, str], seen: Seen) -> None:
    context.looked[key] = seen
    context.steps += seen.steps


def _own(record: Record) -> Sequence[str | None]:
    """The tokens of a record, which its attributes may contain too."""
    match record:
        case models.Session():
            return (record.token,)
        case models.Account():
            return (record.access_token, record.refresh_token, record.id_token)
    return ()
