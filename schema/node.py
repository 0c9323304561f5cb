"""Relay's Node, PageInfo and the shape of connections."""

from collections.abc import Mapping
from typing import Any

import strawberry

from dynamo import models
from resolvers.scopes import ANYONE, SIGNED_IN
from schema.fields import Info, attribute, field

TYPE_NAMES: Mapping[type, str] = {
    models.User: "User",
    models.Account: "Account",
    models.Session: "Session",
    models.Authenticator: "Authenticator",
    models.ApiKey: "ApiKey",
}


@strawberry.interface(description="An object with a global id.")
class Node:
    """Relay's Node."""

    @field(
        "The object's id: global and stable. Pass it to `node`. It cannot be made up, but it is not encrypted: whoever "
        "holds it can read the raw id of the user it belongs to.",
        SIGNED_IN,
    )
    def id(self: Any, info: Info) -> strawberry.ID:
        """Seal the record's key."""
        return strawberry.ID(info.context.ids.id_of(self))

    @classmethod
    def resolve_type(cls, source: Any, *_: Any) -> str:
        """The GraphQL type of a record."""
        return TYPE_NAMES[type(source)]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = attribute("Whether there is more after this page.", ANYONE)
    has_previous_page: bool = attribute("Whether the page was asked for with `after`.", ANYONE)
    start_cursor: str | None = attribute("The cursor of the first node.", ANYONE)
    end_cursor: str | None = attribute(
        "The cursor to continue with as `after`. A page may be short, even empty, and still have more after it.", ANYONE
    )
