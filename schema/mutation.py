"""The root fields of all mutations. Each takes one argument, `input`, and returns a payload."""

from typing import Annotated

import strawberry

from resolvers import accounts, api_keys, authenticators, sessions, users, verification_tokens
from resolvers.payloads import Payload
from resolvers.scopes import (
    ADMINISTER,
    CHANGE_OWN_ACCOUNT,
    CHANGE_OWN_SESSION,
    CHANGE_OWN_USER,
    REGISTER,
    WRITE_ACCOUNTS,
    WRITE_SESSIONS,
    WRITE_TOKENS,
    WRITE_USERS,
)
from schema.account_changes import (
    LinkAccountInput,
    LinkAccountPayload,
    UnlinkAccountInput,
    UnlinkAccountPayload,
    UpdateAccountTokensInput,
    UpdateAccountTokensPayload,
)
from schema.api_key_changes import (
    CreateApiKeyInput,
    CreateApiKeyPayload,
    RevokeApiKeyInput,
    RevokeApiKeyPayload,
)
from schema.authenticator_changes import (
    CreateAuthenticatorInput,
    CreateAuthenticatorPayload,
    DeleteAuthenticatorInput,
    DeleteAuthenticatorPayload,
    UpdateAuthenticatorCounterInput,
    UpdateAuthenticatorCounterPayload,
)
from schema.fields import CHANGE, Info, described, field
from schema.inputs import given
from schema.session_changes import (
    CreateSessionInput,
    CreateSessionPayload,
    DeleteSessionInput,
    DeleteSessionPayload,
    DeleteSessionsInput,
    DeleteSessionsPayload,
    UpdateSessionInput,
    UpdateSessionPayload,
)
from schema.user_changes import (
    CreateUserInput,
    CreateUserPayload,
    DeleteUserInput,
    DeleteUserPayload,
    DisableUserInput,
    DisableUserPayload,
    EnableUserInput,
    EnableUserPayload,
    RegisterUserInput,
    RegisterUserPayload,
    UpdateUserInput,
    UpdateUserPayload,
)
from schema.verification_token_changes import (
    CreateVerificationTokenInput,
    CreateVerificationTokenPayload,
    DeleteVerificationTokensInput,
    DeleteVerificationTokensPayload,
    UseVerificationTokenInput,
    UseVerificationTokenPayload,
)


