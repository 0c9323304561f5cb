"""The mutations about users, with their inputs and payloads."""

from datetime import datetime
from typing import Annotated, Final

import strawberry

from resolvers import merges, users
from resolvers.inputs import MOST_ATTRIBUTES
from resolvers.payloads import Payload
from resolvers.scopes import CHANGE_OWN_USER, MERGE, REGISTER, SIGNED_IN, WRITE_USERS
from schema.account import Account
from schema.fields import CHANGE, Info, attribute, described, field
from schema.idempotency import DELETES, idempotency_key
from schema.inputs import given, optional, required
from schema.lookups import UserBy
from schema.maxima import ATTRIBUTES, EMAIL, IMAGE, IP_ADDRESS, KEY, NAME, PROVIDER, TEXT, USER_AGENT
from schema.payload import UNLESS_DELETED, UserError, user_errors
from schema.scalars import JSON, BigInt
from schema.session import Session
from schema.user import User

PARTLY_SHOWN: Final = (
    "An attribute that the caller sees only in part is rejected with `INVALID`, because the hidden part would be lost. "
    "Null clears it, and a caller with `secrets:read` can replace it."
)
WRITTEN_BACK: Final = (
    "A value that is given as `attributes` returned it stays stored as it is, sets and long numbers too."
)
REMOVED: Final = (
    "Names of custom attributes to remove. A name that is not stored is no error; one that is in `attributes` too is "
    f"`INVALID`. At most {MOST_ATTRIBUTES} names together with `attributes`."
)
PICTURE: Final = "The URL of the user's picture. It must begin with `https:`, `http:` or `data:image/`."


@strawberry.input(description="A new user.")
class NewUserInput:
    """Omitted fields are not stored at all."""

    user_id: strawberry.ID | None = optional("The raw id of the new user. If omitted, a random UUID.", KEY)
    email: str | None = optional(
        "The user's e-mail address. It must be unique. It is stored trimmed and in lower case.", EMAIL, guess=True
    )
    email_verified: datetime | None = optional("When the e-mail address was verified.")
    name: str | None = optional("The user's display name.", TEXT)
    image: str | None = optional(PICTURE, IMAGE)
    attributes: JSON | None = optional("Custom attributes to store with the user, as an object.", ATTRIBUTES)


@strawberry.input(description="The user to create.")
class CreateUserInput(NewUserInput):
    """The fields of `NewUserInput`, and the key, which `registerUser` has for all its parts."""

    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="The account to link to the new user.")
class RegisterAccountInput:
    """An account without its user, which `registerUser` creates at the same time."""

    provider: str = required("The provider's id, such as `github`. It must not contain `#`.", KEY)
    provider_account_id: str = required("The account's id at the provider.", KEY, guess=True)
    type: str = required(
        "The kind of account: `oauth`, `oidc`, `email` or `webauthn`. Words that mark other items in the table, such "
        "as `USER`, are rejected.",
        TEXT,
    )
    access_token: str | None = optional("The OAuth access token.", PROVIDER)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER)
    id_token: str | None = optional("The OpenID Connect ID token.", PROVIDER)
    scope: str | None = optional("The OAuth scope that the provider granted.", PROVIDER)
    token_type: str | None = optional("The type of the access token.", PROVIDER)
    expires_at: BigInt | None = optional("When the access token expires, in seconds since the Unix epoch.")
    session_state: str | None = optional("The OpenID Connect session state.", PROVIDER)
    attributes: JSON | None = optional("Other attributes that the provider returned, as an object.", ATTRIBUTES)


@strawberry.input(description="The first session of the new user.")
class RegisterSessionInput:
    """A session without its user, which `registerUser` creates at the same time."""

    session_token: str | None = optional(
        "The session token. It must be unique. If omitted, a random token.", KEY, guess=True
    )
    expires: datetime | None = optional(
        "When the session expires. Must be in the future. Fractions of a second are "
        "dropped. If omitted, 30 days from now."
    )
    user_agent: str | None = optional("The `User-Agent` header of the browser.", USER_AGENT)
    ip_address: str | None = optional(
        "The IPv4 or IPv6 address of the browser. Any other text is `INVALID`. It is stored in its usual form.",
        IP_ADDRESS,
    )
    attributes: JSON | None = optional("Custom attributes to store with the session, as an object.", ATTRIBUTES)


@strawberry.input(description="A new user with an account and, optionally, a session.")
class RegisterUserInput:
    """One transaction stores all of it or nothing."""

    user: NewUserInput = required("The user to create.")
    account: RegisterAccountInput = required("The account to link to the user.")
    session: RegisterSessionInput | None = optional("The first session of the user. Requires `sessions:write`.")
    idempotency_key: str | None = idempotency_key(subject="user to register")


@strawberry.input(description="Changes to a user. An omitted field keeps its value; null removes it.")
class UpdateUserInput:
    by: UserBy = required("The user to update.")
    email: str | None = optional(
        "The new e-mail address. It must be unique. Null removes it; an empty string is not valid. A new address "
        "counts as not verified unless you also pass `emailVerified`.",
        EMAIL,
        guess=True,
    )
    email_verified: datetime | None = optional("When the e-mail address was verified.")
    name: str | None = optional("The user's display name.", TEXT)
    image: str | None = optional(PICTURE, IMAGE)
    attributes: JSON | None = optional(
        "Custom attributes to set, as an object. Attributes not named in it keep their values. "
        f"{WRITTEN_BACK} {PARTLY_SHOWN}",
        ATTRIBUTES,
    )
    remove_attributes: list[str] | None = optional(REMOVED, NAME, each=True)


