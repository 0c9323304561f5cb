"""Permission and cost as directives on the fields, for programs that read the schema.

They are made from what a field declares in `schema.fields`, which is also what the executor enforces.

| directive | of |
|---|---|
| `@requiresScopes` | Apollo Federation (https://specs.apollo.dev/requiresScopes/v0.1) |
| `@cost`, `@listSize` | the GraphQL cost directives (https://ibm.github.io/graphql-specs/cost-spec.html) |

A program that computes a cost multiplies, as Apollo Router does, the weight of a list by its size. A page is not a
list, but has lists. So the weight that a field declares for its page is on the lists within that page.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    ConstArgumentNode,
    ConstDirectiveNode,
    DirectiveLocation,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDirective,
    GraphQLField,
    GraphQLInputField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    NameNode,
    ast_from_value,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from resolvers.pagination import LARGEST_PAGE
from resolvers.scopes import Requirement, Scope
from schema.fields import declared
from schema.inputs import SEARCH
from schema.internals import metadata_of

_TEXTS: Final = GraphQLList(GraphQLNonNull(GraphQLString))

REQUIRES_SCOPES: Final = GraphQLDirective(
    "requiresScopes",
    [
        DirectiveLocation.ENUM,
        DirectiveLocation.FIELD_DEFINITION,
        DirectiveLocation.INTERFACE,
        DirectiveLocation.OBJECT,
        DirectiveLocation.SCALAR,
    ],
    {
        "scopes": GraphQLArgument(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(_TEXTS))),
            description="Lists of scopes. An API key needs all scopes of a list that is not empty. An empty list means "
            "that signed-in people need no scope for their own data.",
        )
    },
    description="The scopes that a caller needs for the field.",
)
COST: Final = GraphQLDirective(
    "cost",
    [
        DirectiveLocation.ARGUMENT_DEFINITION,
        DirectiveLocation.ENUM,
        DirectiveLocation.FIELD_DEFINITION,
        DirectiveLocation.INPUT_FIELD_DEFINITION,
        DirectiveLocation.OBJECT,
        DirectiveLocation.SCALAR,
    ],
    {
        "weight": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description="A number. For a list it counts once for each object that the list can have.",
        )
    },
    description="What a field or an argument adds to the cost of an operation. Without this directive, 0.",
)
LIST_SIZE: Final = GraphQLDirective(
    "listSize",
    [DirectiveLocation.FIELD_DEFINITION],
    {
        "assumedSize": GraphQLArgument(
            GraphQLInt, description="The size of the list if no slicing argument gives one."
        ),
        "slicingArguments": GraphQLArgument(_TEXTS, description="The arguments that give the size of the list."),
        "sizedFields": GraphQLArgument(_TEXTS, description="The lists within the returned object that have this size."),
        "requireOneSlicingArgument": GraphQLArgument(
            GraphQLBoolean, default_value=True, description="Whether exactly one slicing argument must be given."
        ),
    },
    description="How many objects a list has at most. The cost of the fields below it is multiplied by this number.",
)
DIRECTIVES: Final = (REQUIRES_SCOPES, COST, LIST_SIZE)


class FieldDirectives:
    """The directives on the fields and arguments of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._moved = _weights_around_pages(schema)

    def on_field(self, parent: str, name: str, field: GraphQLField) -> Iterator[ConstDirectiveNode]:
        """The directives on a field of the type `parent`."""
        facts = declared(field)
        scopes = alternatives(facts.requires)
        if scopes:
            yield _applied(REQUIRES_SCOPES, scopes=scopes)
        weight = self._moved.get((parent, name), facts.cost.weight)
        # Programs assume 1 for an object and 0 for everything else.
        if weight or not is_leaf_type(get_named_type(field.type)):
            yield _applied(COST, weight=str(weight))
        size = _size(field)
        if size:
            yield _applied(LIST_SIZE, **size)

    @staticmethod
    def on_input(field: GraphQLInputField) -> Iterator[ConstDirectiveNode]:
        """The directives on a field of an input."""
        weight = (metadata_of(field) or {}).get(SEARCH)
        if weight is not None:
            yield _applied(COST, weight=str(weight))


def alternatives(requires: Requirement) -> list[list[str]]:
    """The lists of scopes of which one suffices; none if no scope is needed.

    People have no scopes, and Apollo Router knows nobody as the owner of an object. The empty list, which every caller
    satisfies, lets the router pass their requests on to this server, which knows.
    """
    names = [scope.value for scope in Scope if scope in requires.scopes]
    if not names:
        return []
    return [names, []] if requires.owner else [names]


def _weights_around_pages(schema: GraphQLSchema) -> Mapping[tuple[str, str], int]:
    """The weights that are not where they are declared: zero for a field that returns a page, and what it declares for
    each list of the page."""
    moved: dict[tuple[str, str], int] = {}
    for parent in schema.type_map.values():
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or parent.name.startswith("__"):
            continue
        for name, field in parent.fields.items():
            page = _page(field)
            if page is None:
                continue
            moved[parent.name, name] = 0
            weight = declared(field).cost.weight
            for listed in _lists(page):
                if moved.setdefault((page.name, listed), weight) != weight:
                    raise ValueError(f"{page.name} is returned by fields of different weights.")
    return moved


def _size(field: GraphQLField) -> Mapping[str, Any]:
    """The arguments of `@listSize`; none for a field without a size."""
    cost = declared(field).cost
    if cost.sized_by is None:
        return {"assumedSize": cost.size} if cost.size > 1 else {}
    page = _page(field)
    sized = cost.sized_by
    if "." in sized or get_nullable_type(field.args[sized].type) is not GraphQLInt:
        # A list of keys or rows is as long as a page at most, and only a number can be a slicing argument.
        return {"assumedSize": LARGEST_PAGE, **({"sizedFields": _lists(page)} if page is not None else {})}
    return {
        "assumedSize": cost.null_size,
        "slicingArguments": [name for name in (cost.sized_by, cost.or_by) if name is not None],
        **({"sizedFields": _lists(page)} if page is not None else {}),
        "requireOneSlicingArgument": False,
    }


def _page(field: GraphQLField) -> GraphQLObjectType | None:
    """The type of the page that a field returns; None for other fields."""
    type_ = get_nullable_type(field.type)
    if declared(field).cost.sized_by is None or not isinstance(type_, GraphQLObjectType):
        return None
    return type_


def _lists(page: GraphQLObjectType) -> list[str]:
    return [
        name
        for name, field in page.fields.items()
        if is_list_type(get_nullable_type(field.type)) and get_named_type(field.type).name != "UserError"
    ]


def _applied(directive: GraphQLDirective, **values: Any) -> ConstDirectiveNode:
    arguments = [
        ConstArgumentNode(name=NameNode(value=name), value=literal)
        for name, value in values.items()
        if (literal := ast_from_value(value, directive.args[name].type)) is not None
    ]
    return ConstDirectiveNode(name=NameNode(value=directive.name), arguments=tuple(arguments))
