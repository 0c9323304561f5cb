"""Sessions: whom a token signs in, and how sessions are created, changed and revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dynamo import models, rotation, sessions, unicode_text
from dynamo.errors import Repetition
from dynamo.models import SESSION_ATTRIBUTES
from dynamo.sessions import NewSession, Revoked, SignedIn
from resolvers import inputs, repetition, targets
from resolvers.attribute_changes import attribute_changes, revised
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, graphql_name
from resolvers.inputs import ABSENT, Absent
from resolvers.payloads import Payload, Result, mutation, open_to_people
from resolvers.principal import IMPERSONATED
from resolvers.scopes import Scope


async def sign_in(context: Context, token: str, *, whole_partition: bool) -> SignedIn | None:
    """The session and user that a token signs in. A person can ask about their own token only.

    A program that may create sessions asks because it signs people in, so the session is used then.
    """
    if context.principal.person is not None and _own_token(context) != token:
        return None
    found = await context.loaders.sign_ins.load((token, whole_partition))
    if found is not None and context.principal.may(Scope.SESSIONS_WRITE):
        context.note_use(found.session)
    return found


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
    user_agent: str | None = None,
    ip_address: str | None = None,
    impersonator: str | None = None,
) -> NewSession:
    """Check the session to store. By default, its token is random and it expires in 30 days. Raises `InputErrors`."""
    check = Checks()
    if session_token is not None:
        check(sessions.check_form, session_token)
    end = inputs.default_expiry() if expires is None else check(inputs.future, expires)
    custom = check(inputs.attributes, context, attributes, SESSION_ATTRIBUTES)
    browser = check(inputs.text, user_agent, "userAgent")
    address = check(inputs.ip_address, ip_address)
    if impersonator is not None:
        check(_impersonator, context, impersonator)
    check.done()
    return NewSession(
        session_token,
        end,
        custom,
        expires_by_default=expires is None,
        user_agent=browser,
        ip_address=address,
        impersonator=impersonator,
        notes_use=context.service.last_seen is not None,
    )


def _impersonator(context: Context, name: str) -> None:
    """Check who shall act as a user. Without a name the session would not be marked. Raises `InputError`."""
    if not context.principal.may(Scope.USERS_IMPERSONATE):
        raise InputError(ErrorCode.FORBIDDEN, "impersonator requires `users:impersonate`.", "impersonator")
    if not inputs.required_text(name, "impersonator").strip():
        raise InputError(ErrorCode.INVALID, "impersonator is blank; say who acts as the user.", "impersonator")


@mutation
async def create(
    context: Context, /, *, user: Mapping[str, Any], idempotency_key: str | None = None, **session: Any
) -> Result:
    """Create a session, which signs a user in."""
    check = Checks()
    seed = check(repetition.seed, context, "createSession", idempotency_key)
    with check:
        user_id = await targets.user(context, user, Scope.SESSIONS_WRITE, "user")
    with check:
        new = new_session(context, **session)
    check.done()
    # Somebody else who acts as the user does not sign them out.
    most = context.service.max_sessions if new.impersonator is None else None
    try:
        return {"session": await sessions.create(context.table, user_id, new, seed, most=most)}
    except Repetition as repeated:
        return {"session": repetition.recognised(context, repeated)}


@mutation
async def update(
    context: Context,
    *,
    by: Mapping[str, Any],
    expires: datetime | Absent | None = ABSENT,
    attributes: object = None,
    remove_attributes: Sequence[str] | None = None,
) -> Result:
    """Extend a session or change its attributes. An expired or revoked session is rejected."""
    check = Checks(by=by)
    custom = check(attribute_changes, context, attributes, remove_attributes, SESSION_ATTRIBUTES)
    end = check(inputs.future, expires) if isinstance(expires, datetime) else None
    with check:
        session = (await targets.session(context, by)).or_raise(sessions.missing)
    check.done()
    return {"session": await sessions.update(context.table, session, end, revised(context, custom, session))}


@mutation
async def rotate(context: Context, *, by: Mapping[str, Any], idempotency_key: str | None = None) -> Result:
    """Give a session a new token. People cannot: a page must not learn the token that its cookie hides from it."""
    check = Checks(by=by)
    seed = check(repetition.seed, context, "rotateSession", idempotency_key)
    target: targets.Target[models.Session] = targets.Target()
    with check:
        target = await targets.session(context, by)
    check.done()
    ((key, value),) = by.items()
    if not unicode_text.is_text(value):
        # No session has such a token, and no seed gives one for it.
        raise sessions.missing()
    token = rotation.new_token(seed, key, value)
    if target.record is None:
        made = await rotation.made_before(context.table, target.user_id, token, seed)
        if made is None:
            raise sessions.missing()
    else:
        made = await rotation.rotate(context.table, target.record, token, seed)
    old = target.id if key == "id" else context.ids.id_of_session(made.user_id, value)
    return {"session": made, "previous_session_id": old}


@mutation
@open_to_people("by")
async def delete(context: Context, *, by: Mapping[str, Any]) -> Result:
    """Revoke a session. Revoking one that does not exist is not an error."""
    if "session_token" in by and context.principal.person is None:
        revoked = await sessions.delete_by_token(context.table, by["session_token"])
        gone = None if revoked is None else context.ids.id_of(revoked)
        return {
            "session": revoked,
            "deleted_session_id": gone,
            "user_id": None if revoked is None else revoked.user_id,
        }
    target = await targets.session(context, by)
    if context.principal.impersonated and (target.record is None or not is_current(context, target.record)):
        reason = f"{IMPERSONATED} It can end itself only."
        raise InputError(ErrorCode.FORBIDDEN, reason, "by", *map(graphql_name, by))
    revoked = await sessions.delete(context.table, target.record) if target.record is not None else None
    return {"session": revoked, "deleted_session_id": target.id, "user_id": target.user_id}


@mutation
@open_to_people("user", "keep")
async def delete_all(context: Context, *, user: Mapping[str, Any], keep: Mapping[str, Any] | None = None) -> Result:
    """Revoke all sessions of a user except the one to keep."""
    return await revoked(context, await revocation(context, user=user, keep=keep))


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whose sessions to revoke, and the token of the one to keep."""

    user_id: str
    kept: str | None