@strawberry.input(description="The user to delete.")
class DeleteUserInput:
    by: UserBy = required("The user to delete.")
    idempotency_key: str | None = idempotency_key(DELETES, "user to delete")


@strawberry.input(description="The user to disable.")
class DisableUserInput:
    by: UserBy = required("The user to disable.")
    until: datetime | None = optional(
        "When the user may sign in again. Must be in the future. If omitted, the user stays "
        "disabled until `enableUser`."
    )
    reason: str | None = optional("The reason. The disabled user cannot read it.", TEXT)


@strawberry.input(description="The user to enable.")
class EnableUserInput:
    by: UserBy = required("The user to enable.")


@strawberry.input(description="The user who stays, and the user who is merged into them and deleted.")
class MergeUsersInput:
    """Two users who are the same person."""

    keep: UserBy = required("The user who stays.")
    lose: UserBy = required("The user whose accounts and passkeys move to the other one. Then they are deleted.")


@strawberry.type(description="The result of `registerUser`.")
class RegisterUserPayload:
    user: User | None = attribute("The new user.", SIGNED_IN)
    account: Account | None = attribute("The new account.", SIGNED_IN)
    session: Session | None = attribute("The new session. Its `token` can be read here.", SIGNED_IN, reveals_token=True)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `createUser`.")
class CreateUserPayload:
    user: User | None = attribute("The new user.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateUser`.")
class UpdateUserPayload:
    user: User | None = attribute(f"The user after the update. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `deleteUser`.")
class DeleteUserPayload:
    deleted_user_id: strawberry.ID | None = attribute(
        "The global id of the user, also if they were deleted before. Null if no user was found by the key.", SIGNED_IN
    )
    user: User | None = attribute("The user that was deleted. Null if there was none.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `disableUser`.")
class DisableUserPayload:
    user: User | None = attribute(f"The user, now disabled. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `enableUser`.")
class EnableUserPayload:
    user: User | None = attribute(f"The user, now enabled. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `mergeUsers`.")
class MergeUsersPayload:
    user: User | None = attribute(f"The user who stayed. {UNLESS_DELETED}", SIGNED_IN)
    deleted_user_id: strawberry.ID | None = attribute(
        "The global id of the user who was merged and deleted, also if an earlier call did that.", SIGNED_IN
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type
class UserMutations:
    """The mutations about users; `schema.mutation` gathers them."""

    @field(
        "Create a user with an account and, optionally, a session, in one transaction.",
        REGISTER,
        type=RegisterUserPayload,
        cost=CHANGE,
    )
    async def register_user(
        self,
        info: Info,
        input: Annotated[RegisterUserInput, described("The user, the account and, optionally, the session to create.")],
    ) -> Payload:
        return await users.register(info.context, **given(input))

    @field("Create a user.", WRITE_USERS, type=CreateUserPayload, cost=CHANGE)
    async def create_user(
        self, info: Info, input: Annotated[CreateUserInput, described("The user to create.")]
    ) -> Payload:
        return await users.create(info.context, **given(input))

    @field(
        "Update a user. People may update their own name and image.",
        CHANGE_OWN_USER,
        type=UpdateUserPayload,
        cost=CHANGE,
    )
    async def update_user(
        self, info: Info, input: Annotated[UpdateUserInput, described("The user and the fields to change.")]
    ) -> Payload:
        return await users.update(info.context, **given(input))

    @field(
        "Delete a user with their accounts, sessions and passkeys. Safe to repeat. A repeated call finishes a "
        "deletion that was interrupted. People can delete themselves if the operator has listed `delete` in "
        "`AUTHGRAPH_SELF_SERVICE`; without it, they are rejected with `FORBIDDEN`, and with `SIGN_IN_AGAIN` unless "
        "they signed in within the last ten minutes.",
        CHANGE_OWN_USER,
        type=DeleteUserPayload,
        cost=CHANGE,
    )
    async def delete_user(
        self, info: Info, input: Annotated[DeleteUserInput, described("The user to delete.")]
    ) -> Payload:
        return await users.delete(info.context, **given(input))

    @field(
        "Merge two users who are the same person. The accounts and passkeys of `lose` move to `keep`, with their "
        "tokens and attributes. If both have the same account or passkey, that of `keep` stays. The sessions of `lose` "
        "end, those of `keep` stay. Name, picture, e-mail address and custom attributes of `keep` stay as they are, "
        "and those of `lose` are deleted with the user. "
        "Rejected with `DISABLED` if `lose` is being deleted, or is disabled for longer than `keep`, because the merge "
        "would let them in; with `TAKEN` if another item of `keep` has the key of an account of `lose`. "
        "Safe to repeat for a week. A repeated call finishes a merge that was interrupted. Meanwhile, `lose` cannot "
        "sign in.",
        MERGE,
        type=MergeUsersPayload,
        cost=CHANGE,
    )
    async def merge_users(
        self, info: Info, input: Annotated[MergeUsersInput, described("The two users to merge.")]
    ) -> Payload:
        return await merges.merge(info.context, **given(input))

    @field(
        "Prevent a user from signing in, and revoke all their sessions.",
        WRITE_USERS,
        type=DisableUserPayload,
        cost=CHANGE,
    )
    async def disable_user(
        self, info: Info, input: Annotated[DisableUserInput, described("The user to disable, and for how long.")]
    ) -> Payload:
        return await users.disable(info.context, **given(input))

    @field("Allow a disabled user to sign in again.", WRITE_USERS, type=EnableUserPayload, cost=CHANGE)
    async def enable_user(
        self, info: Info, input: Annotated[EnableUserInput, described("The user to enable.")]
    ) -> Payload:
        return await users.enable(info.context, **given(input))
