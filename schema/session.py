"""Sessions as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from dynamo import models
from resolvers import attributes, sessions, users
from resolvers.scopes import OWN_SESSION, OWN_USER, READ_SECRETS
from schema import node
from schema.fields import ONE, Info, attribute, field
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.user import User


@strawberry.type(description="A session: one user, signed in on one device.")
class Session(node.Node):
    """A SESSION item of the table, read from `models.Session`."""

    READ_OFF: ClassVar = models.Session

    @field(
        "The user of this session. Null if that user no longer exists.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=users.owners,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        (user,) = await users.owners(info.context, [self])
        return user

    user_id: strawberry.ID = attribute("The raw id of the session's user.", OWN_SESSION)
    expires: datetime | None = attribute(
        "When the session expires. Never null. Its type allows null so that an operation can select `expires` of "
        "sessions and of API keys together.",
        OWN_SESSION,
    )
    created_at: datetime | None = attribute(
        "When the session was created. Null if that is not known: the official adapter does not store it.", OWN_SESSION
    )
    user_agent: str | None = attribute(
        "The `User-Agent` header of the browser that the session was created for. Null if the app gave none.",
        OWN_SESSION,
    )
    ip_address: str | None = attribute(
        "The IP address that the session was created from. Null if the app gave none.", OWN_SESSION
    )
    last_seen_at: datetime | None = attribute(
        "When the session was last used, up to an hour too early: it is stored at most once an hour. Null if that is "
        "not known, or if the operator does not store it (`AUTHGRAPH_SESSION_LAST_SEEN`).",
        OWN_SESSION,
    )
    impersonator: str | None = attribute(
        "Who acts as the user in this session, as `createSession` was told. Null if it is the user themselves. Such a "
        "session ends an hour after it was created, and can use no mutation but `deleteSession`, to sign out.",
        OWN_SESSION,
    )
    expired: bool = attribute("Whether the session has expired. An expired session signs nobody in.", OWN_SESSION)

    @field("Whether this is the session that the request was made with.", OWN_SESSION)
    def current(self: Any, info: Info) -> bool:
        """Compare with the session that the caller signed in with."""
        return sessions.is_current(info.context, self)

    @field(
        "The custom attributes that apps stored with the session, and each stored value that its own field cannot "
        "show, such as a word in `expires`. Values that may be secrets are left out, at any depth. People see only the "
        "attributes that the operator lists in `AUTHGRAPH_VIEWER_SESSION_ATTRIBUTES`.",
        OWN_SESSION,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out every value that may be a secret, at any depth."""
        return JSON(attributes.of_session(info.context, self))

    @field(
        "Each custom attribute that `attributes` returns in part or not at all because it may hold a secret, with "
        "its full value.",
        READ_SECRETS,
        whole_item=True,
    )
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Return the full value of each attribute that is left out, in part or in full."""
        return JSON(attributes.secret_ones(info.context, self))

    token: str | None = attribute(
        "The session token. Anyone who has it is signed in as this user. In the payload of the mutation that created "
        "the session, no scope is needed to read it.",
        READ_SECRETS,
        is_token=True,
    )


@strawberry.type(description="A session and its cursor in a list of sessions.")
class SessionEdge:
    cursor: str = attribute("The cursor of this session. Pass it as `after` to list what comes next.", OWN_SESSION)
    node: Session = attribute("The session.", OWN_SESSION)


@strawberry.type(description="One page of a list of sessions.")
class SessionConnection:
    edges: list[SessionEdge] = attribute("The sessions of this page, each with its cursor.", OWN_SESSION)
    nodes: list[Session] = attribute("The sessions of this page.", OWN_SESSION)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", OWN_SESSION)
