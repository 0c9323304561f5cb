"""Users: who finds whom, the list, and every change."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dynamo import deletion, directory, disablement, models, registration, users
from dynamo import email as addresses
from dynamo.directory import Position
from dynamo.entities import UserKey
from dynamo.errors import Rejected
from dynamo.models import USER_ATTRIBUTES
from dynamo.users import NewUser
from resolvers import accounts, inputs, sessions
from resolvers.attributes import check_for
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, InvalidCursor, within
from resolvers.inputs import ABSENT, Absent
from resolvers.pagination import Connection, check_first, open_cursor
from resolvers.payloads import Result, mutation, open_to_people, refused
from resolvers.scopes import Scope

PARTS: Final = {
    "userId": ("user",),
    "email": ("user",),
    "provider": ("account",),
    "providerAccountId": ("account",),
    "type": ("account",),
    "sessionToken": ("session",),
}
"""Which part of a registration a refused field is in."""


async def by_raw_id(context: Context, user_id: str) -> models.User | None:
    """A user by the id Auth.js gave them; None where the caller may not look."""
    if not context.principal.reaches(user_id, Scope.USERS_READ):
        return None
    found = await context.loaders.entities.load(UserKey(user_id))
    return found if isinstance(found, models.User) else None


async def by_raw_ids(context: Context, user_ids: Sequence[str | None]) -> list[models.User | None]:
    """Many users by raw id, in order; None for one who is not there or whom the caller may not look up."""
    wanted = [i for i in user_ids if i is not None and context.principal.reaches(i, Scope.USERS_READ)]
    found = await context.loaders.entities.load_many([UserKey(user_id) for user_id in wanted])
    users_by_id = {user.user_id: user for user in found if isinstance(user, models.User)}
    return [users_by_id.get(user_id) if user_id is not None else None for user_id in user_ids]


async def by_id(context: Context, sealed: str) -> models.User | None:
    """A user by global id."""
    key = context.ids.key_of(sealed, "User")
    return await by_raw_id(context, key[0]) if key is not None else None


async def by_email(context: Context, email: str) -> models.User | None:
    """The user with an e-mail; of several the holder of its lock, or the first by id.

    A person finds themselves, without a lookup that could tell of others.
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
    """The user an account signs in."""
    account = await accounts.by_key(context, provider, provider_account_id)
    return await by_raw_id(context, account.user_id) if account is not None and account.owned else None


async def by_session_token(context: Context, token: str, *, whole_partition: bool) -> models.User | None:
    """The user a session token signs in."""
    signed_in = await sessions.sign_in(context, token, whole_partition=whole_partition)
    return signed_in.user if signed_in is not None else None


async def owners(
    context: Context, owned: Sequence[models.Account | models.Session | models.Authenticator]
) -> list[models.User | None]:
    """The users that accounts, sessions or passkeys belong to; None for an orphan's."""
    found = await context.loaders.entities.load_many([UserKey(one.user_id) for one in owned])
    return [user if isinstance(user, models.User) else None for user in found]


async def page(
    context: Context, first: int | None, after: str | None, wanted: Mapping[str, Any], *, children: bool
) -> Connection[models.User]:
    """List users. `children` says that accounts, sessions or passkeys of each will be asked for."""
    bindings = ("users", repr(sorted(wanted.items())))
    start = open_cursor(context.cursors, after, *bindings)
    position = None if start is None else Position.of(start)
    if position is not None and position.indexed and context.table.directory_index_name is None:
        raise InvalidCursor(
            "`after` is a cursor of the directory index, which is turned off. Start again from the first page."
        )
    found = await directory.read(
        context.table,
        limit=check_first(first),
        after=position,
        children=children,
        accepts=_filter(wanted) if wanted else None,
        attributes=_read_of_each(context, wanted),
        budget=context.scans,
    )
    for user in found.users:
        context.loaders.prime_user(user)
    for user_id, partition in found.partitions.items():
        context.loaders.prime_partition(user_id, partition)

    def cursor_at(where: Position) -> str:
        return context.cursors.of(where.parts, *bindings)

    return Connection(
        nodes=found.users,
        cursor_of=lambda user: cursor_at(found.position_of(user)),
        next=cursor_at(found.next) if found.next is not None else None,
        after=after,
    )


LOOKED_AT: Final = frozenset[str]().union(
    *(models.User.READ_FROM[name] for name in ("name", "email", "email_verified", "disabled"))
)
"""The stored attributes that a filter looks at."""


def _read_of_each(context: Context, wanted: Mapping[str, Any]) -> Collection[str] | None:
    """The stored attributes to read: what is asked for, and what a filter looks at; None for whole items."""
    return LOOKED_AT.union(context.stored) if wanted and context.stored is not None else context.stored


