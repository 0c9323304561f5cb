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


@strawberry.input(description="A session to change, identified by exactly one of these fields.", one_of=True)
class SessionKey:
    id: strawberry.ID | None = optional("The session's global id.", SEALED)
    session_token: str | None = optional("The session token.", KEY, guess=True)


@strawberry.input(description="The session to create.")
class CreateSessionInput(RegisterSessionInput):
    """The fields of `RegisterSessionInput`, and the user, which `registerUser` creates itself."""

    user: strawberry.ID = required(USER, SEALED)


@strawberry.input(description="Changes to a session. An omitted field keeps its value.")
class UpdateSessionInput:
    """An expired session cannot be extended."""

    by: SessionKey = required("The session to change.")
    expires: datetime | None = optional(
        "When the session expires. Must be in the future and before the year 9999. Fractions of a second are dropped."
    )
    attributes: JSON | None = optional(
        f"Custom attributes to set, as an object. Attributes not named in it keep their values. {PARTLY_SHOWN}",
        ATTRIBUTES,
    )


@strawberry.input(description="The session to revoke.")
class DeleteSessionInput:
    by: SessionKey = required("The session to revoke.", guess=True)


@strawberry.input(description="The sessions to revoke: all sessions of a user, or all except one.")
class DeleteSessionsInput:
    user: strawberry.ID = required(USER, SEALED, guess=True)
    keep: SessionKey | None = optional("A session of this user to keep. Use it to sign the user out everywhere else.")


@strawberry.type(description="The result of `createSession`.")
class CreateSessionPayload:
    session: Session | None = attribute("The new session. Its `token` can be read here.", SIGNED_IN, reveals_token=True)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateSession`.")
class UpdateSessionPayload:
    session: Session | None = attribute("The session after the update.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteSession`.")
class DeleteSessionPayload:
    session: Session | None = attribute("The session that was revoked. Null if there was none.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteSessions`.")
class DeleteSessionsPayload:
    deleted_count: int | None = attribute("How many sessions were revoked.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
