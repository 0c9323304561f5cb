"""The mutations about accounts, with their inputs and payloads."""

from typing import Annotated, Any

import strawberry

from dynamo import models
from resolvers import accounts, users
from resolvers.payloads import Payload
from resolvers.scopes import CHANGE_OWN_ACCOUNT, OWN_USER, SIGNED_IN, WRITE_ACCOUNTS
from schema.account import Account
from schema.fields import CHANGE, ONE, Info, attribute, described, field
from schema.idempotency import idempotency_key
from schema.inputs import given, optional, required
from schema.lookups import AccountBy, UserBy
from schema.maxima import ATTRIBUTES, NAME, PROVIDER
from schema.payload import GONE, UNLESS_DELETED, UserError, user_errors
from schema.scalars import JSON, BigInt
from schema.user import User
from schema.user_changes import PARTLY_SHOWN, REMOVED, WRITTEN_BACK, RegisterAccountInput


@strawberry.input(description="An account to link to a user.")
class LinkAccountInput(RegisterAccountInput):
    """The fields of `RegisterAccountInput`, and the user, which `registerUser` creates itself."""

    user: UserBy = required("The user to link the account to.")
    idempotency_key: str | None = idempotency_key(subject="account to link")


@strawberry.input(description="The account to unlink.")
class UnlinkAccountInput:
    """Without `force`, the last way to sign in stays."""

    by: AccountBy = required("The account to unlink.")
    force: bool = strawberry.field(
        description="Unlink the account even if the user then has no way to sign in. Only API keys can set it.",
        default=False,
    )


@strawberry.input(description="The account to move, and the user who gets it.")
class MoveAccountInput:
    """Without `force`, the last way to sign in stays."""

    by: AccountBy = required("The account to move.")
    to: UserBy = required("The user who gets the account.")
    force: bool = strawberry.field(
        description="Move the account even if its user then has no way to sign in.",
        default=False,
    )


@strawberry.input(
    description="The tokens that the account must have for the update to happen. An omitted token is not compared. "
    "Null means that the account has no such token."
)
class ExpectedTokensInput:
    access_token: str | None = optional("The OAuth access token.", PROVIDER, guess=True)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER, guess=True)
    expires_at: BigInt | None = optional("When the access token expires, in seconds since the Unix epoch.")


@strawberry.input(description="New tokens for an account. An omitted field keeps its value; null removes it.")
class UpdateAccountTokensInput:
    """With `expected`, a compare-and-swap: of two refreshes at the same time, the second is rejected with `STALE`."""

    by: AccountBy = required("The account to change.")
    expected: ExpectedTokensInput | None = optional(
        "Update the tokens only if the account still has these. If not, the mutation is rejected with `STALE`, "
        "whatever else is given."
    )
    access_token: str | None = optional("The OAuth access token.", PROVIDER)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER)
    id_token: str | None = optional("The OpenID Connect ID token.", PROVIDER)
    scope: str | None = optional("The OAuth scope that the provider granted.", PROVIDER)
    token_type: str | None = optional("The type of the access token.", PROVIDER)
    expires_at: BigInt | None = optional("When the access token expires, in seconds since the Unix epoch.")
    session_state: str | None = optional("The OpenID Connect session state.", PROVIDER)
    attributes: JSON | None = optional(
        "Other attributes that the provider returned, as an object. Attributes not named in it keep their values. "
        f"{WRITTEN_BACK} {PARTLY_SHOWN}",
        ATTRIBUTES,
    )
    remove_attributes: list[str] | None = optional(REMOVED, NAME, each=True)


@strawberry.type(description="The result of `linkAccount`.")
class LinkAccountPayload:
    account: Account | None = attribute("The new account.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `unlinkAccount`.")
class UnlinkAccountPayload:
    deleted_account_id: strawberry.ID | None = attribute(
        "The global id of the account. An account that is named by its id has it here even if it was unlinked before.",
        SIGNED_IN,
    )
    account: Account | None = attribute("The account that was unlinked.", SIGNED_IN)

    @field(f"The user whose account it was. {GONE}", OWN_USER, type=User | None, cost=ONE)
    async def user(self: Any, info: Info) -> models.User | None:
        return await users.changed(info.context, self)

    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `moveAccount`.")
class MoveAccountPayload:
    account: Account | None = attribute("The account, now of its new user. It has another global id.", SIGNED_IN)
    deleted_account_id: strawberry.ID | None = attribute(
        "The global id that the account had before. Null if it was the user's already.", SIGNED_IN
    )

    @field(f"The user who had the account before. {GONE}", OWN_USER, type=User | None, cost=ONE)
    async def user(self: Any, info: Info) -> models.User | None:
        return await users.changed(info.context, self)

    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `updateAccountTokens`.")
class UpdateAccountTokensPayload:
    account: Account | None = attribute(f"The account after the update. {UNLESS_DELETED}", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type
class AccountMutations:
    """The mutations about accounts; `schema.mutation` gathers them."""

    @field("Link an account to a user.", WRITE_ACCOUNTS, type=LinkAccountPayload, cost=CHANGE)
    async def link_account(
        self, info: Info, input: Annotated[LinkAccountInput, described("The account to link, and its user.")]
    ) -> Payload:
        return await accounts.link(info.context, **given(input))

    @field(
        "Unlink an account from its user. Rejected if it is the user's last way to sign in, unless forced.",
        CHANGE_OWN_ACCOUNT,
        type=UnlinkAccountPayload,
        cost=CHANGE,
    )
    async def unlink_account(
        self, info: Info, input: Annotated[UnlinkAccountInput, described("The account to unlink.")]
    ) -> Payload:
        return await accounts.unlink(info.context, **given(input))

    @field(
        "Move an account to another user, in one transaction. Both users must be allowed to sign in. Rejected if it is "
        "the last way to sign in of the user who has it, unless forced, and for the account of a passkey. Sessions "
        "stay as they are. Safe to repeat.",
        WRITE_ACCOUNTS,
        type=MoveAccountPayload,
        cost=CHANGE,
    )
    async def move_account(
        self, info: Info, input: Annotated[MoveAccountInput, described("The account to move, and its new user.")]
    ) -> Payload:
        return await accounts.move(info.context, **given(input))

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