def _filter(wanted: Mapping[str, Any]) -> directory.Filter:
    """Whether a user is wanted. Applied to what was read: no filter of DynamoDB's would read less."""
    search: str | None = wanted.get("search")
    verified: bool | None = wanted.get("email_verified")
    disabled: bool | None = wanted.get("disabled")

    needle = _folded((search or "").strip())

    def accepts(user: models.User) -> bool:
        if verified is not None and (user.email_verified is not None) != verified:
            return False
        if disabled is not None and (user.disabled is not None) != disabled:
            return False
        return any(needle in _folded(value or "") for value in (user.name, user.email, user.user_id))

    return accepts


def _folded(text: str) -> str:
    """The form texts are searched in: two that readers take for the same are. Of a long text only its case is folded,
    because normalizing takes time by the square of its combining marks.
    """
    if text.isascii():
        return text.lower()
    if len(text) > addresses.LONGEST_COMPARED:
        return text.casefold()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


@mutation
async def create(
    context: Context,
    *,
    user_id: str | None = None,
    email: str | None = None,
    email_verified: datetime | Absent | None = ABSENT,
    name: str | Absent | None = ABSENT,
    image: str | Absent | None = ABSENT,
    attributes: object = None,
) -> Result:
    """Create a user."""
    new = _new_user(context, user_id, email, email_verified, name, image, attributes)
    return {"user": await users.create(context.table, new)}


def _new_user(
    context: Context,
    user_id: str | None,
    email: str | None,
    email_verified: datetime | Absent | None,
    name: str | Absent | None,
    image: str | Absent | None,
    attributes: object,
) -> NewUser:
    inputs.check_new_id(user_id)
    stored: dict[str, Any] = inputs.attributes(context, attributes, USER_ATTRIBUTES)
    stored |= inputs.texts(name=name)
    if image is not ABSENT:
        stored["image"] = inputs.image(image)
    if email_verified is not ABSENT:
        stored["emailVerified"] = email_verified
    return NewUser(stored, email, user_id)


@mutation
async def register(
    context: Context,
    *,
    user: Mapping[str, Any],
    account: Mapping[str, Any],
    session: Mapping[str, Any] | None = None,
) -> Result:
    """Create a user with an account and, if asked, a session, or nothing of it."""
    if session is not None and not context.principal.may(Scope.SESSIONS_WRITE):
        raise InputError(ErrorCode.FORBIDDEN, "A session requires `sessions:write`.", "session")
    defaults: dict[str, Any] = dict.fromkeys(("user_id", "email", "attributes"))
    defaults |= dict.fromkeys(("email_verified", "name", "image"), ABSENT)
    with within("user"):
        new_user = _new_user(context, **{**defaults, **user})
    with within("account"):
        new_account = accounts.new_account(context, **account)
    with within("session"):
        new_session = None if session is None else sessions.new_session(context, **session)
    try:
        made = await registration.register(context.table, new_user, new_account, new_session)
    except Rejected as error:
        raise refused(error, *PARTS.get(error.field or "", ())) from None
    return {"user": made.user, "account": made.account, "session": made.session}


@mutation
@open_to_people("user", "name", "image")
async def update(
    context: Context,
    *,
    user: str,
    email: str | Absent | None = ABSENT,
    email_verified: datetime | Absent | None = ABSENT,
    name: str | Absent | None = ABSENT,
    image: str | Absent | None = ABSENT,
    attributes: object = None,
) -> Result:
    """Change a user. A person changes their own name and image, and nothing that others rely on."""
    user_id = inputs.target_user(context, user, Scope.USERS_WRITE)
    custom = inputs.attributes(context, attributes, USER_ATTRIBUTES)
    changes: dict[str, Any] = custom | inputs.texts(name=name)
    if image is not ABSENT and not await _has_image(context, user_id, image):
        changes["image"] = inputs.image(image)
    if email is not ABSENT:
        changes["email"] = email
    if email_verified is not ABSENT:
        changes["emailVerified"] = email_verified
    return {"user": await users.update(context.table, user_id, changes, check_for(context, custom))}


async def _has_image(context: Context, user_id: str, image: str | None) -> bool:
    """Whether an address that is not stored any more is the user's already, from before or by another way."""
    try:
        inputs.image(image)
    except InputError:
        user = await users.get(context.table, user_id, consistent=True)
        return user is not None and user.image == image
    return False


@mutation
async def delete(context: Context, *, user: str) -> Result:
    """Delete a user with everything that is theirs; deleting one who is gone is no error."""
    user_id = inputs.target_user(context, user, Scope.USERS_WRITE)
    return {"user": await deletion.delete(context.table, user_id)}


@mutation
async def disable(context: Context, *, user: str, until: datetime | None = None, reason: str | None = None) -> Result:
    """Bar a user from signing in and end their sessions."""
    user_id = inputs.target_user(context, user, Scope.USERS_WRITE)
    end = inputs.future(until, "until") if until is not None else None
    return {"user": await disablement.disable(context.table, user_id, end, inputs.text(reason, "reason"))}


@mutation
async def enable(context: Context, *, user: str) -> Result:
    """Let a user sign in again."""
    user_id = inputs.target_user(context, user, Scope.USERS_WRITE)
    return {"user": await disablement.enable(context.table, user_id)}
