"""Users as clients see them."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

import strawberry

from dynamo import models
from dynamo.audit_log import Entry
from dynamo.partition import MOST_READ_WHOLE, MOST_UNITS
from resolvers import attributes, audit_events, children, self_service
from resolvers.pagination import Connection
from resolvers.scopes import OWN_ACCOUNT, OWN_AUDIT, OWN_SESSION, OWN_USER, READ_SECRETS, READ_USERS, SIGNED_IN
from schema import node
from schema.account import AccountConnection
from schema.audit_event import AuditEventConnection
from schema.authenticator import AuthenticatorConnection
from schema.fields import PAGE, After, Cost, First, Info, attribute, described, field
from schema.scalars import JSON
from schema.session import Session, SessionConnection


@strawberry.type(description="A restriction that prevents the user from signing in.")
class Disablement:
    """Why and how long a user may not sign in, read from `models.Disablement`."""

    READ_OFF: ClassVar = models.Disablement

    at: datetime = attribute("When the user was disabled.", OWN_USER)
    until: datetime | None = attribute("When the user may sign in again. Null if the restriction has no end.", OWN_USER)
    reason: str | None = attribute("The reason that the administrator gave.", READ_USERS)


@strawberry.type(description="A person who can sign in to your apps.")
class User(node.Node):
    """A USER item of the table, read from `models.User`."""

    READ_OFF: ClassVar = models.User

    user_id: strawberry.ID = attribute("The raw id: the id that your app sees as `user.id` in Auth.js.", OWN_USER)
    name: str | None = attribute("The user's display name.", OWN_USER)
    email: str | None = attribute("The user's e-mail address, as stored.", OWN_USER)
    email_verified: datetime | None = attribute("When the e-mail address was verified.", OWN_USER)
    image: str | None = attribute("The URL of the user's picture.", OWN_USER)
    disabled: Disablement | None = attribute(
        "The restriction that prevents the user from signing in. Null if the user is not disabled.", OWN_USER
    )
    deleting_at: datetime | None = attribute(
        "When the deletion of the user began. The user cannot sign in. Null if the user is not being deleted.", OWN_USER
    )

    created_at: datetime | None = attribute(
        "When the user was created. Null if that is not known: the official adapter does not store it.", OWN_USER
    )
    last_sign_in_at: datetime | None = attribute(
        "When the user last signed in. Null if that is not known. It is stored only if the operator keeps the list "
        "`signed_in` of the directory.",
        OWN_USER,
    )

    @field(
        "The custom attributes that apps stored with the user, and each stored value that its own field cannot show, "
        "such as a list in `name`. Values that may be secrets are left out, at any depth. "
        "People see only the attributes that the operator lists in `AUTHGRAPH_VIEWER_ATTRIBUTES`.",
        OWN_USER,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out every value that may be a secret, at any depth."""
        return JSON(attributes.of_user(info.context, self))

    @field(
        "Each custom attribute that `attributes` returns in part or not at all because it may hold a secret, with "
        "its full value.",
        READ_SECRETS,
        whole_item=True,
    )
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Return the full value of each attribute that is left out, in part or in full."""
        return JSON(attributes.secret_ones(info.context, self))

    @field(
        "The accounts that are linked to the user.",
        OWN_ACCOUNT,
        type=AccountConnection,
        cost=PAGE,
        batch=children.accounts,
        in_partition=True,
    )
    async def accounts(self: Any, info: Info, first: First = 50, after: After = None) -> Connection[models.Account]:
        (found,) = await children.accounts(info.context, [self], first, after)
        return found

    @field(
        "The user's sessions, newest first. A session without `createdAt` counts as created 30 days before it expires, "
        "as sessions of Auth.js usually last 30 days. A user with more than 1,000 sessions gets an empty page, and an "
        "error when the next page is requested.",
        OWN_SESSION,
        type=SessionConnection,
        cost=PAGE,
        batch=children.sessions,
        in_partition=True,
    )
    async def sessions(
        self: Any,
        info: Info,
        first: First = 50,
        after: After = None,
        include_expired: Annotated[bool, described("Include expired sessions that are still stored.")] = False,
    ) -> Connection[models.Session]:
        (found,) = await children.sessions(info.context, [self], first, after, include_expired)
        return found

    @field(
        "The user's passkeys.",
        OWN_ACCOUNT,
        type=AuthenticatorConnection,
        cost=PAGE,
        batch=children.authenticators,
        in_partition=True,
    )
    async def authenticators(
        self: Any, info: Info, first: First = 50, after: After = None
    ) -> Connection[models.Authenticator]:
        (found,) = await children.authenticators(info.context, [self], first, after)
        return found

    @field(
        "The changes that concern the user, newest first, as far as the audit log is kept. People see their own "
        "sign-ins and what they changed themselves.",
        OWN_AUDIT,
        type=AuditEventConnection,
        cost=PAGE,
        batch=audit_events.of_users,
    )
    async def audit_events(self: Any, info: Info, first: First = 50, after: After = None) -> Connection[Entry]:
        (found,) = await audit_events.of_users(info.context, [self], first, after)
        return found


@strawberry.type(description="A user and their cursor in a list of users.")
class UserEdge:
    cursor: str = attribute(
        "The cursor of this user. Pass it as `after` to list what comes next, or as `before` for what comes before.",
        READ_USERS,
    )
    node: User = attribute("The user.", READ_USERS)


@strawberry.type(description="One page of a list of users.")
class UserConnection:
    edges: list[UserEdge] = attribute("The users of this page, each with their cursor.", READ_USERS)
    nodes: list[User] = attribute("The users of this page.", READ_USERS)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", READ_USERS)
    complete: bool = attribute(
        "Whether the lists of the directory that the page needs are whole. False until `python server.py directory "
        "build` has filled them, and for `search` while the list `email` or `name` is off. `extensions.directory` of "
        "the response names these lists and says what to do. Pages that need no such list are always complete.",
        READ_USERS,
    )


EXPORT: Final = Cost(weight=round(2 * MOST_UNITS))
"""The read units of the largest export, which is read consistently."""


@strawberry.type(description="The signed-in person, with the session of the request.")
class Viewer:
    """Read from `dynamo.sessions.SignedIn`: the verified user and, if it is stored, their session."""

    user: User = attribute("The signed-in person.", SIGNED_IN)
    session: Session | None = attribute(
        "The session that the request was made with. Null for a JWT session, because it is not stored.", SIGNED_IN
    )

    @field(
        "Everything that is stored about the signed-in person, in the form of the command `export`: `user` with all "
        "custom attributes, `accounts`, `authenticators` and `sessions`, under the names under which they are stored. "
        "Without secrets: tokens, and attributes that may hold one. It is complete or an error: `LIMIT_EXCEEDED` for "
        f"more than {MOST_READ_WHOLE:,} items or about 600 KB. `FORBIDDEN` unless the operator has listed `export` in "
        "`AUTHGRAPH_SELF_SERVICE`, and for whoever acts as somebody else.",
        SIGNED_IN,
        type=JSON | None,
        cost=EXPORT,
    )
    async def export(self: Any, info: Info) -> JSON:
        """The person whom `self` has verified."""
        return JSON(await self_service.export(info.context, self))
