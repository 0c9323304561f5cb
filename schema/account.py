"""Accounts as clients see them."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

import strawberry

from dynamo import models
from resolvers import attributes, users
from resolvers.scopes import OWN_ACCOUNT, OWN_USER, READ_SECRETS
from schema import node
from schema.fields import ONE, Info, attribute, field
from schema.scalars import JSON, BigInt

if TYPE_CHECKING:
    from schema.user import User

UNLESS_SECRET: Final = "Null if the value contains a secret; read `secretAttributes` then."


@strawberry.type(description="The tokens that the provider issued. Each is a secret.")
class AccountTokens:
    READ_OFF: ClassVar = models.Account

    access_token: str | None = attribute("The OAuth access token.", READ_SECRETS)
    refresh_token: str | None = attribute("The OAuth refresh token.", READ_SECRETS)
    id_token: str | None = attribute("The OpenID Connect ID token.", READ_SECRETS)


@strawberry.type(description="An account at a provider, linked to a user.")
class Account(node.Node):
    """An ACCOUNT item of the table, read from `models.Account`."""

    READ_OFF: ClassVar = models.Account

    @field(
        "The user that this account signs in. Null if that user no longer exists.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=users.owners,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        (user,) = await users.owners(info.context, [self])
        return user

    user_id: strawberry.ID = attribute("The raw id of the user that this account signs in.", OWN_ACCOUNT)
    provider: str = attribute("The provider's id, such as `github`.", OWN_ACCOUNT)
    provider_account_id: str = attribute("The account's id at the provider.", OWN_ACCOUNT)
    type: str = attribute("The kind of account: `oauth`, `oidc`, `email` or `webauthn`.", OWN_ACCOUNT)

    @field(f"The OAuth scope that the provider granted. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def scope(self: Any, info: Info) -> str | None:
        """The stored text, or None if it may be a secret."""
        return attributes.answered(info.context, self, "scope")

    @field(f"The type of the access token. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def token_type(self: Any, info: Info) -> str | None:
        """The stored text, or None if it may be a secret."""
        return attributes.answered(info.context, self, "token_type")

    expires_at: BigInt | None = attribute(
        "When the access token expires, in seconds since the Unix epoch.", OWN_ACCOUNT
    )

    @field(f"The OpenID Connect session state. {UNLESS_SECRET}", OWN_ACCOUNT, whole_item=True)
    def session_state(self: Any, info: Info) -> str | None:
        """The stored text, or None if it may be a secret."""
        return attributes.answered(info.context, self, "session_state")

    @field(
        "All other attributes stored with the account, and each stored value that its own field cannot show, such as "
        "a list in `scope`. Values that may be secrets are left out, at any depth. Empty for people.",
        OWN_ACCOUNT,
        whole_item=True,
    )
    def attributes(self: Any, info: Info) -> JSON:
        """Leave out every value that may be a secret, at any depth."""
        return JSON(attributes.of_account(info.context, self))

    @field(
        "Each attribute that may hold a secret, with its full value: those that `attributes` returns in part or not at "
        "all, what `tokens` cannot show, and `scope`, `token_type` and `session_state` where those fields are null "
        "because of a secret.",
        READ_SECRETS,
        whole_item=True,
    )
    def secret_attributes(self: Any, info: Info) -> JSON:
        """Return the full value of each attribute that is left out, in part or in full, and of the fields above that
        are null."""
        return JSON(attributes.secret_ones(info.context, self))

    @field("The tokens that the provider issued.", READ_SECRETS, type=AccountTokens | None)
    def tokens(self: Any) -> models.Account:
        """The fields of `AccountTokens` are attributes of the account's record."""
        account: models.Account = self
        return account


@strawberry.type(description="An account and its cursor in a list of accounts.")
class AccountEdge:
    cursor: str = attribute("The cursor of this account. Pass it as `after` to list what comes next.", OWN_ACCOUNT)
    node: Account = attribute("The account.", OWN_ACCOUNT)


@strawberry.type(description="One page of a list of accounts.")
class AccountConnection:
    edges: list[AccountEdge] = attribute("The accounts of this page, each with its cursor.", OWN_ACCOUNT)
    nodes: list[Account] = attribute("The accounts of this page.", OWN_ACCOUNT)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", OWN_ACCOUNT)
