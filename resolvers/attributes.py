"""Which custom attributes a caller sees: a person those that the operator lists, a program those that are not secret.

Within a request, each record is searched for secrets once, however many fields and aliases ask for its attributes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from dynamo import models, round_trip
from dynamo.round_trip import NESTED
from dynamo.users import Revision
from resolvers import secrecy
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.inputs import AttributeChanges, reserved
from resolvers.scopes import Scope
from resolvers.secrecy import Seen

Record = models.User | models.Account | models.Session

ANSWERED: Final = ("scope", "token_type", "session_state")
"""The fields of an account that its provider fills, by their stored names."""
TOKENS_OF_ACCOUNTS: Final = ("access_token", "refresh_token", "id_token")
TOKENS_OF_SESSIONS: Final = ("sessionToken",)
"""The stored names of tokens. What is stored there is a secret, whatever its type."""
MOST_ODD: Final = 32
"""The most texts of one token that is stored as a list or a map to search for in other attributes."""
ALL: Final = "all"
LISTED: Final = "listed"


def of_user(context: Context, user: models.User) -> Mapping[str, Any]:
    """The custom attributes of a user that the caller may see."""
    return _shown(context, user, context.service.viewer_attributes)


def of_account(context: Context, account: models.Account) -> Mapping[str, Any]:
    """The attributes that a provider returned besides the known fields; none for people, because they are not meant
    for a browser."""
    return _shown(context, account, ())


def of_session(context: Context, session: models.Session) -> Mapping[str, Any]:
    """The custom attributes of a session that the caller may see."""
    return _shown(context, session, context.service.viewer_session_attributes)


def secret_ones(context: Context, record: Record) -> dict[str, Any]:
    """The full value of each attribute that is left out in part or in full, and of each field that `answered`
    withholds."""
    hidden = _seen(context, record).concealed
    if isinstance(record, models.Account):
        stored = {name: getattr(record, name) for name in ANSWERED}
        hidden |= {name: text for name, text in stored.items() if answered(context, record, name) != text}
    return hidden


def answered(context: Context, account: models.Account, name: str) -> str | None:
    """A field of an account that its provider fills; None if the value may be a secret."""
    text: str | None = getattr(account, name)
    if text is None:
        return None
    if len(text) <= secrecy.LONGEST_ANSWER:
        hidden, steps = secrecy.is_hidden(text)
        context.steps += steps
        return None if hidden else text
    key = (account, name)
    if key not in context.looked:
        context.looked[key], steps = secrecy.answered(text)
        context.steps += steps
    seen: str | None = context.looked[key]
    return seen


def revision(context: Context, changes: AttributeChanges) -> Revision | None:
    """What a change of a user's custom attributes depends on; None if it depends on nothing that is stored."""
    if not changes.given and not changes.repeated:
        return None
    hides = not context.principal.may(Scope.SECRETS_READ)
    settled = [
        condition
        for name, value in changes.given.items()
        for condition in round_trip.settled(name, value, besides=NESTED if hides and value is not None else ())
    ]
    must_read = changes.repeated or len(changes.given) > round_trip.MOST_SETTLED
    return Revision(partial(revised, context, changes), None if must_read else settled)


def revised(context: Context, changes: AttributeChanges, record: Record) -> dict[str, Any]:
    """The attributes to write to a stored object. A value that was read and is written back is stored as it was.

    Raises `InputError` for attributes of which the caller sees only a part: a caller who reads such an attribute,
    changes it and writes it back would delete the part that is hidden from them. Null and `removeAttributes` are
    allowed, because they delete the whole attribute on purpose. The new value makes no difference: otherwise the error
    would show whether it contains the hidden part.
    """
    _check_repeated(context, changes.repeated, record)
    if not context.principal.may(Scope.SECRETS_READ):
        _check_shown(context, [name for name, value in changes.given.items() if value is not None], record)
    return {**changes.removals, **round_trip.kept(record.item, changes.given)}


def _check_shown(context: Context, written: Sequence[str], record: Record) -> None:
    if not any(isinstance(record.item.get(name), dict | list) for name in written):
        return
    seen = _seen(context, record)
    for name in written:
        if name in seen.shown and seen.shown[name] is not seen.attributes[name]:
            raise _partly_shown(name)


def _check_repeated(context: Context, repeated: Mapping[str, Any], record: Record) -> None:
    """Allow what `attributes` shows under a reserved name, because its field cannot show it, to be given back."""
    for name, value in repeated.items():
        seen = _seen(context, record)
        is_seen = context.principal.may(Scope.SECRETS_READ) or seen.shown.get(name) is seen.attributes.get(name)
        if name not in seen.attributes or not is_seen or not round_trip.shows(record.item[name], value):
            raise reserved(name, "attributes", name)


def _partly_shown(name: str) -> InputError:
    reason = (
        f"{name} holds something that you are not shown, and that would be lost. Clear it with null first, or use a "
        "key with `secrets:read`."
    )
    return InputError(ErrorCode.INVALID, reason, "attributes", name)


def _shown(context: Context, record: Record, listed: Collection[str]) -> Mapping[str, Any]:
    if context.principal.person is None:
        return _seen(context, record).shown
    key = (record, LISTED)
    if key not in context.looked:
        # The operator wants people to see a listed name, even if it sounds secret.
        attributes = {name: value for name, value in record.attributes.items() if name in listed}
        _keep(context, key, secrecy.seen(attributes, _own(record), trusted=True, secret=_tokens_of(record)))
    seen: Seen = context.looked[key]
    return seen.shown


def _seen(context: Context, record: Record) -> Seen:
    key = (record, ALL)
    if key not in context.looked:
        _keep(context, key, secrecy.seen(record.attributes, _own(record), secret=_tokens_of(record)))
    seen: Seen = context.looked[key]
    return seen


def _keep(context: Context, key: tuple[Record, str], seen: Seen) -> None:
    context.looked[key] = seen
    context.steps += seen.steps


def _own(record: Record) -> Sequence[str | None]:
    """The tokens of a record, which its attributes may contain too."""
    match record:
        case models.Session():
            return (record.token, *_odd_texts(record))
        case models.Account():
            return (record.access_token, record.refresh_token, record.id_token, *_odd_texts(record))
    return ()


def _tokens_of(record: Record) -> Sequence[str]:
    """The stored names of a record's tokens."""
    match record:
        case models.Session():
            return TOKENS_OF_SESSIONS
        case models.Account():
            return TOKENS_OF_ACCOUNTS
    return ()


def _odd_texts(record: Record) -> list[str]:
    """The longest texts of tokens that are stored as a list, a set or a map."""
    values = (record.item.get(name) for name in _tokens_of(record))
    found = [text for value in values if isinstance(value, dict | list | set) for text in _texts(value)]
    return sorted(found, key=len, reverse=True)[:MOST_ODD]


def _texts(value: object) -> Iterator[str]:
    """All texts within a value. DynamoDB nests at most 32 levels."""
    match value:
        case str():
            yield value
        case dict():
            for member in value.values():
                yield from _texts(member)
        case list() | set():
            for member in value:
                yield from _texts(member)
