"""Inputs and payloads of the mutations about verification tokens."""

from datetime import datetime
from typing import Final

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.fields import attribute
from schema.inputs import required
from schema.maxima import KEY
from schema.payload import UserError, user_errors
from schema.verification_token import VerificationToken

IDENTIFIER: Final = "The identifier that the token is sent to, usually an e-mail address."


@strawberry.input(description="The verification token to store.")
class CreateVerificationTokenInput:
    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token, stored as given. Auth.js hashes it before it calls this API.", KEY)
    expires: datetime = required(
        "When the token expires. Must be in the future and before the year 9999. Fractions of a second are dropped."
    )
    invalidate_older: bool = strawberry.field(
        description="Delete the identifier's older tokens first, so that only the newest link works.", default=False
    )


@strawberry.input(description="The verification token to use.")
class UseVerificationTokenInput:
    """If several callers use a token at the same time, one of them gets it."""

    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token as stored.", KEY, guess=True)


@strawberry.input(description="The identifier whose verification tokens to delete.")
class DeleteVerificationTokensInput:
    identifier: str = required(IDENTIFIER, KEY, guess=True)


@strawberry.type(description="The result of `createVerificationToken`.")
class CreateVerificationTokenPayload:
    verification_token: VerificationToken | None = attribute("The new token.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `useVerificationToken`.")
class UseVerificationTokenPayload:
    verification_token: VerificationToken | None = attribute(
        "The token that was used. Null if it is wrong, unknown, already used or expired.", SIGNED_IN
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteVerificationTokens`.")
class DeleteVerificationTokensPayload:
    deleted_count: int | None = attribute("How many tokens were deleted.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
