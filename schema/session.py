"""Sessions as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from dynamo import models
from resolvers import attributes, sessions, users
from resolvers.scopes import OWN_SESSION, OWN_USER, READ_SECRETS
from schema import node
from schema.fields import ONE, Info, attribute, field
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.user import User


@strawberry.type(description="A sign-in on one device.")
class Session(node.Node):
    """A SESSION item."""

    @field(
        "The user who is signed in; null if they are gone.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=users.owners,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        """Load the owner."""
        (user,) = await users.owners(info.context, [self])
        return user

    user_id: strawberry.ID = attribute("The raw id of the user who is signed in.", OWN_SESSION)
    expires: datetime = attribute("When it ends.", OWN_SESSION)
    expired: bool = attribute("Whether it has ended. Such a session signs nobody in.", OWN_SESSION)

    @field("Whether it is the session of this request.", OWN_SESSION)
    def current(self: Any, info: Info) -> bool:
        """Compare with the caller's session."""
        return sessions.is_current(info.context, self)

    @field(
        "Every attribute the app stored with the session, without what may be a secret at any depth. People see those "
        "that the operator lists in `AUTHGRAPH_VIEWER_SESSION_ATTRIBUTES`.",
        OWN_SESSION,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out what may be a secret."""
        return JSON(attributes.of_session(info.context, self))

    @field("The attributes of which `attributes` leaves something out, whole.", READ_SECRETS, whole_item=True)
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Only these."""
        return JSON(attributes.secret_ones(info.context, self))

    token: str | None = attribute(
        "The session token, which signs in whoever holds it. Shown without that scope only for a session made in the "
        "same request.",
        READ_SECRETS,
    )


@strawberry.type(description="A session in a list.")
class SessionEdge:
    """Relay's edge."""

    cursor: str = attribute("The position after this session.", OWN_SESSION)
    node: Session = attribute("The session.", OWN_SESSION)


@strawberry.type(description="A page of sessions.")
class SessionConnection:
    """Relay's connection."""

    edges: list[SessionEdge] = attribute("The sessions with their cursors.", OWN_SESSION)
    nodes: list[Session] = attribute("The sessions.", OWN_SESSION)
    page_info: node.PageInfo = attribute("Where the page lies in the list.", OWN_SESSION)
