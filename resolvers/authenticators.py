"""Passkeys: lookup, registration, counters, removal."""

from dynamo import authenticators, credential_ids, models
from dynamo.authenticators import NewAuthenticator
from dynamo.entities import AuthenticatorKey
from dynamo.errors import Repetition
from resolvers import inputs, repetition
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.payloads import Result, mutation, open_to_people
from resolvers.scopes import Scope


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
    user: str,
    credential_id: str,
    provider_account_id: str,
    credential_public_key: str,
    counter: int,
    device_type: str,
    backed_up: bool,
    transports: str | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Register a passkey for a user."""
    seed = repetition.seed(context, "createAuthenticator", idempotency_key)
    user_id = inputs.target_user(context, user, Scope.ACCOUNTS_WRITE)
    new = NewAuthenticator(
        credential_id=credential_id,
        provider_account_id=inputs.required_text(provider_account_id, "providerAccountId"),
        credential_public_key=inputs.required_text(credential_public_key, "credentialPublicKey"),
        counter=counter,
        device_type=inputs.required_text(device_type, "deviceType"),
        backed_up=backed_up,
        transports=inputs.text(transports, "transports"),
    )
    try:
        return {"authenticator": await authenticators.create(context.table, user_id, new, seed)}
    except Repetition as repeated:
        return {"authenticator": repetition.recognised(context, repeated)}


@mutation
async def update_counter(context: Context, *, credential_id: str, counter: int) -> Result:
    """Store the signature counter of a passkey after a sign-in."""
    found = await authenticators.find(context.table, credential_id)
    if found is None:
        raise missing()
    return {"authenticator": await authenticators.update_counter(context.table, found, counter)}


@mutation
@open_to_people("credential_id")
async def delete(context: Context, *, credential_id: str, force: bool = False) -> Result:
    """Remove a passkey. A user's last way to sign in stays, unless a program forces it."""
    if context.principal.person is not None:
        found = await by_credential_id(context, credential_id)
    else:
        # A passkey that signs nobody in can be removed too, if no other passkey has that id.
        found = next(iter(await authenticators.find_all(context.table, credential_id)), None)
    if found is None:
        raise missing()
    await authenticators.delete(context.table, found, force=force)
    return {"authenticator": found}


def missing() -> InputError:
    """The error for a passkey that does not exist, or that the caller may not access."""
    return InputError(ErrorCode.NOT_FOUND, "There is no such authenticator.", "credentialId")
