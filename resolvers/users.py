"""Users: lookups, and every mutation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dynamo import deletion, disablement, models, registration, users
from dynamo import email as addresses
from dynamo.accounts import NewAccount
from dynamo.deletion_notes import Call
from dynamo.disablement import Disablement
from dynamo.entities import UserKey
from dynamo.errors import Rejected, Repetition
from dynamo.models import USER_ATTRIBUTES
from dynamo.registration import Registration
from dynamo.seeds import Seed
from dynamo.sessions import NewSession
from dynamo.users import NewUser
from resolvers import accounts, inputs, repetition, self_service, sessions, targets
from resolvers.attribute_changes import attribute_changes, revision
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, within
from resolvers.inputs import ABSENT, Absent
from resolvers.payloads import Payload, Result, mutation, open_to_people
from resolvers.scopes import Scope

PARTS: Final = {
    "userId": ("user",),
    "email": ("user",),
    "provider": ("account",),
    "providerAccountId": ("account",),
    "type": ("account",),
    "sessionToken": ("session",),
}
"""The part of a registration's input that contains each field, by which a rejection's path is completed."""


async def by_raw_id(context: Context, user_id: str) -> models.User | None:
    """A user by the id that Auth.js uses; None if there is none or the caller may not access them."""
    if not context.principal.reaches(user_id, Scope.USERS_READ):
        return None
    found = await context.loaders.entities.load(UserKey(user_id))
    return found if isinstance(found, models.User) else None


async def by_raw_ids(context: Context, user_ids: Sequence[str | None]) -> list[models.User | None]:
    """Many users by raw id, in order; None for each that does not exist or that the caller may not access."""
    wanted = [i for i in user_ids if i is not None and context.principal.reaches(i, Scope.USERS_READ)]
    found = await context.loaders.entities.load_many([UserKey(user_id) for user_id in wanted])
    users_by_id = {user.user_id: user for user in found if isinstance(user, models.User)}
    return [users_by_id.get(user_id) if user_id is not None else None for user_id in user_ids]


async def by_id(context: Context, sealed: str) -> models.User | None:
    """A user by global id."""
    key = context.ids.key_of(sealed, "User")
    return await by_raw_id(context, key[0]) if key is not None else None


async def by_email(context: Context, email: str) -> models.User | None:
    """The user with an e-mail address; if several have it, the one that holds its lock, or the first by id.

    A person finds only themselves, and nothing is read that could tell of others.
    """
    person = context.principal.person
    if person is not None:
        own = person.user.email
        return person.user if own and addresses.normalise(own) == addresses.normalise(email) else None
    found = await context.loaders.users_by_email.load(email)
    for user in found:
        context.loaders.prime_user(user)
    return found[0] if found else None


async def by_account(context: Context, provider: str, provider_account_id: str) -> models.User | None:
    """The user that an account signs in; None if it signs nobody in."""
    account = await accounts.by_key(context, provider, provider_account_id)
    return await by_raw_id(context, account.user_id) if account is not None and account.owned else None


async def by_session_token(context: Context, token: str, *, whole_partition: bool) -> models.User | None:
    """The user that a session token signs in; None if the token is not valid."""
    signed_in = await sessions.sign_in(context, token, whole_partition=whole_partition)
    return signed_in.user if signed_in is not None else None


async def owners(
    context: Context, owned: Sequence[models.Account | models.Session | models.Authenticator]
) -> list[models.User | None]:
    """The users that accounts, sessions or passkeys belong to; None if that user does not exist."""
    found = await context.loaders.entities.load_many([UserKey(one.user_id) for one in owned])
    return [user if isinstance(user, models.User) else None for user in found]


async def changed(context: Context, payload: Payload) -> models.User | None:
    """The user whose accounts, sessions or passkeys a mutation has changed; None if there was no change, or if they do
    not exist any more."""
    user_id: str | None = payload.user_id
    return None if user_id is None else await by_raw_id(context, user_id)


@mutation
async def create(context: Context, /, **user: Any) -> Result:
    """Create a user, of whom `_new_user` says what may be given."""
    return await created(context, **user)


async def created(context: Context, /, *, idempotency_key: str | None = None, **user: Any) -> Result:
    """The result of creating a user. Raises what is rejected."""
    check = Checks()
    seed = check(repetition.seed, context, "createUser", idempotency_key)
    with check:
        new = _new_user(context, **user)
    check.done()
    try:
        return {"user": await users.create(context.table, new, seed)}
    except Repetition as repeated:
        return {"user": repetition.recognised(context, repeated)}


def _new_user(
    context: Context,
    *,
    user_id: str | None = None,
    email: str | None = None,
    image: str | Absent | None = ABSENT,
    attributes: object = None,
    **plain: object,
) -> NewUser:
    """A user to store; raises `InputErrors`. `plain` are the fields that are stored as they are given."""
    check = Checks()
    with check:
        inputs.check_new_id(user_id)
        if user_id is not None:
            users.check_new_id(user_id)
    if email is not None:
        check(addresses.check, email)
    stored = check(inputs.attributes, context, attributes, USER_ATTRIBUTES)
    others = check(inputs.plain, models.User, plain)
    picture = None if image is ABSENT else check(inputs.image, image)
    check.done()
    return NewUser(stored | others | ({} if image is ABSENT else {"image": picture}), email, user_id)


@mutation
async def register(
    context: Context,
    *,
    user: Mapping[str, Any],
    account: Mapping[str, Any],
    session: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Create a user with an account and optionally a session, in one transaction."""
    check = Checks()
    seed = check(repetition.seed, context, "registerUser", idempotency_key)
    with check:
        if session is not None and not context.principal.may(Scope.SESSIONS_WRITE):
            raise InputError(ErrorCode.FORBIDDEN, "A session requires `sessions:write`.", "session")
    with check, within("user"):
        new_user = _new_user(context, **user)
    with check, within("account"):
        new_account = accounts.new_account(context, **account)
    with check, within("session"):
        new_session = None if session is None else sessions.new_session(context, **session)
    check.done()
    try:
        made = await _register(context, new_user, new_account, new_session, seed)
    except Rejected as error:
        with within(*PARTS.get(error.field or "", ())):
            raise
    return {"user": made.user, "account": made.account, "session": made.session}


