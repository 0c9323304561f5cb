"""How one object is named, in lookups and in mutations: by exactly one of its keys."""

from typing import Final

import strawberry

from schema.inputs import optional, required
from schema.maxima import KEY, SEALED

CREDENTIAL: Final = "The WebAuthn credential id, in base64 or base64url."
TO_READ: Final = "Requires `users:read`; people may name themselves by it."


@strawberry.input(description="The provider and the account's id at that provider. Together they identify an account.")
class AccountKey:
    provider: str = required("The provider's id, such as `github`.", KEY)
    provider_account_id: str = required("The account's id at the provider.", KEY, guess=True)


@strawberry.input(description="A user, identified by exactly one of these fields.", one_of=True)
class UserBy:
    """In the input of a mutation, every key but the ids requires `users:read`, as a lookup does."""

    id: strawberry.ID | None = optional("The user's global id.", SEALED)
    user_id: strawberry.ID | None = optional("The user's raw id: `user.id` in Auth.js.", KEY)
    email: str | None = optional(
        "The user's e-mail address. It is trimmed and converted to lower case before the lookup, as in Auth.js. "
        f"{TO_READ}",
        KEY,
        guess=True,
    )
    account: AccountKey | None = optional(f"An account that is linked to the user. {TO_READ}")
    session_token: str | None = optional(f"The token of a valid session of the user. {TO_READ}", KEY, guess=True)


@strawberry.input(description="An account, identified by exactly one of these fields.", one_of=True)
class AccountBy:
    id: strawberry.ID | None = optional("The account's global id.", SEALED)
    account: AccountKey | None = optional("The provider and the account's id at that provider.")


@strawberry.input(description="A session, identified by exactly one of these fields.", one_of=True)
class SessionBy:
    id: strawberry.ID | None = optional("The session's global id. This also finds expired sessions.", SEALED)
    session_token: str | None = optional(
        "The session token. A query finds the session only while it is valid and its user may sign in; a mutation "
        "finds it while it is stored.",
        KEY,
        guess=True,
    )


@strawberry.input(description="A passkey, identified by exactly one of these fields.", one_of=True)
class AuthenticatorBy:
    id: strawberry.ID | None = optional("The passkey's global id.", SEALED)
    credential_id: str | None = optional(CREDENTIAL, KEY, guess=True)


@strawberry.input(description="An API key, identified by its id.", one_of=True)
class ApiKeyBy:
    id: strawberry.ID | None = optional("The key's global id.", SEALED)


@strawberry.input(description="Conditions on the users to list. A user must match all of them.")
class UserFilter:
    """The conditions are checked after the users were read; DynamoDB reads as much without a filter."""

    search: str | None = optional(
        "Text that the name, the e-mail address or the raw id contains. Case, surrounding spaces and Unicode "
        "compatibility forms, such as full-width letters, make no difference.",
        KEY,
    )
    email_verified: bool | None = optional("Whether the e-mail address is verified.")
    disabled: bool | None = optional("Whether the user is disabled.")