@strawberry.type(description="The mutations of this API. A rejected input is reported in `userErrors` of the payload.")
class Mutation:
    """Each field passes its input on to the resolver of its entity in `resolvers`."""

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
        "deletion that was interrupted.",
        WRITE_USERS,
        type=DeleteUserPayload,
        cost=CHANGE,
    )
    async def delete_user(
        self, info: Info, input: Annotated[DeleteUserInput, described("The user to delete.")]
    ) -> Payload:
        return await users.delete(info.context, **given(input))

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

    @field("Link an account to a user.", WRITE_ACCOUNTS, type=LinkAccountPayload, cost=CHANGE)
    async def link_account(
        self, info: Info, input: Annotated[LinkAccountInput, described("The account to link, and its user.")]
    ) -> Payload:
        return await accounts.link(info.context, **given(input))

    @field(
        "Unlink an account from its user. Rejected if it is the user's last way to sign in.",
        CHANGE_OWN_ACCOUNT,
        type=UnlinkAccountPayload,
        cost=CHANGE,
    )
    async def unlink_account(
        self, info: Info, input: Annotated[UnlinkAccountInput, described("The account to unlink.")]
    ) -> Payload:
        return await accounts.unlink(info.context, **given(input))

    @field(
        "Update the tokens of an account. With `expected`, only if the account still has the expected tokens.",
        WRITE_ACCOUNTS,
        type=UpdateAccountTokensPayload,
        cost=CHANGE,
    )
    async def update_account_tokens(
        self, info: Info, input: Annotated[UpdateAccountTokensInput, described("The account and its new tokens.")]
    ) -> Payload:
        return await accounts.update_tokens(info.context, **given(input))

    @field("Create a session, which signs a user in.", WRITE_SESSIONS, type=CreateSessionPayload, cost=CHANGE)
    async def create_session(
        self, info: Info, input: Annotated[CreateSessionInput, described("The session to create, and its user.")]
    ) -> Payload:
        return await sessions.create(info.context, **given(input))

    @field("Extend a session or update its attributes.", WRITE_SESSIONS, type=UpdateSessionPayload, cost=CHANGE)
    async def update_session(
        self, info: Info, input: Annotated[UpdateSessionInput, described("The session and the fields to change.")]
    ) -> Payload:
        return await sessions.update(info.context, **given(input))

    @field("Revoke a session. Safe to repeat.", CHANGE_OWN_SESSION, type=DeleteSessionPayload, cost=CHANGE)
    async def delete_session(
        self, info: Info, input: Annotated[DeleteSessionInput, described("The session to revoke.")]
    ) -> Payload:
        return await sessions.delete(info.context, **given(input))

    @field(
        "Revoke all sessions of a user, or all except one. Safe to repeat.",
        CHANGE_OWN_SESSION,
        type=DeleteSessionsPayload,
        cost=CHANGE,
    )
    async def delete_sessions(
        self, info: Info, input: Annotated[DeleteSessionsInput, described("The user whose sessions to revoke.")]
    ) -> Payload:
        return await sessions.delete_all(info.context, **given(input))

    @field("Store a verification token.", WRITE_TOKENS, type=CreateVerificationTokenPayload, cost=CHANGE)
    async def create_verification_token(
        self, info: Info, input: Annotated[CreateVerificationTokenInput, described("The verification token to store.")]
    ) -> Payload:
        return await verification_tokens.create(info.context, **given(input))

    @field(
        "Use a verification token, which deletes it. If several callers use it at the same time, exactly one succeeds.",
        WRITE_TOKENS,
        type=UseVerificationTokenPayload,
        cost=CHANGE,
    )
    async def use_verification_token(
        self, info: Info, input: Annotated[UseVerificationTokenInput, described("The verification token to use.")]
    ) -> Payload:
        return await verification_tokens.use(info.context, **given(input))

    @field(
        "Delete the verification tokens of an identifier. Safe to repeat.",
        WRITE_TOKENS,
        type=DeleteVerificationTokensPayload,
        cost=CHANGE,
    )
    async def delete_verification_tokens(
        self,
        info: Info,
        input: Annotated[DeleteVerificationTokensInput, described("The identifier whose tokens to delete.")],
    ) -> Payload:
        return await verification_tokens.delete_all(info.context, **given(input))

    @field("Register a passkey.", WRITE_ACCOUNTS, type=CreateAuthenticatorPayload, cost=CHANGE)
    async def create_authenticator(
        self,
        info: Info,
        input: Annotated[CreateAuthenticatorInput, described("The passkey to register, and its user.")],
    ) -> Payload:
        return await authenticators.create(info.context, **given(input))

    @field(
        "Store the signature counter of a passkey after a sign-in. A lower counter than the stored one is rejected.",
        WRITE_ACCOUNTS,
        type=UpdateAuthenticatorCounterPayload,
        cost=CHANGE,
    )
    async def update_authenticator_counter(
        self,
        info: Info,
        input: Annotated[UpdateAuthenticatorCounterInput, described("The passkey and its new counter.")],
    ) -> Payload:
        return await authenticators.update_counter(info.context, **given(input))

    @field(
        "Remove a passkey. Rejected if it is the user's last way to sign in.",
        CHANGE_OWN_ACCOUNT,
        type=DeleteAuthenticatorPayload,
        cost=CHANGE,
    )
    async def delete_authenticator(
        self, info: Info, input: Annotated[DeleteAuthenticatorInput, described("The passkey to remove.")]
    ) -> Payload:
        return await authenticators.delete(info.context, **given(input))

    @field(
        "Create an API key. The payload is the only place that shows the key.",
        ADMINISTER,
        type=CreateApiKeyPayload,
        cost=CHANGE,
    )
    async def create_api_key(
        self, info: Info, input: Annotated[CreateApiKeyInput, described("The API key to create.")]
    ) -> Payload:
        return await api_keys.create(info.context, **given(input))

    @field(
        "Revoke an API key. It is rejected from the next request on.", ADMINISTER, type=RevokeApiKeyPayload, cost=CHANGE
    )
    async def revoke_api_key(
        self, info: Info, input: Annotated[RevokeApiKeyInput, described("The API key to revoke.")]
    ) -> Payload:
        return await api_keys.revoke(info.context, **given(input))