async def _register(
    context: Context, user: NewUser, account: NewAccount, session: NewSession | None, seed: Seed
) -> Registration:
    """Store the parts of a registration, or find them stored."""
    try:
        return await registration.register(context.table, user, account, session, seed)
    except Repetition as repeated:
        found: Registration = repetition.recognised(context, repeated)
        return found


@mutation
@open_to_people("by", "name", "image")
async def update(
    context: Context,
    /,
    *,
    by: Mapping[str, Any],
    email: str | Absent | None = ABSENT,
    image: str | Absent | None = ABSENT,
    attributes: object = None,
    remove_attributes: Sequence[str] | None = None,
    **plain: object,
) -> Result:
    """Update a user. People may change their own name and image, and nothing that others rely on."""
    check = Checks()
    user_id = ""
    with check:
        user_id = await targets.user(context, by, Scope.USERS_WRITE)
    custom = check(attribute_changes, context, attributes, remove_attributes, USER_ATTRIBUTES)
    others = check(inputs.plain, models.User, plain)
    if isinstance(email, str):
        check(addresses.check, email)
    changes: dict[str, Any] = {}
    if image is not ABSENT and not await _has_image(context, user_id, image):
        changes["image"] = check(inputs.image, image)
    check.done()
    changes |= custom.stored | others
    if email is not ABSENT:
        changes["email"] = email
    return {"user": await users.update(context.table, user_id, changes, revision(context, custom))}


async def _has_image(context: Context, user_id: str, image: str | None) -> bool:
    """Whether a URL that would be rejected today is already the user's, stored earlier or by another writer."""
    try:
        inputs.image(image)
    except InputError:
        user = await users.get(context.table, user_id, consistent=True)
        return user is not None and user.image == image
    return False


@mutation
@open_to_people("by")
async def delete(context: Context, *, by: Mapping[str, Any], idempotency_key: str | None = None) -> Result:
    """Delete a user and everything that belongs to them. Deleting a user who does not exist is not an error."""
    person = context.principal.person
    if person is not None:
        self_service.check_deletion(context, person)
    return await deleted(context, by, *await to_delete(context, by=by, idempotency_key=idempotency_key))


async def to_delete(
    context: Context, *, by: Mapping[str, Any], idempotency_key: str | None = None
) -> tuple[str | None, Seed]:
    """The raw id of the user to delete, None if there is none, and what tells a repetition. Raises `InputErrors`."""
    check = Checks()
    seed = check(repetition.seed, context, "deleteUser", idempotency_key)
    user_id: str | None = None
    with check:
        user_id = await targets.find_user(context, by, Scope.USERS_WRITE)
    check.done()
    return user_id, seed


async def deleted(context: Context, by: Mapping[str, Any], user_id: str | None, seed: Seed) -> Result:
    """The result of deleting the user that `by` has found, or whom the same call has deleted before."""
    if seed.repeatable:
        done = await deletion.delete_once(context.table, user_id, Call(seed, repr(by)))
        if done.user_id is None:
            return {}
        gone = by["id"] if "id" in by else context.ids.id_of_user(done.user_id)
        return {"user": done.user, "deleted_user_id": gone}
    if user_id is None:
        return {}
    gone = by["id"] if "id" in by else context.ids.id_of_user(user_id)
    return {"user": await deletion.delete(context.table, user_id), "deleted_user_id": gone}


@mutation
async def disable(
    context: Context, *, by: Mapping[str, Any], until: datetime | None = None, reason: str | None = None
) -> Result:
    """Prevent a user from signing in, and revoke all their sessions."""
    wanted = await disablement_of(context, by=by, until=until, reason=reason)
    return {"user": await disablement.disable(context.table, wanted.user_id, wanted.until, wanted.reason)}


async def disablement_of(
    context: Context, *, by: Mapping[str, Any], until: datetime | None = None, reason: str | None = None
) -> Disablement:
    """Whom to disable, and how. Raises `InputErrors`."""
    check = Checks()
    user_id = ""
    with check:
        user_id = await targets.user(context, by, Scope.USERS_WRITE)
    end = check(inputs.future, until, "until") if until is not None else None
    why = check(inputs.text, reason, "reason")
    check.done()
    return Disablement(user_id, end, why)


@mutation
async def enable(context: Context, *, by: Mapping[str, Any]) -> Result:
    """Allow a disabled user to sign in again."""
    user_id = await targets.user(context, by, Scope.USERS_WRITE)
    return {"user": await disablement.enable(context.table, user_id)}
