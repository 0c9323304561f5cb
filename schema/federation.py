"""The schema as a subgraph of Apollo Federation 2 (https://www.apollographql.com/docs/federation/subgraph-spec).

It is built only where `AUTHGRAPH_FEDERATION` asks for it: the usual schema with two more fields. Strawberry's own
support resolves one representation after the other. `resolvers.representations` resolves all at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Final, NewType

import strawberry
from graphql import (
    ArgumentNode,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    GraphQLSchema,
    GraphQLUnionType,
    IntValueNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    Visitor,
    parse,
    visit,
)
from strawberry.schema.config import StrawberryConfig

from resolvers import representations as resolver
from resolvers.scopes import ANYONE, SIGNED_IN
from schema import build, directives
from schema import sdl as texts
from schema.account import Account
from schema.api_key import ApiKey
from schema.authenticator import Authenticator
from schema.directives import DIRECTIVES
from schema.fields import ONE, Cost, Info, attribute, described, field
from schema.internals import graphql_core_schema
from schema.maxima import SEALED
from schema.mutation import Mutation
from schema.node import Node
from schema.query import Query
from schema.scalars import JSON, SCALARS
from schema.session import Session
from schema.user import User

VERSION: Final = "v2.9"
"""The first version of Apollo Federation that has `@cost` and `@listSize`."""
IMPORTS: Final = ("@cost", "@key", "@listSize", "@shareable")
"""`@requiresScopes` is none of them: Apollo Gateway, and routers without a licence, load no supergraph that has it."""
OTHER_KEYS: Final[Mapping[str, str]] = {"Account": "provider providerAccountId", "Authenticator": "credentialId"}
"""Keys by which other subgraphs can add fields, but by which no object is found here: they are guessable, and DynamoDB
has no batch of lookups by them."""
SHAREABLE: Final = frozenset(("PageInfo",))
"""Types that any subgraph with Relay's connections has."""

Representation = NewType("Representation", object)
_SCALARS: Final = SCALARS | {
    Representation: replace(
        SCALARS[JSON], name="_Any", description="A representation of an entity.", specified_by_url=None
    )
}


@dataclass(frozen=True, slots=True)
class Subgraph:
    sdl: str


@strawberry.type(name="_Service", description="This server as a subgraph.")
class Service:
    """Its fields are read from `Subgraph`."""

    sdl: str = attribute("The schema of the subgraph. Supergraphs are composed from it.", ANYONE)


Entity = Annotated[
    User | Account | Session | Authenticator | ApiKey,
    strawberry.union("_Entity", description="An object to which other subgraphs can add fields."),
]


@strawberry.type(name="Query", description="The queries of this API.")
class FederatedQuery(Query):
    """All other queries, and what a gateway asks for."""

    @field(
        "This server as a subgraph. Requires a caller who may use introspection.",
        ANYONE,
        name="_service",
        type=Service,
        cost=ONE,
        shows_schema=True,
    )
    def service(self, info: Info) -> Subgraph:
        return Subgraph(sdl())

    @field(
        "The objects with these representations, in the same order, at most 100. Null for each object that does not "
        "exist or that the caller may not access.",
        SIGNED_IN,
        name="_entities",
        type=list[Entity | None],
        cost=Cost(sized_by="representations"),
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[Representation],
            described("Objects, each with `__typename` and a key of this type.", SEALED, each=True),
        ],
    ) -> list[Any]:
        return await resolver.entities(info.context, representations)


@cache
def schema() -> GraphQLSchema:
    """The graphql-core schema of the subgraph."""
    made = strawberry.Schema(
        query=FederatedQuery,
        mutation=Mutation,
        types=[User, Account, Session, Authenticator, ApiKey],
        config=StrawberryConfig(info_class=Info, scalar_map=_SCALARS),
    )
    underneath = graphql_core_schema(made, DIRECTIVES)
    entity = underneath.type_map["_Entity"]
    assert isinstance(entity, GraphQLUnionType)  # noqa: S101 - declared above
    entity.resolve_type = Node.resolve_type
    return underneath


@cache
def sdl() -> str:
    """The schema of the subgraph in GraphQL's schema language: the usual one with the directives of the federation.

    `_service` and `_entities` are not in it, because every subgraph has them.
    """
    usual = parse(build.sdl(), no_location=True)
    (link,) = parse(_link(), no_location=True).definitions
    definitions = (link, *(_federated(one) for one in usual.definitions if not _is_imported(one)))
    return texts.text(visit(replace(usual, definitions=definitions), _WeightsAsNumbers()))


def _link() -> str:
    names = ", ".join(f'"{name}"' for name in IMPORTS)
    return f'extend schema @link(url: "https://specs.apollo.dev/federation/{VERSION}", import: [{names}])'


def _is_imported(definition: DefinitionNode) -> bool:
    return isinstance(definition, DirectiveDefinitionNode) and f"@{definition.name.value}" in IMPORTS


def _federated(definition: DefinitionNode) -> DefinitionNode:
    """A type with its keys."""
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    added = " ".join(_directives(definition.name.value))
    (example,) = parse(f"type Example {added}", no_location=True).definitions
    assert isinstance(example, ObjectTypeDefinitionNode)  # noqa: S101 - see above
    return replace(definition, directives=(*(definition.directives or ()), *(example.directives or ())))


def _directives(type_: str) -> Iterator[str]:
    for key in resolver.LOOKUPS.get(type_, ()):
        yield f'@key(fields: "{key}")'
    if type_ in OTHER_KEYS:
        yield f'@key(fields: "{OTHER_KEYS[type_]}", resolvable: false)'
    if type_ in SHAREABLE:
        yield "@shareable"


class _WeightsAsNumbers(Visitor):
    """Writes the weight of `@cost` as the number that Apollo Federation has where the specification has a string."""

    def enter_directive(self, node: DirectiveNode, *_: Any) -> DirectiveNode | None:
        """Replace the weight of a cost, and keep every other directive."""
        if node.name.value != directives.COST.name:
            return None
        return replace(node, arguments=tuple(map(_as_number, node.arguments or ())))


def _as_number(argument: ArgumentNode) -> ArgumentNode:
    assert isinstance(argument.value, StringValueNode)  # noqa: S101 - `schema.directives` writes it so
    return replace(argument, value=IntValueNode(value=argument.value.value))
