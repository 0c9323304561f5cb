"""The objects that the inputs of mutations name: `by` names what is changed, `user` the user whom something is for.

A global id and a raw id name an object without a read. A natural key (an e-mail address, an account, a token) is looked
up in the index, and then read consistently, so that nobody is changed who had the key only before.

A path of an error leads to the key: `["by", "email"]`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dynamo import accounts, authenticators, credential_ids, models, sessions, users
from dynamo import email as addresses
from dynamo.errors import NotFound
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, graphql_name, within
from resolvers.global_ids import GlobalIds, has_form_of_id
from resolvers.loaders import TOO_MANY_SESSIONS
from resolvers.scopes import Scope

By = Mapping[str, Any]
"""The one key of a `@oneOf` input, by its Python name."""
R = TypeVar("R", models.Account, models.Session, models.Authenticator)


@dataclass(frozen=True, slots=True)
class Target(Generic[R]):
    """What an input names. The id and the user are known even of what is gone, if it was named by its id."""

    record: R | None = None
    """None if it does not exist, or if the caller may not change it."""
    sealed: str | None = None
    """Its global id, if the input names it by that."""
    user_id: str | None = None
    """The raw id of its user; None if the caller may not change it."""
    ids: GlobalIds | None = None
    """Makes the global id of a record that the input names in another way."""

    @property
    def id(self) -> str | None:
        """Its global id; None if the caller may not change it."""
        if self.ids is None or self.record is None:
            return self.sealed
        return self.ids.id_of(self.record)

    def or_raise(self, missing: Callable[[], NotFound]) -> R:
        """The record. Raises what `missing` makes if there is none."""
        if self.record is None:
            raise missing()
        return self.record


async def user(context: Context, by: By, scope: Scope, field: str = "by") -> str:
    """The raw id of a user. Raises `InputError`.

    For a person, every other user is not found, whether they exist or not.
    """
    found = await find_user(context, by, scope, field)
    if found is None:
        raise InputError(ErrorCode.NOT_FOUND, "There is no such user.", field, _key(by))
    return found


async def find_user(context: Context, by: By, scope: Scope, field: str = "by") -> str | None:
    """The raw id of a user; None if a natural key finds nobody, or if the caller may not change them. Raises
    `InputError`."""
    match by:
        case {"id": sealed}:
            (user_id,) = key_behind(context, sealed, "User", field)
        case {"user_id": user_id}:
            with within(field):
                users.check_id(user_id)
            if has_form_of_id(user_id):
                reason = "userId is a global id; give it as `id`, or give the raw id."
                raise InputError(ErrorCode.INVALID, reason, field, "userId")
        case _ if context.principal.person is not None:
            return await _oneself(context, context.principal.person, by)
        case _ if not context.principal.may(Scope.USERS_READ):
            key = _key(by)
            raise InputError(ErrorCode.FORBIDDEN, f"Naming a user by {key} requires `users:read`.", field, key)
        case _:
            return await _found_by_key(context, by)
    return user_id if context.principal.reaches(user_id, scope) else None


async def _oneself(context: Context, person: sessions.SignedIn, by: By) -> str | None:
    """The person's own id, if a natural key names them. Nothing is read that could tell of others."""
    user_id = person.user.user_id
    match by:
        case {"email": email}:
            own = person.user.email
            named = own is not None and addresses.normalise(own) == addresses.normalise(email)
        case {"account": key}:
            account = await accounts.get(context.table, user_id, **key)
            named = account is not None and account.owned
        case {"session_token": token}:
            named = person.session is not None and person.session.token == token
        case _:
            named = False
    return user_id if named else None


async def _found_by_key(context: Context, by: By) -> str | None:
    table = context.table
    match by:
        case {"email": email}:
            holds = users.holder_of_email(table, addresses.normalise(email))
            for user in (await users.find_by_email(table, email))[:1]:
                return user.user_id if await holds(user.user_id) else None
        case {"account": key}:
            for account in (await accounts.find(table, **key))[:1]:
                again = await accounts.get(table, account.user_id, **key)
                return again.user_id if again is not None and again.owned else None
        case {"session_token": token}:
            signed_in = await sessions.sign_in(table, token)
            return signed_in.user.user_id if signed_in is not None else None
    return None


