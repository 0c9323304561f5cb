"""Scopes, which API keys grant, and requirements, which fields have."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Scope(Enum):
    """A permission an API key holds: its name, and what it permits, as the schema describes it."""

    _value_: str
    permits: str

    # A member is only equal to itself. The hash of Enum is a call in Python.
    __hash__ = object.__hash__

    def __new__(cls, name: str, permits: str) -> "Scope":
        """A member whose value is its name."""
        scope = object.__new__(cls)
        scope._value_ = name
        scope.permits = permits
        return scope

    USERS_READ = "users:read", "read users"
    USERS_WRITE = "users:write", "create, update, disable, enable and delete users"
    ACCOUNTS_READ = "accounts:read", "read accounts and passkeys, but not the tokens of accounts"
    ACCOUNTS_WRITE = "accounts:write", "link, update and remove accounts and passkeys"
    SESSIONS_READ = "sessions:read", "read sessions, but not their tokens"
    SESSIONS_WRITE = "sessions:write", "create, update and revoke sessions"
    TOKENS_WRITE = "tokens:write", "create, list, use and delete verification tokens"
    USERS_IMPERSONATE = "users:impersonate", "act as users, in sessions that say so; also needs `sessions:write`"
    SECRETS_READ = "secrets:read", "read stored tokens and attributes that may hold secrets"
    AUDIT_READ = "audit:read", "read the audit log: who changed what"
    HEALTH_READ = "health:read", "read the state of the table, and what the doctor found last"
    ADMIN = "admin", "every permission, including managing API keys"
    ADAPTER = (
        "adapter",
        "what an Auth.js adapter needs: all scopes to read and write, except `secrets:read`, `audit:read` and "
        "`health:read`",
    )

    @property
    def description(self) -> str:
        """The scope in the schema."""
        return f"`{self.value}`: {self.permits}."


ADAPTER_SCOPES: Final = frozenset(
    (
        Scope.USERS_READ,
        Scope.USERS_WRITE,
        Scope.ACCOUNTS_READ,
        Scope.ACCOUNTS_WRITE,
        Scope.SESSIONS_READ,
        Scope.SESSIONS_WRITE,
        Scope.TOKENS_WRITE,
    )
)
"""The scopes that the methods of an Auth.js adapter need. None of them shows a stored secret."""


def expand(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of stored names: `admin` stands for all of them, `adapter` for its preset. Unknown names are
    ignored."""
    known = {scope.value: scope for scope in Scope}
    scopes = {known[name] for name in names if name in known}
    if Scope.ADMIN in scopes:
        return frozenset(Scope)
    if Scope.ADAPTER in scopes:
        scopes |= ADAPTER_SCOPES
    return frozenset(scopes)


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a caller needs to select a field: all of `scopes` or, with `owner`, to be the person that the field is
    about."""

    scopes: frozenset[Scope] = frozenset()
    owner: bool = False
    anonymous: bool = False

    def __str__(self) -> str:
        names = " and ".join(f"`{scope.value}`" for scope in Scope if scope in self.scopes)
        if not names:
            return ""
        return (
            f"Requires {names}, or being signed in as the user it belongs to." if self.owner else f"Requires {names}."
        )


ANYONE: Final = Requirement(owner=True, anonymous=True)
SIGNED_IN: Final = Requirement(owner=True)
OWN_USER: Final = Requirement(frozenset({Scope.USERS_READ}), owner=True)
OWN_ACCOUNT: Final = Requirement(frozenset({Scope.ACCOUNTS_READ}), owner=True)
OWN_SESSION: Final = Requirement(frozenset({Scope.SESSIONS_READ}), owner=True)
CHANGE_OWN_USER: Final = Requirement(frozenset({Scope.USERS_WRITE}), owner=True)
CHANGE_OWN_ACCOUNT: Final = Requirement(frozenset({Scope.ACCOUNTS_WRITE}), owner=True)
CHANGE_OWN_SESSION: Final = Requirement(frozenset({Scope.SESSIONS_WRITE}), owner=True)
READ_USERS: Final = Requirement(frozenset({Scope.USERS_READ}))
WRITE_USERS: Final = Requirement(frozenset({Scope.USERS_WRITE}))
WRITE_ACCOUNTS: Final = Requirement(frozenset({Scope.ACCOUNTS_WRITE}))
WRITE_SESSIONS: Final = Requirement(frozenset({Scope.SESSIONS_WRITE}))
WRITE_TOKENS: Final = Requirement(frozenset({Scope.TOKENS_WRITE}))
READ_SECRETS: Final = Requirement(frozenset({Scope.SECRETS_READ}))
READ_AUDIT: Final = Requirement(frozenset({Scope.AUDIT_READ}))
OWN_AUDIT: Final = Requirement(frozenset({Scope.AUDIT_READ}), owner=True)
READ_HEALTH: Final = Requirement(frozenset({Scope.HEALTH_READ}))
ADMINISTER: Final = Requirement(frozenset({Scope.ADMIN}))
REGISTER: Final = Requirement(frozenset({Scope.USERS_WRITE, Scope.ACCOUNTS_WRITE}))
MERGE: Final = Requirement(frozenset({Scope.USERS_WRITE, Scope.ACCOUNTS_WRITE, Scope.SESSIONS_WRITE}))
