"""Passkeys: lookup, registration, counters, removal."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dynamo import authenticators, credential_ids, models, unicode_text
from dynamo.authenticators import NewAuthenticator
from dynamo.entities import AuthenticatorKey
from dynamo.errors import NotFound, Repetition
from resolvers import inputs, repetition, targets
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import AlreadyGone, ErrorCode, InputError
from resolvers.payloads import Result, mutation, open_to_people
from resolvers.scopes import Scope

MOST_TRANSPORTS: Final = 16
"""The most transports of one passkey. WebAuthn defines six."""


async def by_credential_id(context: Context, credential_id: str) -> models.Authenticator | None:
    """A passkey by credential id. A person finds only their own passkeys."""
    user_id = context.principal.user_id
    if user_id is not None:
        for spelling in credential_ids.spellings(credential_id):
            found = await of_user(context, user_id, spelling)
            if found is not None:
                return found
        return None
    return await context.loaders.authenticators.load(credential_id)


async def by_id(context: Context, sealed: str) -> models.Authenticator | None:
    """A passkey by global id."""
    key = context.ids.key_of(sealed, "Authenticator")
    return await of_user(context, *key) if key is not None else None


async def of_user(context: Context, user_id: str, credential_id: str) -> models.Authenticator | None:
    """A passkey of one user; None if there is none or the caller may not access it."""
    if not context.principal.reaches(user_id, Scope.ACCOUNTS_READ):
        return None
    found = await context.loaders.entities.load(AuthenticatorKey(user_id, credential_id))
    return found if isinstance(found, models.Authenticator) else None


@mutation
async def create(
    context: Context,
    *,
    user: Mapping[str, Any],
    credential_id: str,
    provider_account_id: str,
    credential_public_key: str,
    counter: int,
    device_type: models.DeviceType,
    backed_up: bool,
    transports: Sequence[str] | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Register a passkey for a user."""
    check = Checks()
    seed = check(repetition.seed, context, "createAuthenticator", idempotency_key)
    with check:
        user_id = await targets.user(context, user, Scope.ACCOUNTS_WRITE, "user")
    check(authenticators.check_credential_id, credential_id)
    check(authenticators.check_counter, counter)
    new = NewAuthenticator(
        credential_id=credential_id,
        provider_account_id=check(inputs.required_text, provider_account_id, "providerAccountId"),
        credential_public_key=check(inputs.required_text, credential_public_key, "credentialPublicKey"),
        counter=counter,
        device_type=device_type,
        backed_up=backed_up,
        transports=check(_transports, transports or ()),
    )
    check.done()
    try:
        return {"authenticator": await authenticators.create(context.table, user_id, new, seed)}
    except Repetition as repeated:
        return {"authenticator": repetition.recognised(context, repeated)}


def _transports(given: Sequence[str]) -> Sequence[str]:
    """Check that transports can be stored as Auth.js does: in one text, separated by commas. Raises `InputErrors`."""
    if len(given) > MOST_TRANSPORTS:
        reason = f"transports has {len(given)} members; at most {MOST_TRANSPORTS} are allowed."
        raise InputError(ErrorCode.INVALID, reason, "transports")
    check = Checks()
    for place, transport in enumerate(given):
        is_word = bool(transport) and transport == transport.strip() and "," not in transport
        with check:
            if not is_word or not unicode_text.is_text(transport):
                reason = "a transport is one word without commas, such as `usb`."
                raise InputError(ErrorCode.INVALID, reason, "transports", str(place))
    check.done()
    return given


@mutation
async def update_counter(context: Context, *, by: Mapping[str, Any], counter: int) -> Result:
    """Store the signature counter of a passkey after a sign-in."""
    check = Checks(by=by)
    with check:
        found = (await targets.authenticator(context, by)).or_raise(authenticators.missing)
        if not found.owned:
            raise authenticators.missing()
    check(authenticators.check_counter, counter)
    check.done()
    return {"authenticator": await authenticators.update_counter(context.table, found, counter)}


@mutation
@open_to_people("by")
async def delete(context: Context, *, by: Mapping[str, Any], force: bool = False) -> Result:
    """Remove a passkey. A user's last way to sign in stays, unless a program forces it."""
    target = await targets.authenticator(context, by)
    told = {"deleted_authenticator_id": target.id, "user_id": target.user_id}
    try:
        found = target.or_raise(authenticators.missing)
        await authenticators.delete(context.table, found, force=force)
    except NotFound as error:
        raise AlreadyGone(error, told) from None
    return {"authenticator": found, **told}
