"""Which custom attributes a caller sees: a person those that the operator lists, a program those that are not secret.

Within a request, each record is searched for secrets once, however many fields and aliases ask for its attributes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from dynamo import models
from resolvers import secrecy
from resolvers.context import Context
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
    hidden = searched(context, record).concealed
    if isinstance(record, models.Account):
        stored = {name: getattr(record, name) for name in ANSWERED}
        hidden |= {name: text for name, text in stored.items() if answered(context, record, name) != text}
    return hidden


def answered(context: Context, account: models.Account, name: str) -> str | None:
    """A field of an account that its provider fills; None if the value may be a secret."""
    # A list asks for hundreds. Nearly all of them are stored as what they are.
    stored = account.item.get(name)
    text: str | None = stored if type(stored) is str else getattr(account, name)
    if not text:
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


def _shown(context: Context, record: Record, listed: Collection[str]) -> Mapping[str, Any]:
    if context.principal.person is None:
        return searched(context, record).shown
    key = (record, LISTED)
    if key not in context.looked:
        # The operator wants people to see a listed name, even if it sounds secret.
        attributes = {name: value for name, value in record.attributes.items() if name in listed}
        _keep(context, key, secrecy.seen(attributes, _own(record), trusted=True, secret=_tokens_of(record)))
    seen: Seen = context.looked[key]
    return seen.shown


def searched(context: Context, record: Record) -> Seen:
    """All custom attributes of a record, and what is shown of them to callers who see no secrets."""
    key = (record, ALL)
    if key not in context.looked:
        _keep(context, key, search(record))
    seen: Seen = context.looked[key]
    return seen


def search(record: Record) -> Seen:
    """The same outside of a request, where nothing keeps the result."""
    return secrecy.seen(record.attributes, _own(record), secret=_tokens_of(record))


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
