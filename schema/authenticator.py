"""Passkeys as clients see them."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import strawberry

from dynamo import models
from resolvers import users
from resolvers.scopes import OWN_ACCOUNT, OWN_USER
from schema import node
from schema.enums import DeviceType
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
    device_type: DeviceType | None = attribute(
        "The WebAuthn device type. Null if what is stored is no device type, which this API and Auth.js never store.",
        OWN_ACCOUNT,
    )
    backed_up: bool = attribute("Whether the passkey is backed up.", OWN_ACCOUNT)
    transports: list[str] | None = attribute(
        "The WebAuthn transports, such as `internal` and `hybrid`. Null if none are known.", OWN_ACCOUNT
    )


@strawberry.type(description="A passkey and its cursor in a list of passkeys.")
class AuthenticatorEdge:
    cursor: str = attribute("The cursor of this passkey. Pass it as `after` to list what comes next.", OWN_ACCOUNT)
    node: Authenticator = attribute("The passkey.", OWN_ACCOUNT)


@strawberry.type(description="One page of a list of passkeys.")
class AuthenticatorConnection:
    edges: list[AuthenticatorEdge] = attribute("The passkeys of this page, each with its cursor.", OWN_ACCOUNT)
    nodes: list[Authenticator] = attribute("The passkeys of this page.", OWN_ACCOUNT)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", OWN_ACCOUNT)