async def account(context: Context, by: By) -> Target[models.Account]:
    """An account that the caller may change, or what is known of one that is gone. Raises `InputError`."""
    person = context.principal.person
    found: models.Account | None
    match by:
        case {"id": sealed}:
            user_id, *key = key_behind(context, sealed, "Account", "by")
            if not context.principal.reaches(user_id, Scope.ACCOUNTS_WRITE):
                return Target()
            return Target(await accounts.get(context.table, user_id, *key), sealed, user_id)
        case {"account": key} if person is not None:
            found = await accounts.get(context.table, person.user.user_id, **key)
        case {"account": key}:
            # An account that signs nobody in can be changed by its key too, if no other account has that key.
            found = next(iter(await accounts.find_all(context.table, **key)), None)
    return _target(context, found)


async def session(context: Context, by: By, field: str = "by") -> Target[models.Session]:
    """A session that the caller may change, or what is known of one that is gone.

    Raises `InputError`, also if the user has too many sessions to find it by id.
    """
    person = context.principal.person
    own = person.session if person is not None else None
    found: models.Session | None = None
    match by:
        case {"id": sealed}:
            user_id, session_hash = key_behind(context, sealed, "Session", field)
            if not context.principal.reaches(user_id, Scope.SESSIONS_WRITE):
                return Target()
            record = None if own is None else _matching(context, [own], session_hash)
            if record is None:
                stored = await sessions.read_all(context.table, user_id)
                if stored is None:
                    raise InputError(ErrorCode.INVALID, TOO_MANY_SESSIONS, field, "id")
                record = _matching(context, stored, session_hash)
            return Target(record, sealed, user_id)
        case {"session_token": token} if person is None:
            found = await sessions.find(context.table, token)
        case {"session_token": token} if own is not None and own.token == token:
            found = own
    return _target(context, found)


def _matching(context: Context, found: list[models.Session], session_hash: str) -> models.Session | None:
    return next((one for one in found if context.ids.is_session(session_hash, one.token)), None)


async def authenticator(context: Context, by: By) -> Target[models.Authenticator]:
    """A passkey that the caller may change, or what is known of one that is gone. Raises `InputError`."""
    user_id = context.principal.user_id
    found: models.Authenticator | None
    match by:
        case {"id": sealed}:
            owner, credential_id = key_behind(context, sealed, "Authenticator", "by")
            if not context.principal.reaches(owner, Scope.ACCOUNTS_WRITE):
                return Target()
            return Target(await authenticators.get(context.table, owner, credential_id), sealed, owner)
        case {"credential_id": credential_id} if user_id is not None:
            found = await _own_passkey(context, user_id, credential_id)
        case {"credential_id": credential_id}:
            # A passkey that signs nobody in can be changed too, if no other passkey has that id.
            found = next(iter(await authenticators.find_all(context.table, credential_id)), None)
    return _target(context, found)


async def _own_passkey(context: Context, user_id: str, credential_id: str) -> models.Authenticator | None:
    for spelling in credential_ids.spellings(credential_id):
        found = await authenticators.get(context.table, user_id, spelling)
        if found is not None:
            return found
    return None


def api_key(context: Context, by: By) -> str:
    """The id of an API key. Raises `InputError`."""
    (key_id,) = key_behind(context, by["id"], "ApiKey", "by")
    return key_id


def _target(context: Context, record: R | None) -> Target[R]:
    return Target() if record is None else Target(record, None, record.user_id, context.ids)


def key_behind(context: Context, sealed: str, kind: str, field: str) -> tuple[str, ...]:
    """The key in a global id of the given type. Raises `InputError` for any other text."""
    opened = context.ids.open_id(sealed)
    if opened is not None and opened.type == kind:
        return opened.parts
    if opened is not None:
        reason = f"id is a global id of type {opened.type}; it takes one of type {kind}."
    elif has_form_of_id(sealed):
        reason = (
            "id is a global id that this server did not make: it was cut or changed, or comes from another server, or "
            "from a secret key that is not listed any more."
        )
    else:
        reason = f"id is no global id; it takes one of type {kind}."
        if kind == "User":
            reason += " Give a raw id as `userId`."
    raise InputError(ErrorCode.INVALID, reason, field, "id")


def _key(by: By) -> str:
    """The name of the key that is given, as clients know it."""
    return graphql_name(next(iter(by)))
