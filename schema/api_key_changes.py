"""The mutations about API keys, with their inputs and payloads."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import api_keys
from resolvers.payloads import Payload
from resolvers.scopes import ADMINISTER
from schema.api_key import ApiKey
from schema.enums import Scope
from schema.fields import CHANGE, Info, attribute, described, field
from schema.idempotency import idempotency_key
from schema.inputs import given, optional, required
from schema.lookups import ApiKeyBy
from schema.maxima import TEXT
from schema.payload import UserError, user_errors


@strawberry.input(description="The API key to create.")
class CreateApiKeyInput:
    name: str = required("A name for the program or team that will use the key.", TEXT)
    scopes: list[Scope] = required("The scopes that the key grants. At least one.")
    expires: datetime | None = optional(
        "When the key expires. Must be in the future. If omitted, the key does not expire."
    )
    idempotency_key: str | None = idempotency_key(subject="API key to create")


@strawberry.input(description="The API key to revoke.")
class RevokeApiKeyInput:
    by: ApiKeyBy = required("The key to revoke.")


@strawberry.type(description="The result of `createApiKey`.")
class CreateApiKeyPayload:
    api_key: ApiKey | None = attribute("The new key.", ADMINISTER)
    secret: str | None = attribute(
        "The full key. Its holder sends it as `Authorization: Bearer …`. It is returned only here. To get it again, "
        "repeat the mutation with the same `idempotencyKey`, as long as the key is neither revoked nor expired.",
        ADMINISTER,
    )
    user_errors: list[UserError] = user_errors()


@strawberry.type(description="The result of `revokeApiKey`.")
class RevokeApiKeyPayload:
    api_key: ApiKey | None = attribute("The revoked key.", ADMINISTER)
    user_errors: list[UserError] = user_errors()


@strawberry.type
class ApiKeyMutations:
    """The mutations about API keys; `schema.mutation` gathers them."""

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
