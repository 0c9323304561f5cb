"""The audit log as callers see it: all of it, or what concerns one user.

People see of their own user what they did themselves, and every sign-in. Of what others did, they see neither who it
was nor where the request came from.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dynamo import api_keys, audit_log, models
from dynamo.act import PERSON
from dynamo.audit import MORE
from dynamo.audit_log import Accepts, Entry, Wanted
from resolvers import secrecy, targets, users
from resolvers.context import Context
from resolvers.errors import BadInput, ErrorCode, InputError, InputErrors, NotAllowed
from resolvers.loaders import EntriesKey
from resolvers.pagination import Connection, check_first, open_cursor
from resolvers.principal import BOOTSTRAP
from resolvers.scopes import Scope

KEY: Final = "key:"
OF_SETTINGS: Final = f"{KEY}{BOOTSTRAP.key_id}"
KNOWN: Final = models.USER_ATTRIBUTES | models.ACCOUNT_ATTRIBUTES | models.SESSION_ATTRIBUTES
"""The stored attributes that are fields of this API, and no custom ones."""


async def page(
    context: Context,
    first: int | None,
    after: str | None,
    *,
    actions: Collection[str],
    user: Mapping[str, Any] | None = None,
    actor: Mapping[str, Any] | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Connection[Entry]:
    """A page of the log. `actor` and `action` are looked for among what is read by user and time. `actions` are those
    that there are."""
    limit = check_first(first)
    if action is not None and action not in actions:
        raise BadInput(
            f"`filter.action` is not the name of a mutation: pass one of {', '.join(sorted(actions))}.",
            "filter",
            "action",
        )
    if since is not None and until is not None and since >= until:
        raise BadInput("`filter.from` must be before `filter.to`.")
    by = None if actor is None else _actor(context, actor)
    concerned = None if user is None else await _concerned(context, user)
    bindings = ("auditEvents", repr((user and concerned, by, action, since, until)))
    start: str | None = open_cursor(context.cursors, after, *bindings)
    if user is not None and concerned is None:
        return Connection((), lambda entry: entry.position, None, after)
    if concerned is None and by is not None and by.startswith(PERSON):
        # People change nobody but themselves.
        concerned = by.removeprefix(PERSON)
    found = await audit_log.read(
        context.table,
        Wanted(concerned, since=since, until=until),
        limit=limit,
        after=start,
        accepts=_accepts(by, action),
    )
    return _connection(context, found, after, bindings)


async def of_users(
    context: Context, owners: Sequence[models.User], first: int | None = 50, after: str | None = None
) -> list[Connection[Entry]]:
    """A page of each user's entries."""
    limit = check_first(first)
    person = context.principal.person
    # A deleted user's id can be chosen again, and their entries stay.
    since = person.user.created_at if person is not None else None
    lists = [("auditEvents", owner.user_id) for owner in owners]
    wanted = [
        EntriesKey(owner.user_id, limit, open_cursor(context.cursors, after, *bindings), person is not None, since)
        for owner, bindings in zip(owners, lists, strict=True)
    ]
    found = await context.loaders.audit_entries.load_many(wanted)
    return [_connection(context, one, after, bindings) for one, bindings in zip(found, lists, strict=True)]


async def users_of(context: Context, entries: Sequence[Entry]) -> list[models.User | None]:
    """The users whom entries concern; None if that user does not exist any more, or was none."""
    return await users.by_raw_ids(context, [entry.user_id for entry in entries])


def actor_of(context: Context, entry: Entry) -> Entry | None:
    """The entry, to read its actor from; None if the caller may not know who it was."""
    return entry if _shows_origin(context, entry) else None


def api_key_id(context: Context, entry: Entry) -> str | None:
    """The global id of the API key that acted; None for a person, and for a key of the settings."""
    if not entry.actor.startswith(KEY) or entry.actor == OF_SETTINGS:
        return None
    return context.ids.id_of_api_key(entry.actor.removeprefix(KEY))


def person_id(entry: Entry) -> str | None:
    """The raw id of the person who acted; None for an API key."""
    return entry.actor.removeprefix(PERSON) if entry.actor.startswith(PERSON) else None


def request_id(context: Context, entry: Entry) -> str | None:
    """The id of the request, if the caller may know it."""
    return entry.request_id if _shows_origin(context, entry) else None


def ip_address(context: Context, entry: Entry) -> str | None:
    """The address of the request, if the caller may know it."""
    return entry.address if _shows_origin(context, entry) else None


def changed(context: Context, entry: Entry) -> list[str]:
    """The names of the fields that were changed. One that may itself be a secret, or that the person is not to see, is
    left out."""
    names = entry.stored_names
    if context.principal.person is not None:
        seen = KNOWN.union(context.service.viewer_attributes, context.service.viewer_session_attributes)
        names = [name for name in names if name in seen]
    # Entries that were written before such names were left out may have some.
    shown = secrecy.names_shown(names)
    return [audit_log.api_name(name) for name in names if name in shown or name == MORE]


def _shows_origin(context: Context, entry: Entry) -> bool:
    person = context.principal.person
    return person is None or entry.actor == context.principal.name


async def _concerned(context: Context, by: Mapping[str, Any]) -> str | None:
    try:
        return await targets.find_user(context, by, Scope.AUDIT_READ, "user")
    except (InputError, InputErrors) as error:
        (first, *_) = [error] if isinstance(error, InputError) else error.errors
        if first.code is ErrorCode.FORBIDDEN:
            raise NotAllowed(f"`filter.user`: {first.message}") from None
        raise BadInput(f"`filter.user`: {first.message}") from None


def _actor(context: Context, by: Mapping[str, Any]) -> str:
    match by:
        case {"api_key_id": str(given)}:
            sealed = context.ids.key_of(given, "ApiKey")
            if sealed is None and not api_keys.has_form_of_id(given):
                raise BadInput(
                    "`filter.actor.apiKeyId` is not the id of an API key. Read it from `apiKeys`, or from `actor` of "
                    "an event, or pass the id that `keys list` shows."
                )
            return KEY + (given if sealed is None else sealed[0])
        case {"user_id": str(user_id)}:
            return PERSON + user_id
        case {"administrator_key": True}:
            return OF_SETTINGS
    raise BadInput("`filter.actor.administratorKey` can only be true. Leave `actor` out for entries of all callers.")


def _accepts(actor: str | None, action: str | None) -> Accepts | None:
    if actor is None and action is None:
        return None

    def accepts(entry: Entry) -> bool:
        return (actor is None or entry.actor == actor) and (action is None or entry.action == action)

    return accepts


def _connection(
    context: Context, found: audit_log.Found, after: str | None, bindings: tuple[str, ...]
) -> Connection[Entry]:
    def cursor_at(position: str) -> str:
        return context.cursors.of(position, *bindings)

    return Connection(
        nodes=found.entries,
        cursor_of=lambda entry: cursor_at(entry.position),
        next=cursor_at(found.next) if found.next is not None else None,
        after=after,
    )