async def revocation(context: Context, *, user: Mapping[str, Any], keep: Mapping[str, Any] | None = None) -> Revocation:
    """Whose sessions to revoke, and which to keep. Raises `InputErrors`."""
    check = Checks()
    user_id = ""
    kept: str | None = None
    with check:
        user_id = await targets.user(context, user, Scope.SESSIONS_WRITE, "user")
    with check:
        session = None if keep is None else (await targets.session(context, keep, "keep")).record
        if keep is not None and (session is None or (user_id and session.user_id != user_id)):
            raise InputError(
                ErrorCode.NOT_FOUND, "There is no such session of this user.", "keep", *map(graphql_name, keep)
            )
        kept = None if session is None else session.token
    check.done()
    return Revocation(user_id, kept)


async def revoked(context: Context, wanted: Revocation) -> Result:
    """The result of revoking the sessions of a user."""
    keep = None if wanted.kept is None else lambda token: token == wanted.kept
    gone = await sessions.delete_all(context.table, wanted.user_id, keep)
    return {"deleted_count": gone.count, "revoked": gone, "user_id": wanted.user_id}


def ids_of_revoked(context: Context, payload: Payload) -> list[str] | None:
    """The global ids of the sessions that `delete_all` has revoked; None if it was rejected, or if they are too many.

    They are sorted by their signatures: the table keeps sessions in the order of their tokens.
    """
    revoked: Revoked | None = payload.revoked
    if revoked is None or revoked.tokens is None:
        return None
    return sorted(context.ids.id_of_session(payload.user_id, token) for token in revoked.tokens)
