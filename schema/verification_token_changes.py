"""The mutations about verification tokens, with their inputs and payloads."""

from datetime import datetime
from typing import Annotated, Final

import strawberry

from resolvers import verification_tokens
from resolvers.payloads import Payload
from resolvers.scopes import SIGNED_IN, WRITE_TOKENS
from schema.fields import CHANGE, Info, attribute, described, field
from schema.idempotency import USES, idempotency_key
from schema.inputs import given, required
from schema.maxima import KEY
from schema.payload import UserError, user_errors
from schema.verification_token import VerificationToken

IDENTIFIER: Final = "The identifier that the token is sent to, usually an e-mail address."


@strawberry.input(description="The verification token to store.")
class CreateVerificationTokenInput:
    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token, stored as given. Auth.js hashes it before it calls this API.", KEY)
    expires: datetime = required("When the token expires. Must be in the future. Fractions of a second are dropped.")
    invalidate_older: bool = strawberry.field(
        description="Delete the identifier's older tokens, so that only the newest link works.", default=False
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="The verification token to use.")
class UseVerificationTokenInput:
    """If several callers use a token at the same time, one of them gets it."""

    identifier: str = required(IDENTIFIER, KEY)
    token: str = required("The token as stored.", KEY, guess=True)
    idempotency_key: str | None = idempotency_key(USES, "token to use")


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


@strawberry.type
class VerificationTokenMutations:
    """The mutations about verification tokens; `schema.mutation` gathers them."""

    @field("Store a verification token.", WRITE_TOKENS, type=CreateVerificationTokenPayload, cost=CHANGE)
    async def create_verification_token(
        self, info: Info, input: Annotated[CreateVerificationTokenInput, described("The verification token to store.")]
    ) -> Payload:
        return await verification_tokens.create(info.context, **given(input))

    @field(
        "Use a verification token, which deletes it. If several callers use it at the same time, exactly one succeeds.",
        WRITE_TOKENS,
        type=UseVerificationTokenPayload,
        cost=CHANGE,
    )
    async def use_verification_token(
        self, info: Info, input: Annotated[UseVerificationTokenInput, described("The verification token to use.")]
    ) -> Payload:
        return await verification_tokens.use(info.context, **given(input))

    @field(
        "Delete the verification tokens of an identifier. Safe to repeat.",
        WRITE_TOKENS,
        type=DeleteVerificationTokensPayload,
        cost=CHANGE,
    )
    async def delete_verification_tokens(
        self,
        info: Info,
        input: Annotated[DeleteVerificationTokensInput, described("The identifier whose tokens to delete.")],
    ) -> Payload:
        return await verification_tokens.delete_all(info.context, **given(input))
