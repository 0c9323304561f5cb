"""Enums, with a description of each value."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from resolvers.errors import ErrorCode
from resolvers.scopes import Scope
from schema.internals import enum_values

E = TypeVar("E", bound=Enum)


def enum(members: type[E], description: str, values: Mapping[E, str]) -> None:
    """Declare an enum of the resolvers as a GraphQL enum. Raises `KeyError` for a member without a description."""
    for value, member in zip(
        enum_values(strawberry.enum(members, description=description)), list(members), strict=True
    ):
        value.description = values[member]


enum(
    Scope,
    "A permission that an API key grants.",
    {
        Scope.USERS_READ: "`users:read`: read users.",
        Scope.USERS_WRITE: "`users:write`: create, update, disable, enable and delete users.",
        Scope.ACCOUNTS_READ: "`accounts:read`: read accounts and passkeys, but not the tokens of accounts.",
        Scope.ACCOUNTS_WRITE: "`accounts:write`: link, update and remove accounts and passkeys.",
        Scope.SESSIONS_READ: "`sessions:read`: read sessions, but not their tokens.",
        Scope.SESSIONS_WRITE: "`sessions:write`: create, update and revoke sessions.",
        Scope.TOKENS_WRITE: "`tokens:write`: create, list, use and delete verification tokens.",
        Scope.SECRETS_READ: "`secrets:read`: read stored tokens and attributes that may hold secrets.",
        Scope.ADMIN: "`admin`: every permission, including managing API keys.",
        Scope.ADAPTER: "`adapter`: what an Auth.js adapter needs: all scopes above except `secrets:read` and `admin`.",
    },
)

enum(
    ErrorCode,
    "Why an input was rejected.",
    {
        ErrorCode.INVALID: "The value is not valid.",
        ErrorCode.NOT_FOUND: "The object does not exist, or the caller may not access it.",
        ErrorCode.TAKEN: "The value is unique and already in use.",
        ErrorCode.EXPIRED: "The object has expired.",
        ErrorCode.STALE: "The object changed after it was read. Read it again before you retry.",
        ErrorCode.DISABLED: "The user is disabled.",
        ErrorCode.LAST_SIGN_IN: "The change would remove the user's last way to sign in.",
        ErrorCode.FORBIDDEN: "The caller may use the mutation, but may not set this field to this value.",
    },
)

__all__ = ["ErrorCode", "Scope", "enum"]
