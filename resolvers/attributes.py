"""What a caller sees of custom attributes: a person what the operator lists, a program what does not sound secret."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from dynamo import models
from resolvers import secrecy
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.scopes import Scope

Record = models.User | models.Account | models.Session


def of_user(context: Context, user: models.User) -> dict[str, Any]:
    """A user's custom model."""
    return _shown(context, user, context.service.viewer_attributes)


def of_account(context: Context, account: models.Account) -> dict[str, Any]:
    """What a provider returned beside the fields: nothing of it is meant for the person's browser."""
    return _shown(context, account, ())


def of_session(context: Context, session: models.Session) -> dict[str, Any]:
    """What the app stored with a session."""
    return _shown(context, session, context.service.viewer_session_attributes)


def secret_ones(record: Record) -> dict[str, Any]:
    """The attributes of which something is left out, whole, and what a field of an account leaves out."""
    hidden = secrecy.concealed(record.attributes, _own(record))
    if isinstance(record, models.Account):
        answered = {"scope": record.scope, "token_type": record.token_type, "session_state": record.session_state}
        hidden |= {name: text for name, text in answered.items() if secrecy.harmless(text) != text}
    return hidden


def check_for(context: Context, given: Mapping[str, Any]) -> Callable[[Record], None] | None:
    """What refuses to set these attributes on a record if the caller is shown a part of one only; None if they see all.

    Who reads an attribute, changes it and writes it back would take away what they were not shown. Null takes one away
    as a whole. What the new value holds makes no difference: the answer would tell whether it holds the hidden part.
    """
    written = [name for name, value in given.items() if value is not None]
    if not written or context.principal.may(Scope.SECRETS_READ):
        return None

    def check(record: Record) -> None:
        attributes = record.attributes
        if not any(isinstance(attributes.get(name), dict | list) for name in written):
            return
        left = secrecy.shown(attributes, _own(record))
        for name in written:
            if name in left and left[name] is not attributes[name]:
                raise _partly_shown(name)

    return check


def _partly_shown(name: str) -> InputError:
    reason = (
        f"{name} holds something that you are not shown, and that would be lost. Clear it with null first, or use a "
        "key with `secrets:read`."
    )
    return InputError(ErrorCode.INVALID, reason, "attributes", name)


def _shown(context: Context, record: Record, listed: Collection[str]) -> dict[str, Any]:
    attributes, own = record.attributes, _own(record)
    if context.principal.person is None:
        return secrecy.shown(attributes, own)
    # A name that the operator lists is meant to be seen, however it sounds.
    return secrecy.below({name: value for name, value in attributes.items() if name in listed}, own)


def _own(record: Record) -> Sequence[str | None]:
    """The tokens of a record, which may stand in its attributes too."""
    match record:
        case models.Session():
            return (record.token,)
        case models.Account():
            return (record.access_token, record.refresh_token, record.id_token)
    return ()
