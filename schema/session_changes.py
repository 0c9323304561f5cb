"""The mutations about sessions, with their inputs and payloads."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from dynamo import models
from dynamo.sessions import MOST_LISTED
from resolvers import sessions, users
from resolvers.payloads import Payload
from resolvers.scopes import CHANGE_OWN_SESSION, OWN_SESSION, OWN_USER, SIGNED_IN, WRITE_SESSIONS
from schema.fields import CHANGE, ONE, Info, attribute, described, field
from schema.idempotency import ROTATES, idempotency_key
from schema.inputs import given, optional, required
from schema.lookups import SessionBy, UserBy
from schema.maxima import ATTRIBUTES, IMPERSONATOR, NAME
from schema.payload import GONE, UNLESS_DELETED, UserError, user_errors
from schema.scalars import JSON
from schema.session import Session
from schema.user import User
from schema.user_changes import PARTLY_SHOWN, REMOVED, WRITTEN_BACK, RegisterSessionInput


@strawberry.input(description="The session to create.")
class CreateSessionInput(RegisterSessionInput):
    """The fields of `RegisterSessionInput`, and the user, which `registerUser` creates itself."""

    user: UserBy = required("The user to sign in.")
    impersonator: str | None = optional(
        "Who will act as the user, for example the id or the e-mail address of somebody in support. The session shows "
        "it, ends after an hour even if `expires` is later, and can use no mutation but `deleteSession`, to sign out. "
        "It ends no other session of the user. Requires `users:impersonate`.",
        IMPERSONATOR,
        guess=False,
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Changes to a session. An omitted field keeps its value.")
class UpdateSessionInput:
    """An expired session cannot be extended."""

    by: SessionBy = required("The session to change.")
    expires: datetime | None = optional(
        "When the session expires. Must be in the future. Fractions of a second are dropped. A session with an "
        "`impersonator` never lasts longer than an hour: a later time counts as the end of that hour."
    )
    attributes: JSON | None = optional(
        "Custom attributes to set, as an object. Attributes not named in it keep their values. "
        f"{WRITTEN_BACK} {PARTLY_SHOWN}",
        ATTRIBUTES,
    )
    remove_attributes: list[str] | None = optional(REMOVED, NAME, each=True)


@strawberry.input(description="The session to give a new token.")
class RotateSessionInput:
    """The new token is always random, so nobody can choose one that they know."""

    by: SessionBy = required("The session to rotate.")
    idempotency_key: str | None = idempotency_key(ROTATES, "rotation")


@strawberry.input(description="The session to revoke.")
class DeleteSessionInput:
    by: SessionBy = required("The session to revoke.", guess=True)


@strawberry.input(description="The sessions to revoke: all sessions of a user, or all except one.")
class DeleteSessionsInput:
    user: UserBy = required("The user whose sessions to revoke.", guess=True)
    keep: SessionBy | None = optional("A session of this user to keep. Use it to sign the user out everywhere else.")


@strawberry.type(description="The result of `createSession`.")
class CreateSessionPayload:
    session: Session | None = attribute("The new session. Its `token` can be read here.", SIGNED_IN, reveals_token=True)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateSession`.")
class UpdateSessionPayload:
    session: Session | None = attribute(f"The session after the update. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `rotateSession`.")
class RotateSessionPayload:
    session: Session | None = attribute(
        "The session with its new id. Its new `token` can be read here.", SIGNED_IN, reveals_token=True
    )
    previous_session_id: strawberry.ID | None = attribute(
        "The global id that the session had before. It names nothing any more.", SIGNED_IN
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteSession`.")
class DeleteSessionPayload:
    deleted_session_id: strawberry.ID | None = attribute(
        "The global id of the session. A session that is named by its id has it here even if it was revoked before.",
        SIGNED_IN,
    )
    session: Session | None = attribute("The session that was revoked. Null if there was none.", SIGNED_IN)

    @field(f"The user whose session it was. {GONE}", OWN_USER, type=User | None, cost=ONE)
    async def user(self: Any, info: Info) -> models.User | None:
        return await users.changed(info.context, self)

    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteSessions`.")
class DeleteSessionsPayload:
    deleted_count: int | None = attribute("How many sessions were revoked.", SIGNED_IN)

    @field(
        f"The global ids of the revoked sessions, in no particular order. Null if they were more than {MOST_LISTED:,}: "
        "fetch the user's sessions again then.",
        OWN_SESSION,
    )
    def deleted_session_ids(self: Any, info: Info) -> list[strawberry.ID] | None:
        """Only a hash of a session's token is part of its id."""
        ids = sessions.ids_of_revoked(info.context, self)
        return None if ids is None else [strawberry.ID(id) for id in ids]

    @field(f"The user whose sessions were revoked. {GONE}", OWN_USER, type=User | None, cost=ONE)
    async def user(self: Any, info: Info) -> models.User | None:
        return await users.changed(info.context, self)

    user_errors: list[UserError] = user_errors()


@strawberry.type
class SessionMutations:
    """The mutations about sessions; `schema.mutation` gathers them."""

    @field("Create a session, which signs a user in.", WRITE_SESSIONS, type=CreateSessionPayload, cost=CHANGE)
    async def create_session(
        self, info: Info, input: Annotated[CreateSessionInput, described("The session to create, and its user.")]
    ) -> Payload:
        return await sessions.create(info.context, **given(input))

    @field("Extend a session or update its attributes.", WRITE_SESSIONS, type=UpdateSessionPayload, cost=CHANGE)
    async def update_session(
        self, info: Info, input: Annotated[UpdateSessionInput, described("The session and the fields to change.")]
    ) -> Payload:
        return await sessions.update(info.context, **given(input))

    @field(
        "Replace the token of a session, for example when the rights of its user change. The old token stops working "
        "at once. Expiry, device, `impersonator` and custom attributes stay, and the global id changes with the token.",
        WRITE_SESSIONS,
        type=RotateSessionPayload,
        cost=CHANGE,
    )
    async def rotate_session(
        self, info: Info, input: Annotated[RotateSessionInput, described("The session to give a new token.")]
    ) -> Payload:
        return await sessions.rotate(info.context, **given(input))

    @field(
        "Revoke a session. Safe to repeat. A session with an `impersonator` can revoke itself only.",
        CHANGE_OWN_SESSION,
        type=DeleteSessionPayload,
        cost=CHANGE,
        open_to_impersonators=True,
    )
    async def delete_session(
        self, info: Info, input: Annotated[DeleteSessionInput, described("The session to revoke.")]
    ) -> Payload:
        return await sessions.delete(info.context, **given(input))

    @field(
        "Revoke all sessions of a user, or all except one. A JWT session is not stored, and stays valid until it "
        "expires or the user is disabled. Safe to repeat.",
        CHANGE_OWN_SESSION,
        type=DeleteSessionsPayload,
        cost=CHANGE,
    )
    async def delete_sessions(
        self, info: Info, input: Annotated[DeleteSessionsInput, described("The user whose sessions to revoke.")]
    ) -> Payload:
        return await sessions.delete_all(info.context, **given(input))
