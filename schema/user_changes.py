"""Inputs and payloads of the mutations about users."""

from datetime import datetime

import strawberry

from resolvers.scopes import SIGNED_IN
from schema.account import Account
from schema.fields import attribute
from schema.inputs import optional, required
from schema.maxima import ATTRIBUTES, EMAIL, IMAGE, KEY, PROVIDER, SEALED, TEXT
from schema.payload import UserError, user_errors
from schema.scalars import JSON, BigInt
from schema.session import Session
from schema.user import User

USER = "The user: their global id or their raw Auth.js id."
PARTLY_SHOWN = (
    "One of which a part is hidden from the caller is refused with `INVALID`, because that part would be lost; null "
    "clears it, and `secrets:read` sees all of it."
)
PICTURE = "The address of a picture, or the picture itself: `https:`, `http:` or `data:image/…`."


@strawberry.input(description="A user to create.")
class CreateUserInput:
    """Stored as given; what is left out is not stored."""

    user_id: strawberry.ID | None = optional("The raw id; a random UUID unless given.", KEY)
    email: str | None = optional(
        "The e-mail address, unique among users. Stored trimmed and in lower case.", EMAIL, guess=True
    )
    email_verified: datetime | None = optional("When the address was verified.")
    name: str | None = optional("The name to show.", TEXT)
    image: str | None = optional(PICTURE, IMAGE)
    attributes: JSON | None = optional("Custom attributes as an object, stored beside the others.", ATTRIBUTES)


@strawberry.input(description="An account to register a user with.")
class RegisterAccountInput:
    """An account without its user."""

    provider: str = required("The provider's id, such as `github`. It holds no `#`.", KEY)
    provider_account_id: str = required("The account's id at the provider.", KEY, guess=True)
    type: str = required(
        "The kind of account: `oauth`, `oidc`, `email` or `webauthn`. None of the table's own words, such as `USER`.",
        TEXT,
    )
    access_token: str | None = optional("The OAuth access token.", PROVIDER)
    refresh_token: str | None = optional("The OAuth refresh token.", PROVIDER)
    id_token: str | None = optional("The OpenID Connect id token.", PROVIDER)
    scope: str | None = optional("The scope that was granted.", PROVIDER)
    token_type: str | None = optional("The type of the access token.", PROVIDER)
    expires_at: BigInt | None = optional("When the access token ends, in seconds since the epoch.")
    session_state: str | None = optional("OpenID Connect's session state.", PROVIDER)
    attributes: JSON | None = optional("Whatever else the provider returned, as an object.", ATTRIBUTES)


@strawberry.input(description="A session to register a user with.")
class RegisterSessionInput:
    """A session without its user."""

    session_token: str | None = optional(
        "The token, unique among all sessions; a random one unless given.", KEY, guess=True
    )
    expires: datetime | None = optional(
        "When it ends: in the future and before the year 9999; in 30 days unless given. Cut to whole seconds."
    )
    attributes: JSON | None = optional("Custom attributes as an object.", ATTRIBUTES)


@strawberry.input(description="A user to register with an account and, if wanted, a session.")
class RegisterUserInput:
    """All of it is stored or nothing."""

    user: CreateUserInput = required("The user.")
    account: RegisterAccountInput = required("The account that signs them in.")
    session: RegisterSessionInput | None = optional("A first session. Requires `sessions:write`.")


@strawberry.input(description="Changes to a user. What is left out stays; null clears.")
class UpdateUserInput:
    """A partial update."""

    user: strawberry.ID = required(USER, SEALED)
    email: str | None = optional(
        "The new e-mail address, unique among users; null or an empty text takes it away. Unless `emailVerified` is "
        "given too, it counts as not verified.",
        EMAIL,
        guess=True,
    )
    email_verified: datetime | None = optional("When the address was verified.")
    name: str | None = optional("The name to show.", TEXT)
    image: str | None = optional(PICTURE, IMAGE)
    attributes: JSON | None = optional(
        f"Custom attributes to set, as an object; those it does not name stay. {PARTLY_SHOWN}", ATTRIBUTES
    )


@strawberry.input(description="The user to delete.")
class DeleteUserInput:
    """A delete that was cut short is finished by another."""

    user: strawberry.ID = required(USER, SEALED)


@strawberry.input(description="The user to bar from signing in.")
class DisableUserInput:
    """Their sessions end at once."""

    user: strawberry.ID = required(USER, SEALED)
    until: datetime | None = optional(
        "When the bar ends by itself: in the future and before the year 9999; for good unless given."
    )
    reason: str | None = optional("Why, for other administrators.", TEXT)


@strawberry.input(description="The user to let in again.")
class EnableUserInput:
    """Ends a bar."""

    user: strawberry.ID = required(USER, SEALED)


@strawberry.type(description="The answer to `registerUser`.")
class RegisterUserPayload:
    """What was made."""

    user: User | None = attribute("The new user.", SIGNED_IN)
    account: Account | None = attribute("The new account.", SIGNED_IN)
    session: Session | None = attribute("The new session, with its token.", SIGNED_IN, reveals_token=True)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `createUser`.")
class CreateUserPayload:
    """What was made."""

    user: User | None = attribute("The new user.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `updateUser`.")
class UpdateUserPayload:
    """What it is now."""

    user: User | None = attribute("The user as they are now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `deleteUser`.")
class DeleteUserPayload:
    """What was deleted."""

    user: User | None = attribute("The user as they were; null if there was none.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `disableUser`.")
class DisableUserPayload:
    """What it is now."""

    user: User | None = attribute("The user as they are now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `enableUser`.")
class EnableUserPayload:
    """What it is now."""

    user: User | None = attribute("The user as they are now.", SIGNED_IN)
    user_errors: list[UserError] = user_errors()
