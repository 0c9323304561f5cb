"""Inputs and payloads of the mutations about API keys."""

from datetime import datetime

import strawberry

from resolvers.scopes import ADMINISTER
from schema.api_key import ApiKey
from schema.enums import Scope
from schema.fields import attribute
from schema.inputs import optional, required
from schema.maxima import SEALED, TEXT
from schema.payload import UserError, user_errors


@strawberry.input(description="An API key to make.")
class CreateApiKeyInput:
    """Its secret is shown once."""

    name: str = required("Who will use it.", TEXT)
    scopes: list[Scope] = required("What it may do; at least one.")
    expires_at: datetime | None = optional(
        "When it ends by itself: in the future and before the year 9999; never unless given."
    )


@strawberry.input(description="The API key to revoke.")
class RevokeApiKeyInput:
    """Holds from the next request."""

    id: strawberry.ID = required("The key's global id.", SEALED)


@strawberry.type(description="The answer to `createApiKey`.")
class CreateApiKeyPayload:
    """What was made."""

    api_key: ApiKey | None = attribute("The new key.", ADMINISTER)
    secret: str | None = attribute(
        "What its holder sends as `Authorization: Bearer …`. It is never shown again.", ADMINISTER
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The answer to `revokeApiKey`.")
class RevokeApiKeyPayload:
    """What it is now."""

    api_key: ApiKey | None = attribute("The key as it is now.", ADMINISTER)
    user_errors: list[UserError] = user_errors()
