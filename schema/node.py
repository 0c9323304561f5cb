"""Node and PageInfo of the Relay specifications (https://relay.dev/docs/guides/graphql-server-specification/)."""

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
    """The interface of Relay's object identification: every type that `node` can return."""

    @field(
        "The global id of the object. It is stable; pass it to `node` to fetch the object again. It is signed, so it "
        "cannot be forged, but it is not encrypted: anyone who has it can read the raw id of the user it belongs to.",
        SIGNED_IN,
    )
    def id(self: Any, info: Info) -> strawberry.ID:
        """Sign the record's key and its type."""
        # `strawberry.ID` itself is a call, and a list makes hundreds of ids.
        sealed: Any = info.context.ids.id_of(self)
        return sealed  # type: ignore[no-any-return]

    @classmethod
    def resolve_type(cls, source: Any, *_: Any) -> str:
        """The name of the GraphQL type of a record."""
        return TYPE_NAMES[type(source)]


@strawberry.type(description="Whether a list has more pages, and the cursors to fetch them.")
class PageInfo:
    """Its fields are read from `resolvers.pagination.PageInfo`."""

    has_next_page: bool = attribute(
        "Whether there are more pages after this one. True of each page that was requested with `before`.", ANYONE
    )
    has_previous_page: bool = attribute(
        "Whether there are more pages before this one. True of each page that was requested with `after`.", ANYONE
    )
    start_cursor: str | None = attribute(
        "The cursor of the first node of this page, to pass as `before` to a list that has it. Null if the page is "
        "empty and nothing comes before it.",
        ANYONE,
    )
    end_cursor: str | None = attribute(
        "The cursor to pass as `after` to fetch the next page. A page can have fewer nodes than requested, or none, "
        "and still be followed by another page.",
        ANYONE,
    )
