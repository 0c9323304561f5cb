"""Sessions: whom a token signs in, and how sessions are created, changed and revoked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dynamo import models, sessions
from dynamo.models import SESSION_ATTRIBUTES
from dynamo.sessions import NewSession, SignedIn
from resolvers import inputs
from resolvers.attributes import check_for
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.inputs import ABSENT, Absent
from resolvers.loaders import TOO_MANY_SESSIONS
from resolvers.payloads import Result, mutation, open_to_people
from resolvers.scopes import Scope


async def sign_in(context: Context, token: str, *, whole_partition: bool) -> SignedIn | None:
    """The session and user that a token signs in. A person can ask about their own token only."""
    if context.principal.person is not None and _own_token(context) != token:
        return None
    return await context.loaders.sign_ins.load((token, whole_partition))


async def by_token(context: Context, token: str, *, whole_partition: bool) -> models.Session | None:
    """The session that a token signs in with; None if it is expired or revoked, or its user may not sign in."""
    signed_in = await sign_in(context, token, whole_partition=whole_partition)
    return signed_in.session if signed_in is not None else None


async def by_id(context: Context, sealed: str) -> models.Session | None:
    """A session by global id, expired or not; None if there is none or the caller may not access it."""
    key = context.ids.key_of(sealed, "Session")
    if key is None:
        return None
    user_id, session_hash = key
    if not context.principal.reaches(user_id, Scope.SESSIONS_READ):
        return None
    # The hash needs no constant-time comparison: the signature of the id that contains it was verified.
    return (await context.loaders.sessions_by_hash.load(user_id)).get(session_hash)


def _matching(context: Context, found: list[models.Session], session_hash: str) -> models.Session | None:
    return next((session for session in found if context.ids.is_session(session_hash, session.token)), None)


def is_current(context: Context, session: models.Session) -> bool:
    """Whether the caller is signed in with this session."""
    return _own_token(context) == session.token


def _own_token(context: Context) -> str | None:
    """The token of the session that the caller is signed in with; None for a JWT session and for programs."""
    person = context.principal.person
    return person.session.token if person is not None and person.session is not None else None


def new_session(
    context: Context,
    *,
    session_token: str | None = None,
    expires: datetime | None = None,
    attributes: object = None,
) -> NewSession:
    """Check the session to store. By default, its token is random and it expires in 30 days. Raises `InputError`."""
    return NewSession(
        session_token,
        inputs.default_expiry() if expires is None else inputs.future(expires),
        inputs.attributes(context, attributes, SESSION_ATTRIBUTES),
    )


@mutation
async def create(context: Context, /, *, user: str, **session: Any) -> Result:
    """Create a session, which signs a user in."""
    user_id = inputs.target_user(context, user, Scope.SESSIONS_WRITE)
    return {"session": await sessions.create(context.table, user_id, new_session(context, **session))}


@mutation
async def update(
    context: Context,
    *,
    by: Mapping[str, Any],
    expires: datetime | Absent | None = ABSENT,
    attributes: object = None,
) -> Result:
    """Extend a session or change its attributes. An expired or revoked session is rejected."""
    changes = inputs.attributes(context, attributes, SESSION_ATTRIBUTES)
    end = inputs.future(expires) if isinstance(expires, datetime) else None
    session = await _target(context, by)
    if session is None:
        raise InputError(ErrorCode.NOT_FOUND, "There is no such session.", "by")
    check = check_for(context, changes)
    if check is not None:
        check(session)
    return {"session": await sessions.update(context.table, session, end, changes)}


@mutation
@open_to_people("by")
async def delete(context: Context, *, by: Mapping[str, Any]) -> Result:
    """Revoke a session. Revoking one that does not exist is not an error."""
    if "session_token" in by and context.principal.person is None:
        return {"session": await sessions.delete_by_token(context.table, by["session_token"])}
    session = await _target(context, by)
    return {"session": await sessions.delete(context.table, session) if session is not None else None}


@mutation
@open_to_people("user", "keep")
async def delete_all(context: Context, *, user: str, keep: Mapping[str, Any] | None = None) -> Result:
    """Revoke all sessions of a user except the one to keep."""
    user_id = inputs.target_user(context, user, Scope.SESSIONS_WRITE)
    kept: str | None = None
    if keep is not None:
        session = await _target(context, keep, "keep")
        if session is None or session.user_id != user_id:
            raise InputError(ErrorCode.NOT_FOUND, "There is no such session of this user.", "keep")
        kept = session.token
    deleted = await sessions.delete_all(context.table, user_id, None if kept is None else lambda token: token == kept)
    return {"deleted_count": deleted}


async def _target(context: Context, by: Mapping[str, Any], field: str = "by") -> models.Session | None:
    """The session that an input names, if the caller may change it.

    Raises `InputError` if the user has too many sessions to find it by id.
    """
    person = context.principal.person
    own = person.session if person is not None else None
    match by:
        case {"id": sealed}:
            user_id, session_hash = inputs.key_behind(context, sealed, "Session", field)
            if not context.principal.reaches(user_id, Scope.SESSIONS_WRITE):
                return None
            if own is not None and _matching(context, [own], session_hash):
                return own
            found = await sessions.read_all(context.table, user_id)
            if found is None:
                raise InputError(ErrorCode.INVALID, TOO_MANY_SESSIONS, field)
            return _matching(context, found, session_hash)
        case {"session_token": token} if person is None:
            return await sessions.find(context.table, token)
        case {"session_token": token} if own is not None and own.token == token:
            return own
    return None
