"""Inputs and payloads of the mutations about passkeys."""

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.authenticator import Authenticator
from schema.fields import attribute
from schema.inputs import optional, required
from schema.maxima import KEY, PUBLIC_KEY, SEALED, TEXT
from schema.payload import UserError, user_errors
from schema.scalars import BigInt
from schema.user_changes import USER

CREDENTIAL = "The credential id, in base64."


@strawberry.input(description="A passkey to register.")
class CreateAuthenticatorInput:
    """In the terms of Auth.js."""

    user: strawberry.ID = required(USER, SEALED)
    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    provider_account_id: str = required(
        "The `providerAccountId` of the user's account of type `webauthn`. Without that account the passkey does not "
        "count as a way to sign in.",
        KEY,
    )
    credential_public_key: str = required("The public key, in base64.", PUBLIC_KEY)
    counter: BigInt = required("How often it has signed, from 0 to 2^32 - 1.")
    device_type: str = required("`singleDevice` or `multiDevice`.", TEXT)
    backed_up: bool = required("Whether it is backed up.")
    transports: str | None = optional("How it can be reached, separated by commas.", TEXT)


@strawberry.input(description="A passkey's counter after a sign-in.")
class UpdateAuthenticatorCounterInput:
    """It never goes back."""

    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    counter: BigInt = required("The new value, not less than the stored one.")


@strawberry.input(description="The passkey to remove.")
class DeleteAuthenticatorInput:
    """The last way to sign in stays unless forced."""

    credential_id: str = required(CREDENTIAL, KEY, guess=True)
    force: bool = strawberry.field(
        description="Remove it even if it is the user's last way to sign in. Requires `admin`.", default=False
    )


@strawberry.type(description="The answer to `createAuthenticator`.")
class CreateAuthenticatorPayload:
    """What was made."""

    authenticator: Authenticator | None = attribute("The new passkey.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `updateAuthenticatorCounter`.")
class UpdateAuthenticatorCounterPayload:
    """What it is now."""

    authenticator: Authenticator | None = attribute("The passkey as it is now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `deleteAuthenticator`.")
class DeleteAuthenticatorPayload:
    """What was deleted."""

    authenticator: Authenticator | None = attribute("The passkey as it was.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
