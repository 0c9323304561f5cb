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


@strawberry.type(description="A passkey (a WebAuthn credential).")
class Authenticator(node.Node):
    """An AUTHENTICATOR item of the table, read from `models.Authenticator`."""

    READ_OFF: ClassVar = models.Authenticator

    @field(
        "The user that this passkey signs in. Null if that user no longer exists.",
        OWN_USER,
        type=Annotated["User", strawberry.lazy("schema.user")] | None,
        cost=ONE,
        batch=users.owners,
    )
    async def user(self: Any, info: Info) -> models.User | None:
        (user,) = await users.owners(info.context, [self])
        return user

    user_id: strawberry.ID = attribute("The raw id of the user that this passkey signs in.", OWN_ACCOUNT)
    credential_id: str = attribute("The WebAuthn credential id, in base64 with padding.", OWN_ACCOUNT)
    provider_account_id: str = attribute(
        "The `providerAccountId` of the account that this passkey belongs to. The `type` of that account is "
        "`webauthn`.",
        OWN_ACCOUNT,
    )
    credential_public_key: str = attribute("The public key, in base64.", OWN_ACCOUNT)
    counter: BigInt = attribute("The WebAuthn signature counter. Synced passkeys report 0.", OWN_ACCOUNT)
    device_type: str = attribute("The WebAuthn device type: `singleDevice` or `multiDevice`.", OWN_ACCOUNT)
    backed_up: bool = attribute("Whether the passkey is backed up.", OWN_ACCOUNT)
    transports: str | None = attribute(
        "The WebAuthn transports, separated by commas, such as `internal,hybrid`.", OWN_ACCOUNT
    )
