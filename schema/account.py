"""Accounts as clients see them."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from dynamo import models
from resolvers import attributes, users
from resolvers.scopes import OWN_ACCOUNT, OWN_USER, READ_SECRETS
from schema import node
from schema.fields import ONE, Info, attribute, field
from schema.scalars import JSON, BigInt

if TYPE_CHECKING:
    from schema.user import User

UNLESS_SECRET = "Null if it holds a secret; `secretAttributes` has it then."


@strawberry.type(description="The tokens a provider issued. They are secrets.")
class AccountTokens:
    """The secret attributes of an ACCOUNT item."""

    access_token: str | None = attribute("The OAuth access token.", READ_SECRETS)
    refresh_token: str | None = attribute("The OAuth refresh token.", READ_SECRETS)
    id_token: str | None = attribute("The OpenID Connect id token.", READ_SECRETS)


@strawberry.type(description="A user's account at a provider.")
class Account(node.Node):
    """An ACCOUNT item."""

    @field(
        "The user it signs in; null if they are gone.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=users.owners,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        """Load the owner."""
        (user,) = await users.owners(info.context, [self])
        return user

    user_id: strawberry.ID = attribute("The raw id of the user it signs in.", OWN_ACCOUNT)
    provider: str = attribute("The provider's id, such as `github`.", OWN_ACCOUNT)
    provider_account_id: str = attribute("The account's id at the provider.", OWN_ACCOUNT)
    type: str = attribute("The kind of account: `oauth`, `oidc`, `email` or `webauthn`.", OWN_ACCOUNT)

    @field(f"The scope that was granted. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def scope(self: Any, info: Info) -> str | None:
        """As the provider answered it."""
        return attributes.answered(info.context, self, "scope")

    @field(f"The type of the access token. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def token_type(self: Any, info: Info) -> str | None:
        """As the provider answered it."""
        return attributes.answered(info.context, self, "token_type")

    expires_at: BigInt | None = attribute("When the access token ends, in seconds since the epoch.", OWN_ACCOUNT)

    @field(f"OpenID Connect's session state. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def session_state(self: Any, info: Info) -> str | None:
        """As the provider answered it."""
        return attributes.answered(info.context, self, "session_state")

    @field(
        "Every other attribute that was stored with the account, without what may be a secret at any depth. Empty for "
        "people.",
        OWN_ACCOUNT,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out what may be a secret."""
        return JSON(attributes.of_account(info.context, self))

    @field(
        "The other attributes of which `attributes` leaves something out, whole, and those that a field leaves out.",
        READ_SECRETS,
        whole_item=True,
    )
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Only these."""
        return JSON(attributes.secret_ones(info.context, self))

    @field("The tokens the provider issued.", READ_SECRETS, type=AccountTokens | None)
    def tokens(self: Any) -> models.Account:
        """The account is its tokens' source."""
        account: models.Account = self
        return account


@strawberry.type(description="An account in a list.")
class AccountEdge:
    """Relay's edge."""

    cursor: str = attribute("The position after this account.", OWN_ACCOUNT)
    node: Account = attribute("The account.", OWN_ACCOUNT)


@strawberry.type(description="A page of accounts.")
class AccountConnection:
    """Relay's connection."""

    edges: list[AccountEdge] = attribute("The accounts with their cursors.", OWN_ACCOUNT)
    nodes: list[Account] = attribute("The accounts.", OWN_ACCOUNT)
    page_info: node.PageInfo = attribute("Where the page lies in the list.", OWN_ACCOUNT)
