"""How one object is named, in lookups and in mutations: by exactly one of its keys."""

from datetime import datetime
from typing import Final

import strawberry

from dynamo.directory import SEARCH_UNITS
from schema.enums import OrderDirection, UserOrderField
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


@strawberry.input(description="A span of time. Each end may be left open.")
class TimeRange:
    """From the one to before the other."""

    from_: datetime | None = optional("The earliest time.", name="from")
    to: datetime | None = optional("The end of the span. This time itself is not part of it.")


@strawberry.input(
    description="Conditions on the users to list. A user must match all of them. `search`, `emailPrefix`, "
    "`namePrefix`, `createdAt`, `lastSignInAt` and `provider` are lists of their own, so at most one can be given. "
    "`emailVerified`, `disabled` and `contains` are checked after users were read, and go with everything."
)
class UserFilter:
    """What is not given, or null, is no condition."""

    search: str | None = optional(
        "Text to find users by: their raw id, the id of an account as `provider:id`, the beginning of their e-mail "
        "address, or the beginning of their name, in this order. Nothing is scanned. A whole e-mail address is always "
        "found, its beginning and that of the name only in the directory's lists `email` and `name`. If one of these "
        "is off, `complete` is false. A search can only be read forward.",
        KEY,
        guess=True,
    )
    email_prefix: str | None = optional(
        "The beginning of the e-mail address. Case and surrounding spaces make no difference. Sorts by `EMAIL`, and "
        "needs the list `email` of the directory.",
        KEY,
        guess=False,
    )
    name_prefix: str | None = optional(
        "The beginning of the name, of which the first 200 bytes count. Case, spaces and Unicode compatibility forms, "
        "such as full-width letters, make no difference. Sorts by `NAME`, and needs the list `name` of the directory.",
        KEY,
        guess=False,
    )
    created_at: TimeRange | None = optional(
        "When the user was created. Sorts by `CREATED_AT`, and needs the list `created` of the directory."
    )
    last_sign_in_at: TimeRange | None = optional(
        "When the user last signed in. Sorts by `LAST_SIGN_IN_AT`, and needs the list `signed_in` of the directory."
    )
    provider: str | None = optional(
        "The id of a provider, such as `github`, at which the user has an account, spelled exactly as it is stored: "
        "upper and lower case differ. Sorts by the account's id there.",
        KEY,
        guess=False,
        continued=True,
    )
    contains: str | None = optional(
        "Text that the name, the e-mail address or the raw id contains. Case, surrounding spaces and Unicode "
        "compatibility forms, such as full-width letters, make no difference; for texts of more than 200 characters, "
        "only the case makes none.",
        KEY,
        guess=False,
        search=SEARCH_UNITS,
    )
    email_verified: bool | None = optional("Whether the e-mail address is verified.", search=SEARCH_UNITS)
    disabled: bool | None = optional("Whether the user is disabled.", search=SEARCH_UNITS)


@strawberry.input(
    description="How to sort users. Each order is a list of the directory, which may not have every user."
)
class UserOrder:
    """One order at a time."""

    field: UserOrderField = required("What to sort by.")
    direction: OrderDirection = strawberry.field(description="Which end comes first.", default=OrderDirection.ASC)
