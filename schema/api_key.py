"""API keys as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from resolvers import api_keys
from resolvers.scopes import ADMINISTER
from schema import node
from schema.enums import Scope
from schema.fields import attribute, field


@strawberry.type(description="A program's key to this API.")
class ApiKey(node.Node):
    """An APIKEY item."""

    name: str = attribute("Who uses it.", ADMINISTER)

    @field("What it may do.", ADMINISTER)
    def scopes(self: Any) -> list[Scope]:
        """Read the stored names."""
        return api_keys.scopes(self)

    created_at: datetime = attribute("When it was made.", ADMINISTER)
    expires_at: datetime | None = attribute("When it ends by itself.", ADMINISTER)
    last_used_at: datetime | None = attribute("When it was last used, to the hour.", ADMINISTER)
    revoked_at: datetime | None = attribute("When it was revoked.", ADMINISTER)


@strawberry.type(description="An API key in a list.")
class ApiKeyEdge:
    """Relay's edge."""

    cursor: str = attribute("The position after this key.", ADMINISTER)
    node: ApiKey = attribute("The key.", ADMINISTER)


@strawberry.type(description="A page of API keys.")
class ApiKeyConnection:
    """Relay's connection."""

    edges: list[ApiKeyEdge] = attribute("The keys with their cursors.", ADMINISTER)
    nodes: list[ApiKey] = attribute("The keys.", ADMINISTER)
    page_info: node.PageInfo = attribute("Where the page lies in the list.", ADMINISTER)
