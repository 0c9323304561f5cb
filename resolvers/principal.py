"""Who is asking: nobody, a person with an Auth.js session, or a program with an API key."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dynamo import api_keys, models, sessions
from dynamo.client import Table
from dynamo.sessions import SignedIn
from resolvers.api_key_secrets import hash_secret, parsed
from resolvers.scopes import Requirement, Scope, expand


@dataclass(frozen=True, slots=True)
class Principal:
    """What a request acts as. A person has no scopes, and every right over what is their own."""

    scopes: frozenset[Scope] = frozenset()
    person: SignedIn | None = None
    key_id: str | None = None
    """The API key's id; `bootstrap` for the administrator key of the settings."""

    @property
    def anonymous(self) -> bool:
        """Whether nobody is known to be asking."""
        return self.person is None and self.key_id is None

    @property
    def user_id(self) -> str | None:
        """The person's raw user id."""
        return self.person.user.user_id if self.person is not None else None

    @property
    def name(self) -> str | None:
        """What a caller who is known is told apart by."""
        if self.person is not None:
            return f"user:{self.person.user.user_id}"
        return f"key:{self.key_id}" if self.key_id is not None else None

    @property
    def administrator(self) -> bool:
        """Whether every scope is held."""
        return Scope.ADMIN in self.scopes

    def may(self, *scopes: Scope) -> bool:
        """Whether every scope is held."""
        return self.scopes.issuperset(scopes)

    def meets(self, requirement: Requirement) -> bool:
        """Whether a field may be asked for at all; for a person, whose it is remains to be seen."""
        if self.person is not None:
            return requirement.owner
        if self.key_id is not None:
            return requirement.scopes <= self.scopes
        return requirement.anonymous

    def owns(self, user_id: str) -> bool:
        """Whether the person asking is this user."""
        return self.person is not None and self.person.user.user_id == user_id

    def reaches(self, user_id: str, scope: Scope) -> bool:
        """Whether the caller may see or change what belongs to a user."""
        return scope in self.scopes or self.owns(user_id)


NOBODY: Final = Principal()
BOOTSTRAP: Final = Principal(frozenset(Scope), key_id="bootstrap")


def is_bootstrap(bearer: str, admin_keys: Sequence[str]) -> bool:
    """Whether a bearer token is an administrator key of the settings; nothing is read for them."""
    given = bearer.encode("utf-8", "surrogatepass")
    return any([hmac.compare_digest(given, key.encode()) for key in admin_keys])  # noqa: C419 - every key, always


async def person(table: Table, token: str, *, whole_partition: bool = False) -> Principal | None:
    """The person whose session has this token; None if it is not valid.

    `whole_partition` reads the person's accounts and sessions along.
    """
    signed_in = await sessions.sign_in(table, token, whole_partition=whole_partition)
    return None if signed_in is None else Principal(person=signed_in)


async def program(table: Table, bearer: str) -> Principal | None:
    """The program whose API key this is; None if it is unknown, ended or revoked."""
    key_id, secret = parsed(bearer)
    key = await api_keys.get(table, key_id)
    # The hash is computed for an unknown id too: an answer's time tells nothing.
    matches = hmac.compare_digest(hash_secret(secret), key.secret_hash if key is not None else "")
    if key is None or not matches or not in_force(key):
        return None
    await api_keys.note_use(table, key)
    return Principal(expand(key.scopes), key_id=key.key_id)


def in_force(key: models.ApiKey) -> bool:
    """Whether a key is neither revoked nor past its time."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > datetime.now(UTC))
