"""Creates that are safe to repeat: by an idempotency key, or because they name what they create."""

import re
from typing import Any, Final

from dynamo import models
from dynamo.errors import Repetition
from dynamo.registration import Registration
from dynamo.seeds import Seed, random_seed
from resolvers import attributes
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError
from resolvers.scopes import Scope

SHORTEST_KEY: Final = 16
LONGEST_KEY: Final = 128
FIELD: Final = "idempotencyKey"
_KEY: Final = re.compile(rf"[!-~]{{{SHORTEST_KEY},{LONGEST_KEY}}}")

Record = models.User | models.Account | models.Session | models.Authenticator | models.ApiKey

READING: Final[dict[type[Record], Scope]] = {
    models.User: Scope.USERS_READ,
    models.Account: Scope.ACCOUNTS_READ,
    models.Session: Scope.SESSIONS_READ,
    models.Authenticator: Scope.ACCOUNTS_READ,
    models.ApiKey: Scope.ADMIN,
}
"""The scope that shows what a record contains."""


def seed(context: Context, mutation: str, key: str | None) -> Seed:
    """What a mutation derives its ids and secrets from; raises `InputError` for a malformed key.

    Each caller has keys of their own, and so has each mutation.
    """
    if key is None:
        return random_seed()
    if not _KEY.fullmatch(key):
        reason = (
            f"idempotencyKey must have {SHORTEST_KEY} to {LONGEST_KEY} characters, which are ASCII letters, digits and "
            "punctuation without spaces, such as a UUID."
        )
        raise InputError(ErrorCode.INVALID, reason, FIELD)
    return context.ids.seed(context.principal.name or "", mutation, key)


def recognised(context: Context, repetition: Repetition) -> Any:
    """What a create returns that was done before. Raises the refusal if the caller must not know that it was.

    Whoever learns that the stored content is equal to theirs has confirmed a guess. So they must be allowed to read
    all of it, unless they stored it themselves.
    """
    records = _records(repetition.made)
    if any(isinstance(record, models.Session) and record.expired for record in records):
        raise repetition.refusal
    if repetition.proven:
        return repetition.made
    for record in records:
        if not (repetition.derived or context.principal.may(READING[type(record)])) or _hides(context, record):
            raise repetition.refusal
    return repetition.made


def _records(made: Any) -> list[Record]:
    if isinstance(made, Registration):
        return [record for record in (made.user, made.account, made.session) if record is not None]
    return [made]


def _hides(context: Context, record: Record) -> bool:
    """Whether a record contains anything that only `secrets:read` shows to the caller."""
    if context.principal.may(Scope.SECRETS_READ):
        return False
    match record:
        case models.Account():
            tokens = (record.access_token, record.refresh_token, record.id_token)
            return any(tokens) or bool(attributes.secret_ones(context, record))
        case models.User() | models.Session():
            return bool(attributes.secret_ones(context, record))
    return False
