"""Inputs and payloads of the mutations about accounts."""

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.account import Account
from schema.fields import attribute
from schema.inputs import optional, required
from schema.lookups import AccountBy
from schema.maxima import ATTRIBUTES, PROVIDER, SEALED
from schema.payload import UserError, user_errors
from schema.scalars import JSON, BigInt
from schema.user_changes import PARTLY_SHOWN, USER, RegisterAccountInput


@strawberry.input(description="An account to link to a user.")
class LinkAccountInput(RegisterAccountInput):
    """An account with its user."""

    user: strawberry.ID = required(USER, SEALED)


@strawberry.input(description="The account to unlink.")
class UnlinkAccountInput:
    """The last way to sign in stays unless forced."""

    by: AccountBy = required("Which account.")
    force: bool = strawberry.field(
        description="Unlink it even if it is the user's last way to sign in. Requires `admin`.", default=False
    )


@strawberry.input(description="Tokens an account is expected to have. Those that are left out are not compared.")
class ExpectedTokensInput:
    """The comparison of a compare-and-swap; null means absent."""

    access_token: str | None = optional("The OAuth access token.", PROVIDER, guess=True)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER, guess=True)
    expires_at: BigInt | None = optional("When the access token ends, in seconds since the epoch.")


@strawberry.input(description="New tokens of an account. What is left out stays; null clears.")
class UpdateAccountTokensInput:
    """A compare-and-swap: of two refreshes at once, one is told that it is stale."""

    by: AccountBy = required("Which account.")
    expected: ExpectedTokensInput | None = optional(
        "Replace the tokens only if the account still has these. If not, the answer is `STALE`, whatever else is given."
    )
    access_token: str | None = optional("The OAuth access token.", PROVIDER)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER)
    id_token: str | None = optional("The OpenID Connect id token.", PROVIDER)
    scope: str | None = optional("The scope that was granted.", PROVIDER)
    token_type: str | None = optional("The type of the access token.", PROVIDER)
    expires_at: BigInt | None = optional("When the access token ends, in seconds since the epoch.")
    session_state: str | None = optional("OpenID Connect's session state.", PROVIDER)
    attributes: JSON | None = optional(
        f"Whatever else the provider returned, as an object; other attributes stay. {PARTLY_SHOWN}", ATTRIBUTES
    )


@strawberry.type(description="The answer to `linkAccount`.")
class LinkAccountPayload:
    """What was made."""

    account: Account | None = attribute("The new account.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `unlinkAccount`.")
class UnlinkAccountPayload:
    """What was deleted."""

    account: Account | None = attribute("The account as it was.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `updateAccountTokens`.")
class UpdateAccountTokensPayload:
    """What it is now."""

    account: Account | None = attribute("The account as it is now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
