"""How one object is looked up: by exactly one of its keys."""

import strawberry

from schema.inputs import optional, required
from schema.maxima import KEY, SEALED


@strawberry.input(description="An account's key at its provider.")
class AccountKey:
    """What Auth.js links a user by."""

    provider: str = required("The provider's id, such as `github`.", KEY)
    provider_account_id: str = required("The account's id at the provider.", KEY, guess=True)


@strawberry.input(description="Which user.", one_of=True)
class UserBy:
    """Exactly one."""

    id: strawberry.ID | None = optional("The global id.", SEALED)
    user_id: strawberry.ID | None = optional("The raw Auth.js id.", KEY)
    email: str | None = optional(
        "The e-mail address, compared as Auth.js does: trimmed and in lower case.", KEY, guess=True
    )
    account: AccountKey | None = optional("A linked account.")
    session_token: str | None = optional("The token of a session that signs the user in.", KEY, guess=True)


@strawberry.input(description="Which account.", one_of=True)
class AccountBy:
    """Exactly one."""

    id: strawberry.ID | None = optional("The global id.", SEALED)
    account: AccountKey | None = optional("The account's key at its provider.")


@strawberry.input(description="Which session.", one_of=True)
class SessionBy:
    """Exactly one."""

    id: strawberry.ID | None = optional("The global id. Finds expired sessions too.", SEALED)
    session_token: str | None = optional(
        "The token. Finds the session only while it signs its user in.", KEY, guess=True
    )


@strawberry.input(description="Which users to list. Every condition that is given must hold.")
class UserFilter:
    """Applied to the users that are read."""

    search: str | None = optional("Part of the name, e-mail address or raw id, in any case.", KEY)
    email_verified: bool | None = optional("Whether the e-mail address is verified.")
    disabled: bool | None = optional("Whether the user is barred from signing in.")
