"""The caller of a request: anonymous, a person with an Auth.js session, or a program with an API key."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dynamo import api_keys, models, sessions
from dynamo.act import PERSON
from dynamo.client import Table
from dynamo.sessions import SignedIn
from resolvers.api_key_secrets import hash_secret, parsed
from resolvers.jwt_cookies import Named
from resolvers.scopes import Requirement, Scope, expand


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request, and what they may do. A person has no scopes, and every permission on their own data."""

    scopes: frozenset[Scope] = frozenset()
    person: SignedIn | None = None
    key_id: str | None = None
    """The API key's id; `bootstrap` for an administrator key of the settings; None for others."""
    key_name: str | None = None
    """The name of the API key, if it is stored."""

    @property
    def anonymous(self) -> bool:
        """Whether the caller is neither a person nor a program."""
        return self.person is None and self.key_id is None

    @property
    def user_id(self) -> str | None:
        """The person's raw user id; None for others."""
        return self.person.user.user_id if self.person is not None else None

    @property
    def impersonated(self) -> bool:
        """Whether somebody else acts as the person, in a session that says so."""
        return self.impersonator is not None

    @property
    def name(self) -> str | None:
        """A name that is unique to the caller, such as `user:…` or `key:…`; None for an anonymous caller."""
        if self.person is not None:
            return PERSON + self.person.user.user_id
        return f"key:{self.key_id}" if self.key_id is not None else None

    @property
    def payer(self) -> str | None:
        """The name whose rate limit is charged; None for an anonymous caller. Somebody who acts as a person uses up a
        limit of their own, not the person's."""
        if self.impersonator is None:
            return self.name
        return f"impersonator:{len(self.impersonator)}:{self.impersonator}:{self.user_id}"

    @property
    def impersonator(self) -> str | None:
        """Who acts in the person's name, if their session is an impersonation."""
        session = self.person.session if self.person is not None else None
        return session.impersonator if session is not None else None

    @property
    def administrator(self) -> bool:
        """Whether the caller has the scope `admin`, which includes every other scope."""
        return Scope.ADMIN in self.scopes

    def may(self, *scopes: Scope) -> bool:
        """Whether the caller has every given scope."""
        return self.scopes.issuperset(scopes)

    def meets(self, requirement: Requirement) -> bool:
        """Whether the caller may select a field at all. For a person, ownership of the object is checked later."""
        if self.person is not None:
            return requirement.owner
        if self.key_id is not None:
            return requirement.scopes <= self.scopes
        return requirement.anonymous

    def owns(self, user_id: str) -> bool:
        """Whether the caller is this user."""
        return self.person is not None and self.person.user.user_id == user_id

    def reaches(self, user_id: str, scope: Scope) -> bool:
        """Whether the caller may access what belongs to a user: by scope, or because they are that user."""
        return scope in self.scopes or self.owns(user_id)


IMPERSONATED: Final = "The session has an `impersonator`: somebody else acts as the user, and may not change anything."
"""Why a change is refused in such a session, as the first sentence of a message."""
NOBODY: Final = Principal()
BOOTSTRAP: Final = Principal(frozenset(Scope), key_id="bootstrap")


def is_bootstrap(bearer: str, admin_keys: Sequence[str]) -> bool:
    """Whether a bearer token is an administrator key of the settings. The table is not read."""
    given = bearer.encode("utf-8", "surrogatepass")
    return any([hmac.compare_digest(given, key.encode()) for key in admin_keys])  # noqa: C419 - every key, always


async def person(table: Table, token: str, *, whole_partition: bool = False) -> Principal | None:
    """The person whose session has this token; None if the token is not valid.

    `whole_partition` also reads the person's accounts and sessions.
    """
    signed_in = await sessions.sign_in(table, token, whole_partition=whole_partition)
    return None if signed_in is None else Principal(person=signed_in)


async def person_named(table: Table, named: Named, *, whole_partition: bool = False) -> Principal | None:
    """The person whom a JWT session names; None if there is no such user or they may not sign in."""
    signed_in = await sessions.sign_in_user(table, named.user_id, named.issued_at, whole_partition=whole_partition)
    return None if signed_in is None else Principal(person=signed_in)


async def program(table: Table, bearer: str) -> Principal | None:
    """The program whose API key this is; None if the key is unknown, expired or revoked."""
    key_id, secret = parsed(bearer)
    key = await api_keys.get(table, key_id)
    # The hash is computed for an unknown id too, so that the response time does not reveal which ids exist.
    stored = key.secret_hash if key is not None else ""
    # As bytes: a text in the table may be any, and a comparison of texts fails unless both are ASCII.
    matches = hmac.compare_digest(hash_secret(secret).encode(), stored.encode())
    if key is None or not matches or not in_force(key):
        return None
    await api_keys.note_use(table, key)
    return Principal(expand(key.scopes), key_id=key.key_id, key_name=key.name)


def in_force(key: models.ApiKey) -> bool:
    """Whether a key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires is None or key.expires > datetime.now(UTC))
