"""Passkeys as clients see them."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from dynamo import models
from resolvers import users
from resolvers.scopes import OWN_ACCOUNT, OWN_USER
from schema import node
from schema.fields import ONE, Info, attribute, field
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.user import User


@strawberry.type(description="A passkey.")
class Authenticator(node.Node):
    """An AUTHENTICATOR item."""

    READ_OFF: ClassVar = models.Authenticator

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
    credential_id: str = attribute("The credential id, in base64 with padding.", OWN_ACCOUNT)
    provider_account_id: str = attribute(
        "The `providerAccountId` of the account it belongs to, whose type is `webauthn`.", OWN_ACCOUNT
    )
    credential_public_key: str = attribute("The public key, in base64.", OWN_ACCOUNT)
    counter: BigInt = attribute("How often it has signed; 0 for synced passkeys.", OWN_ACCOUNT)
    device_type: str = attribute("`singleDevice` or `multiDevice`.", OWN_ACCOUNT)
    backed_up: bool = attribute("Whether it is backed up.", OWN_ACCOUNT)
    transports: str | None = attribute("How it can be reached, separated by commas.", OWN_ACCOUNT)
