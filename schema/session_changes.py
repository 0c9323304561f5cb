"""Inputs and payloads of the mutations about sessions."""

from datetime import datetime

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.fields import attribute
from schema.inputs import optional, required
from schema.maxima import ATTRIBUTES, KEY, SEALED
from schema.payload import UserError, user_errors
from schema.scalars import JSON
from schema.session import Session
from schema.user_changes import PARTLY_SHOWN, USER, RegisterSessionInput


@strawberry.input(description="Which session to change, by exactly one of its keys.", one_of=True)
class SessionKey:
    """Exactly one."""

    id: strawberry.ID | None = optional("The global id.", SEALED)
    session_token: str | None = optional("The token.", KEY, guess=True)


@strawberry.input(description="A session to create.")
class CreateSessionInput(RegisterSessionInput):
    """A session with its user."""

    user: strawberry.ID = required(USER, SEALED)


@strawberry.input(description="Changes to a session. What is left out stays.")
class UpdateSessionInput:
    """An expired session cannot be extended."""

    by: SessionKey = required("Which session.")
    expires: datetime | None = optional("When it ends: in the future and before the year 9999. Cut to whole seconds.")
    attributes: JSON | None = optional(
        f"Custom attributes to set, as an object; those it does not name stay. {PARTLY_SHOWN}", ATTRIBUTES
    )


@strawberry.input(description="The session to revoke.")
class DeleteSessionInput:
    """Safe to repeat."""

    by: SessionKey = required("Which session.", guess=True)


@strawberry.input(description="The sessions to revoke: all of a user's, or all but one.")
class DeleteSessionsInput:
    """Sign out everywhere."""

    user: strawberry.ID = required(USER, SEALED, guess=True)
    keep: SessionKey | None = optional("A session of the user's to keep, for signing out everywhere else.")


@strawberry.type(description="The answer to `createSession`.")
class CreateSessionPayload:
    """What was made."""

    session: Session | None = attribute("The new session, with its token.", SIGNED_IN, reveals_token=True)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `updateSession`.")
class UpdateSessionPayload:
    """What it is now."""

    session: Session | None = attribute("The session as it is now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `deleteSession`.")
class DeleteSessionPayload:
    """What was deleted."""

    session: Session | None = attribute("The session as it was; null if there was none.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `deleteSessions`.")
class DeleteSessionsPayload:
    """How many were deleted."""

    deleted_count: int | None = attribute("How many sessions were revoked.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
