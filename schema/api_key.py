"""API keys as clients see them."""

from datetime import datetime
from typing import Any

import strawberry

from resolvers import api_keys
from resolvers.scopes import ADMINISTER
from schema import node
from schema.enums import Scope
from schema.fields import attribute, field


@strawberry.type(description="A key with which a program calls this API.")
class ApiKey(node.Node):
    """An APIKEY item of the table, read from `models.ApiKey`."""

    name: str | None = attribute(
        "A name for the program or team that uses the key. Never null. Its type allows null so that an operation can "
        "select `name` of users and of API keys together.",
        ADMINISTER,
    )

    @field("The scopes that the key grants.", ADMINISTER)
    def scopes(self: Any) -> list[Scope]:
        """Convert the stored names to members of the enum."""
        return api_keys.scopes(self)

    created_at: datetime | None = attribute(
        "When the key was created. Never null. Its type allows null so that an operation can select `createdAt` of "
        "sessions and of API keys together.",
        ADMINISTER,
    )
    expires: datetime | None = attribute("When the key expires. Null if it does not expire.", ADMINISTER)
    last_used_at: datetime | None = attribute(
        "When the key was last used, accurate to one hour. Null if it was never used.", ADMINISTER
    )
    revoked_at: datetime | None = attribute("When the key was revoked. Null if it was not revoked.", ADMINISTER)


@strawberry.type(description="An API key and its cursor in a list of API keys.")
class ApiKeyEdge:
    cursor: str = attribute("The cursor of this key. Pass it as `after` to list what comes next.", ADMINISTER)
    node: ApiKey = attribute("The API key.", ADMINISTER)


@strawberry.type(description="One page of a list of API keys.")
class ApiKeyConnection:
    edges: list[ApiKeyEdge] = attribute("The keys of this page, each with its cursor.", ADMINISTER)
    nodes: list[ApiKey] = attribute("The keys of this page.", ADMINISTER)
    page_info: node.PageInfo = attribute("Whether there are more pages, and the cursors to fetch them.", ADMINISTER)
