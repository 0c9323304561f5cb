"""Inputs and payloads of the mutations about passkeys."""

from typing import Final

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.authenticator import Authenticator
from schema.fields import attribute
from schema.inputs import optional, required
from schema.maxima import KEY, PUBLIC_KEY, SEALED, TEXT
from schema.payload import UserError, user_errors
from schema.scalars import BigInt
from schema.user_changes import USER

CREDENTIAL: Final = "The WebAuthn credential id, in base64 or base64url."


@strawberry.input(description="The passkey to register.")
class CreateAuthenticatorInput:
    """The fields have the names that Auth.js gives them."""

    user: strawberry.ID = required(USER, SEALED)
    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    provider_account_id: str = required(
        "The `providerAccountId` of the user's account of type `webauthn`. If the user has no such account, the "
        "passkey does not count as a way to sign in.",
        KEY,
    )
    credential_public_key: str = required("The public key, in base64.", PUBLIC_KEY)
    counter: BigInt = required("The WebAuthn signature counter, from 0 to 2^32 - 1.")
    device_type: str = required("The WebAuthn device type: `singleDevice` or `multiDevice`.", TEXT)
    backed_up: bool = required("Whether the passkey is backed up.")
    transports: str | None = optional("The WebAuthn transports, separated by commas, such as `internal,hybrid`.", TEXT)


@strawberry.input(description="The new signature counter of a passkey.")
class UpdateAuthenticatorCounterInput:
    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    counter: BigInt = required("The new value. Must not be lower than the stored value.")


@strawberry.input(description="The passkey to remove.")
class DeleteAuthenticatorInput:
    """Without `force`, the last way to sign in stays."""

    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    force: bool = strawberry.field(
        description="Remove the passkey even if the user then has no way to sign in. Requires `admin`.", default=False
    )


@strawberry.type(description="The result of `createAuthenticator`.")
class CreateAuthenticatorPayload:
    authenticator: Authenticator | None = attribute("The new passkey.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateAuthenticatorCounter`.")
class UpdateAuthenticatorCounterPayload:
    authenticator: Authenticator | None = attribute("The passkey after the update.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteAuthenticator`.")
class DeleteAuthenticatorPayload:
    authenticator: Authenticator | None = attribute("The passkey that was removed.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
