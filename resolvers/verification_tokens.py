"""Verification tokens: created, listed without using them up, used once, deleted."""

from datetime import datetime

from dynamo import email as addresses
from dynamo import models, verification_tokens
from dynamo.partition import MOST_READ_WHOLE
from resolvers import inputs, recency, repetition
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import Throttled, TooMany, try_again
from resolvers.pagination import LARGEST_PAGE
from resolvers.payloads import Result, mutation


async def of_identifier(context: Context, identifier: str) -> list[models.VerificationToken]:
    """The hundred tokens of an identifier that expire last, without using any up. Raises `TooMany`."""
    found = await context.loaders.verification_tokens.load(identifier)
    if found is None:
        raise TooMany(
            f"There are more than {MOST_READ_WHOLE} tokens of this identifier, which are not listed; delete them with "
            "`deleteVerificationTokens`."
        )
    return list(recency.latest_first(found, context.ids.token_hash, recency.end)[:LARGEST_PAGE])


@mutation
async def create(
    context: Context,
    *,
    identifier: str,
    token: str,
    expires: datetime,
    invalidate_older: bool = False,
    idempotency_key: str | None = None,
) -> Result:
    """Store a verification token as given: Auth.js hashes it before."""
    check = Checks()
    seed = check(repetition.seed, context, "createVerificationToken", idempotency_key)
    check(verification_tokens.check_identifier, identifier)
    check(verification_tokens.check_token, token)
    end = check(inputs.future, expires)
    check.done()
    made = await verification_tokens.create(context.table, identifier, token, end, replace=invalidate_older, seed=seed)
    return {"verification_token": made}


@mutation
async def use(context: Context, *, identifier: str, token: str, idempotency_key: str | None = None) -> Result:
    """Use a token up. Wrong, unknown and expired tokens give the same result, and attempts are limited for every
    identifier."""
    seed = repetition.seed(context, "useVerificationToken", idempotency_key)
    if context.attempts is not None:
        attempt = await context.attempts.take(f"verification token:{addresses.normalise(identifier)}", 1)
        if (seconds := attempt.retry_after) is not None:
            raise Throttled(f"Too many attempts for this identifier; {try_again(seconds)}.", seconds)
    return {"verification_token": await verification_tokens.use(context.table, identifier, token, seed)}


@mutation
async def delete_all(context: Context, *, identifier: str) -> Result:
    """Delete all verification tokens of an identifier."""
    return {"deleted_count": await verification_tokens.delete_all(context.table, identifier)}
