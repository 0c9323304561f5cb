"""Users as clients see them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from dynamo import models
from resolvers import attributes, children
from resolvers.connections import LARGEST_PAGE, Connection
from resolvers.scopes import OWN_ACCOUNT, OWN_SESSION, OWN_USER, READ_SECRETS, READ_USERS, SIGNED_IN
from schema import node
from schema.account import AccountConnection
from schema.authenticator import Authenticator
from schema.fields import PAGE, After, Cost, First, Info, attribute, described, field
from schema.scalars import JSON
from schema.session import Session, SessionConnection


@strawberry.type(description="That a user may not sign in.")
class Disablement:
    """A bar on signing in."""

    at: datetime = attribute("Since when.", OWN_USER)
    until: datetime | None = attribute("Until when; null means for good.", OWN_USER)
    reason: str | None = attribute("Why, as the administrator wrote it.", READ_USERS)


@strawberry.type(description="A person who can sign in.")
class User(node.Node):
    """A USER item."""

    user_id: strawberry.ID = attribute("The raw id, as Auth.js gives it to the app as `user.id`.", OWN_USER)
    name: str | None = attribute("The name to show.", OWN_USER)
    email: str | None = attribute("The e-mail address, as it is stored.", OWN_USER)
    email_verified: datetime | None = attribute("When the e-mail address was verified.", OWN_USER)
    image: str | None = attribute("The address of a picture.", OWN_USER)
    disabled: Disablement | None = attribute("The bar on signing in, while one is in force.", OWN_USER)

    @field(
        "The custom model: every stored attribute that no field shows, without what may be a secret at any depth. "
        "People see those that the operator lists in `AUTHGRAPH_VIEWER_ATTRIBUTES`.",
        OWN_USER,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out what may be a secret."""
        return JSON(attributes.of_user(info.context, self))

    @field("The attributes of which `attributes` leaves something out, whole.", READ_SECRETS, whole_item=True)
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Only these."""
        return JSON(attributes.secret_ones(info.context, self))

    @field(
        "The accounts at providers that sign the user in.",
        OWN_ACCOUNT,
        type=AccountConnection,
        cost=PAGE,
        batch=children.accounts,
    )
    async def accounts(self: Any, info: Info, first: First = 50, after: After = None) -> Connection[models.Account]:
        """Page through ACCOUNT items."""
        (found,) = await children.accounts(info.context, [self], first, after)
        return found

    @field(
        "The user's sessions, those that end last first. Of more than 1,000 none is listed: the page is empty, and "
        "what follows it an error.",
        OWN_SESSION,
        type=SessionConnection,
        cost=PAGE,
        batch=children.sessions,
    )
    async def sessions(
        self: Any,
        info: Info,
        first: First = 50,
        after: After = None,
        include_expired: Annotated[bool, described("Also those past their time that are still stored.")] = False,
    ) -> Connection[models.Session]:
        """Page through SESSION items."""
        (found,) = await children.sessions(info.context, [self], first, after, include_expired)
        return found

    @field(
        "The user's passkeys, at most 100.",
        OWN_ACCOUNT,
        type=list[Authenticator],
        cost=Cost(size=LARGEST_PAGE),
        batch=children.authenticators,
    )
    async def authenticators(self: Any, info: Info) -> list[models.Authenticator]:
        """Read AUTHENTICATOR items."""
        (found,) = await children.authenticators(info.context, [self])
        return found


@strawberry.type(description="A user in a list.")
class UserEdge:
    """Relay's edge."""

    cursor: str = attribute("The position after this user.", READ_USERS)
    node: User = attribute("The user.", READ_USERS)


@strawberry.type(description="A page of users.")
class UserConnection:
    """Relay's connection."""

    edges: list[UserEdge] = attribute("The users with their cursors.", READ_USERS)
    nodes: list[User] = attribute("The users.", READ_USERS)
    page_info: node.PageInfo = attribute("Where the page lies in the list.", READ_USERS)


@strawberry.type(description="The person who is signed in.")
class Viewer:
    """A verified session with its user."""

    user: User = attribute("The person.", SIGNED_IN)
    session: Session = attribute("The session of this request.", SIGNED_IN)
