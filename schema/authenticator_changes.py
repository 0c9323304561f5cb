"""The mutations about passkeys, with their inputs and payloads."""

from typing import Annotated, Any

import strawberry

from dynamo import models
from resolvers import authenticators, users
from resolvers.authenticators import MOST_TRANSPORTS
from resolvers.payloads import Payload
from resolvers.scopes import CHANGE_OWN_ACCOUNT, OWN_USER, SIGNED_IN, WRITE_ACCOUNTS
from schema.authenticator import Authenticator
from schema.enums import DeviceType
from schema.fields import CHANGE, ONE, Info, attribute, described, field
from schema.idempotency import idempotency_key
from schema.inputs import given, optional, required
from schema.lookups import CREDENTIAL, AuthenticatorBy, UserBy
from schema.maxima import KEY, NAME, PUBLIC_KEY
from schema.payload import GONE, UNLESS_DELETED, UserError, user_errors
from schema.scalars import BigInt
from schema.user import User


@strawberry.input(description="The passkey to register.")
class CreateAuthenticatorInput:
    """The fields have the names that Auth.js gives them."""

    user: UserBy = required("The user to register the passkey for.")
    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    provider_account_id: str = required(
        "The `providerAccountId` of the user's account of type `webauthn`. If the user has no such account, the "
        "passkey does not count as a way to sign in.",
        KEY,
    )
    credential_public_key: str = required("The public key, in base64.", PUBLIC_KEY)
    counter: BigInt = required("The WebAuthn signature counter, from 0 to 2^32 - 1.")
    device_type: DeviceType = required("The WebAuthn device type.")
    backed_up: bool = required("Whether the passkey is backed up.")
    transports: list[str] | None = optional(
        f"The WebAuthn transports, such as `internal` and `hybrid`, without commas: at most {MOST_TRANSPORTS}.",
        NAME,
        each=True,
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="The new signature counter of a passkey.")
class UpdateAuthenticatorCounterInput:
    by: AuthenticatorBy = required("The passkey that was used.")
    counter: BigInt = required("The new value. Must not be lower than the stored value.")


@strawberry.input(description="The passkey to remove.")
class DeleteAuthenticatorInput:
    """Without `force`, the last way to sign in stays."""

    by: AuthenticatorBy = required("The passkey to remove.")
    force: bool = strawberry.field(
        description="Remove the passkey even if the user then has no way to sign in. Only API keys can set it.",
        default=False,
    )


@strawberry.type(description="The result of `createAuthenticator`.")
class CreateAuthenticatorPayload:
    authenticator: Authenticator | None = attribute("The new passkey.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateAuthenticatorCounter`.")
class UpdateAuthenticatorCounterPayload:
    authenticator: Authenticator | None = attribute(f"The passkey after the update. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteAuthenticator`.")
class DeleteAuthenticatorPayload:
    deleted_authenticator_id: strawberry.ID | None = attribute(
        "The global id of the passkey. A passkey that is named by its id has it here even if it was removed before.",
        SIGNED_IN,
    )
    authenticator: Authenticator | None = attribute("The passkey that was removed.", SIGNED_IN)

    @field(f"The user whose passkey it was. {GONE}", OWN_USER, type=User | None, cost=ONE)
    async def user(self: Any, info: Info) -> models.User | None:
        return await users.changed(info.context, self)

    user_errors: list[UserError] = user_errors()


@strawberry.type
class AuthenticatorMutations:
    """The mutations about passkeys; `schema.mutation` gathers them."""

    @field("Register a passkey.", WRITE_ACCOUNTS, type=CreateAuthenticatorPayload, cost=CHANGE)
    async def create_authenticator(
        self,
        info: Info,
        input: Annotated[CreateAuthenticatorInput, described("The passkey to register, and its user.")],
    ) -> Payload:
        return await authenticators.create(info.context, **given(input))

    @field(
        "Store the signature counter of a passkey after a sign-in. A lower counter than the stored one is rejected.",
        WRITE_ACCOUNTS,
        type=UpdateAuthenticatorCounterPayload,
        cost=CHANGE,
    )
    async def update_authenticator_counter(
        self,
        info: Info,
        input: Annotated[UpdateAuthenticatorCounterInput, described("The passkey and its new counter.")],
    ) -> Payload:
        return await authenticators.update_counter(info.context, **given(input))

    @field(
        "Remove a passkey. Rejected if it is the user's last way to sign in, unless forced.",
        CHANGE_OWN_ACCOUNT,
        type=DeleteAuthenticatorPayload,
        cost=CHANGE,
    )
    async def delete_authenticator(
        self, info: Info, input: Annotated[DeleteAuthenticatorInput, described("The passkey to remove.")]
    ) -> Payload:
        return await authenticators.delete(info.context, **given(input))
