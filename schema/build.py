"""The schema, and its text."""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from schema.account import Account
from schema.api_key import ApiKey
from schema.authenticator import Authenticator
from schema.fields import Info
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.session import Session
from schema.user import User

SCHEMA = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    types=[User, Account, Session, Authenticator, ApiKey],
    config=StrawberryConfig(info_class=Info, scalar_map=SCALARS),
)
GRAPHQL_SCHEMA: GraphQLSchema = SCHEMA._schema
"""The graphql-core schema underneath, which documents are validated against and executed on."""

for _type in GRAPHQL_SCHEMA.type_map.values():
    if isinstance(_type, GraphQLObjectType):
        # Sources are records, not instances of the declaring classes; `Node.resolve_type` tells them apart.
        _type.is_type_of = None
    elif isinstance(_type, GraphQLInputObjectType) and _type.extensions["strawberry-definition"].is_one_of:
        # Lets validation refuse what Strawberry would only find while executing.
        _type.is_one_of = True


def sdl() -> str:
    """The schema in GraphQL's own language, as it is committed in `schema.graphql`."""
    return SCHEMA.as_str().rstrip() + "\n"
