"""How one object is looked up: by exactly one of its keys."""

import strawberry

from schema.inputs import optional, required
from schema.maxima import KEY, SEALED


@strawberry.input(description="The provider and the account's id at that provider. Together they identify an account.")
class AccountKey:
    provider: str = required("The provider's id, such as `github`.", KEY)
    provider_account_id: str = required("The account's id at the provider.", KEY, guess=True)


@strawberry.input(description="A user, identified by exactly one of these fields.", one_of=True)
class UserBy:
    id: strawberry.ID | None = optional("The user's global id.", SEALED)
    user_id: strawberry.ID | None = optional("The user's raw id: `user.id` in Auth.js.", KEY)
    email: str | None = optional(
        "The user's e-mail address. It is trimmed and converted to lower case before the lookup, as in Auth.js.",
        KEY,
        guess=True,
    )
    account: AccountKey | None = optional("An account that is linked to the user.")
    session_token: str | None = optional("The token of a valid session of the user.", KEY, guess=True)


@strawberry.input(description="An account, identified by exactly one of these fields.", one_of=True)
class AccountBy:
    id: strawberry.ID | None = optional("The account's global id.", SEALED)
    account: AccountKey | None = optional("The provider and the account's id at that provider.")


@strawberry.input(description="A session, identified by exactly one of these fields.", one_of=True)
class SessionBy:
    id: strawberry.ID | None = optional("The session's global id. This also finds expired sessions.", SEALED)
    session_token: str | None = optional(
        "The session token. This finds the session only while it is valid and its user may sign in.", KEY, guess=True
    )


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
