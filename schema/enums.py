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
    """Declare an enum of the resolvers as a GraphQL one; a member without a description is a KeyError."""
    for value, member in zip(
        enum_values(strawberry.enum(members, description=description)), list(members), strict=True
    ):
        value.description = values[member]


enum(
    Scope,
    "What an API key may do.",
    {
        Scope.USERS_READ: "`users:read`: see users.",
        Scope.USERS_WRITE: "`users:write`: create, change, disable and delete users.",
        Scope.ACCOUNTS_READ: "`accounts:read`: see accounts and passkeys, without their secrets.",
        Scope.ACCOUNTS_WRITE: "`accounts:write`: link, change and unlink accounts and passkeys.",
        Scope.SESSIONS_READ: "`sessions:read`: see sessions, without their tokens.",
        Scope.SESSIONS_WRITE: "`sessions:write`: create, extend and revoke sessions.",
        Scope.TOKENS_WRITE: "`tokens:write`: create, see and use verification tokens.",
        Scope.SECRETS_READ: "`secrets:read`: see stored tokens.",
        Scope.ADMIN: "`admin`: everything, API keys included.",
        Scope.ADAPTER: "`adapter`: what the methods of an Auth.js adapter need, which shows no stored secret.",
    },
)

enum(
    ErrorCode,
    "Why an input was refused.",
    {
        ErrorCode.INVALID: "The value cannot be stored or cannot be meant.",
        ErrorCode.NOT_FOUND: "What the input names is not there, or not the caller's.",
        ErrorCode.TAKEN: "Somebody else has it.",
        ErrorCode.EXPIRED: "Its time is over.",
        ErrorCode.STALE: "It changed since it was read; read it again.",
        ErrorCode.DISABLED: "The user may not sign in.",
        ErrorCode.LAST_SIGN_IN: "It is the user's last way to sign in.",
        ErrorCode.FORBIDDEN: "The caller may make the change, but not with this value.",
    },
)

__all__ = ["ErrorCode", "Scope", "enum"]
