"""The schema, built once at import, and its text."""

from functools import cache
from typing import Final

import strawberry
from graphql import parse
from strawberry.schema.config import StrawberryConfig

from schema.account import Account
from schema.api_key import ApiKey
from schema.authenticator import Authenticator
from schema.directives import DIRECTIVES
from schema.fields import Info
from schema.internals import graphql_core_schema
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.sdl import text, with_directives
from schema.session import Session
from schema.user import User

SCHEMA: Final = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[User, Account, Session, Authenticator, ApiKey],
    config=StrawberryConfig(info_class=Info, scalar_map=SCALARS),
)
GRAPHQL_SCHEMA: Final = graphql_core_schema(SCHEMA, DIRECTIVES)
"""The graphql-core schema inside Strawberry's. Documents are validated against it and executed on it."""


@cache
def sdl() -> str:
    """The schema in GraphQL's schema language (SDL), as it is committed in `schema.graphql`."""
    return text(with_directives(parse(SCHEMA.as_str(), no_location=True), GRAPHQL_SCHEMA))
