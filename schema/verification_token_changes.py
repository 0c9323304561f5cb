"""Inputs and payloads of the mutations about verification tokens."""

from datetime import datetime

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.fields import attribute
from schema.inputs import required
from schema.maxima import KEY
from schema.payload import UserError, user_errors
from schema.verification_token import VerificationToken

IDENTIFIER = "Whom it is sent to, usually an e-mail address."


@strawberry.input(description="A verification token to store.")
class CreateVerificationTokenInput:
    """Stored as given: Auth.js hashes it first."""

    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token as it is to be stored; Auth.js hashes it first.", KEY)
    expires: datetime = required("When it ends: in the future and before the year 9999. Cut to whole seconds.")
    invalidate_older: bool = strawberry.field(
        description="Delete the identifier's older tokens first, so that only the newest link works.", default=False
    )


@strawberry.input(description="The verification token to use up.")
class UseVerificationTokenInput:
    """One of many callers gets it."""

    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token as it was stored.", KEY, guess=True)


@strawberry.input(description="Whose verification tokens to delete.")
class DeleteVerificationTokensInput:
    """Safe to repeat."""

    identifier: str = required(IDENTIFIER, KEY, guess=True)


@strawberry.type(description="The answer to `createVerificationToken`.")
class CreateVerificationTokenPayload:
    """What was made."""

    verification_token: VerificationToken | None = attribute("The new token.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `useVerificationToken`.")
class UseVerificationTokenPayload:
    """What was used up."""

    verification_token: VerificationToken | None = attribute(
        "The token, now used up; null if it is wrong, unknown, used or past its time.", SIGNED_IN
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `deleteVerificationTokens`.")
class DeleteVerificationTokensPayload:
    """How many were deleted."""

    deleted_count: int | None = attribute("How many tokens were deleted.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
