"""What a caller sees of custom attributes: a person what the operator lists, a program what does not sound secret."""

from collections.abc import Collection
from typing import Any

from dynamo import models
from resolvers import secrecy
from resolvers.context import Context


def of_user(context: Context, user: models.User) -> dict[str, Any]:
    """A user's custom model."""
    return _shown(context, user.attributes, context.service.viewer_attributes)


def of_account(context: Context, account: models.Account) -> dict[str, Any]:
    """What a provider returned beside the fields: nothing of it is meant for the person's browser."""
    return _shown(context, account.attributes, ())


def of_session(context: Context, session: models.Session) -> dict[str, Any]:
    """What the app stored with a session."""
    return _shown(context, session.attributes, context.service.viewer_session_attributes)


def _shown(context: Context, attributes: dict[str, Any], listed: Collection[str]) -> dict[str, Any]:
    if context.principal.person is None:
        return secrecy.shown(attributes)
    # A name that the operator lists is meant to be seen, however it sounds.
    return secrecy.below({name: value for name, value in attributes.items() if name in listed})
