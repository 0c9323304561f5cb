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


@strawberry.input(description="The API key to create.")
class CreateApiKeyInput:
    name: str = required("A name for the program or team that will use the key.", TEXT)
    scopes: list[Scope] = required("The scopes that the key grants. At least one.")
    expires_at: datetime | None = optional(
        "When the key expires. Must be in the future and before the year 9999. If omitted, the key does not expire."
    )


@strawberry.input(description="The API key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = required("The global id of the key.", SEALED)


@strawberry.type(description="The result of `createApiKey`.")
class CreateApiKeyPayload:
    api_key: ApiKey | None = attribute("The new key.", ADMINISTER)
    secret: str | None = attribute(
        "The full key. Its holder sends it as `Authorization: Bearer …`. It is returned only here and cannot be read "
        "again.",
        ADMINISTER,
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `revokeApiKey`.")
class RevokeApiKeyPayload:
    api_key: ApiKey | None = attribute("The revoked key.", ADMINISTER)
    user_errors: list[UserError] = user_errors()
