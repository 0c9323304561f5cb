"""What schema.graphql says in directives is what the executor enforces.

The directives are read from the text, as another program would read them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    REMOVE,
    DirectiveNode,
    FieldDefinitionNode,
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    InputValueDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from graphql.utilities import print_directive

from dynamo.settings import TableSettings
from execution import analysis
from resolvers.settings import SelfService
from schema.build import GRAPHQL_SCHEMA, SCHEMA
from schema.fields import declared
from tests.api import Api, make_api
from tests.resolvers.people import Person
from tests.schema import walk
from tests.security.test_s22_permissions import WAYS, Way

READ = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())
SPECIFIED = {
    "requiresScopes": (
        "directive @requiresScopes(scopes: [[String!]!]!) on ENUM | FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR"
    ),
    "cost": (
        "directive @cost(weight: String!) on "
        "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR"
    ),
    "listSize": (
        "directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], "
        "requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
    ),
}
"""The directives as Apollo Federation and the cost directives define them. The scalar `federation__Scope` is written as
a string."""
SIZE = 7
"""The size of each page that the root field is asked for."""


def field_of(parent: str, name: str) -> GraphQLField:
    """A field as the text describes it."""
    type_ = READ.type_map[parent]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    found: GraphQLField = type_.fields[name]
    return found


def directives(node: FieldDefinitionNode | InputValueDefinitionNode | None) -> Mapping[str, Mapping[str, Any]]:
    """The directives of a field or an argument, with their arguments. Each is there once."""
    assert node is not None
    given: tuple[DirectiveNode, ...] = node.directives or ()
    assert len({one.name.value for one in given}) == len(given)
    return {
        one.name.value: {
            argument.name.value: value_from_ast_untyped(argument.value) for argument in one.arguments or ()
        }
        for one in given
    }


def test_the_directives_are_defined_as_specified() -> None:
    """Tools that know the specifications know ours."""
    for name, text in SPECIFIED.items():
        defined = READ.get_directive(name)
        assert defined is not None
        undescribed = build_schema(f"type Query {{ a: Int }} {text}").get_directive(name)
        assert undescribed is not None
        assert defined.args.keys() == undescribed.args.keys()
        assert [str(one.type) for one in defined.args.values()] == [str(one.type) for one in undescribed.args.values()]
        assert [one.default_value for one in defined.args.values()] == [
            one.default_value for one in undescribed.args.values()
        ]
        assert print_directive(defined).rpartition(") on ")[2] == text.rpartition(") on ")[2]


def test_every_field_says_which_scopes_it_requires() -> None:
    """All that it declares, and an empty list for people, who need none."""
    for field in walk.fields():
        requires = declared(field.field).requires
        said = directives(field_of(field.parent.name, field.name).ast_node)
        scopes = said["requiresScopes"]["scopes"] if requires.scopes else [[]]
        assert ("requiresScopes" in said) is bool(requires.scopes), field
        assert set(scopes[0]) == {scope.value for scope in requires.scopes}, field
        assert scopes[1:] == ([[]] if requires.owner and requires.scopes else []), field


def scopes_on(way: Way) -> list[list[list[str]]]:
    """What the directives say of each step of a path."""
    steps = [directives(field_of(step.parent.name, step.name).ast_node) for step in way.steps]
    return [step["requiresScopes"]["scopes"] for step in steps if "requiresScopes" in step]


async def test_s22_a_key_with_the_scopes_of_the_directives_may_select_a_field_and_with_one_less_may_not(
    table_settings: TableSettings, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each field on its shortest path. People may where every directive has an empty list, if the operator allows them
    everything."""
    api = make_api(table_settings, self_service=frozenset(SelfService))
    monkeypatch.setitem(walk.VALUES, "ID", "nobody")
    keys: dict[frozenset[str], Api] = {}

    async def with_scopes(names: frozenset[str]) -> Api:
        if names not in keys:
            scopes = [name.replace(":", "_").upper() for name in names]
            keys[names] = api.acting_as(
                (await api.changed("createApiKey", "secret", name="x", scopes=scopes))["secret"]
            )
        return keys[names]

    wrong = []
    for coordinate, way in WAYS.items():
        steps = scopes_on(way)
        needed = frozenset(name for alternatives in steps for name in alternatives[0])
        # No key is without scopes, so one with another scope stands for it.
        another = "secrets:read" if "tokens:write" in needed else "tokens:write"
        tried = [(await with_scopes(needed or frozenset({another})), True)]
        tried += [(await with_scopes(needed - {name} or frozenset({another})), False) for name in needed]
        tried.append((api.acting_as(ada.token), all([] in alternatives for alternatives in steps)))
        for caller, may in tried:
            codes = await caller.codes(way.document, walk.given(way.steps[0].field))
            if ("FORBIDDEN" not in codes) is not may:
                wrong.append((coordinate, sorted(needed), may, codes))
    assert wrong == []


class Estimate:
    """The cost of an operation by the directives of the text alone, counted as Apollo Router does."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def of(self, selections: SelectionSetNode, parent: str, sized: Mapping[str, int]) -> int:
        """The cost of a selection set; `sized` has the sizes of its lists that the field above gives."""
        total = 0
        for node in selections.selections:
            match node:
                case InlineFragmentNode(type_condition=condition, selection_set=below):
                    total += self.of(below, condition.name.value if condition else parent, sized)
                case FieldNode(name=name) if name.value != "__typename":
                    total += self._field(node, parent, sized.get(name.value))
        return total

    def _field(self, node: FieldNode, parent: str, given_size: int | None) -> int:
        field = field_of(parent, node.name.value)
        said = directives(field.ast_node)
        named = get_named_type(field.type)
        size = self._size(node, field, said.get("listSize", {}))
        sized = dict.fromkeys(said.get("listSize", {}).get("sizedFields", ()), size)
        weight = float(said["cost"]["weight"]) if "cost" in said else int(not is_leaf_type(named))
        is_list = is_list_type(get_nullable_type(field.type))
        count = (given_size or size) if is_list else 1
        below = self.of(node.selection_set, named.name, sized) if node.selection_set else 0
        return int(count * (weight + below) + sum(self._inputs(node, field)))

    def _inputs(self, node: FieldNode, field: GraphQLField) -> Iterator[float]:
        """The weights of the fields of inputs that are given."""
        for argument in node.arguments or ():
            type_ = get_named_type(field.args[argument.name.value].type)
            given = value_from_ast_untyped(argument.value, dict(self._variables))
            if isinstance(type_, GraphQLInputObjectType) and isinstance(given, dict):
                for name in given:
                    yield float(directives(type_.fields[name].ast_node).get("cost", {"weight": 0})["weight"])

    def _size(self, node: FieldNode, field: GraphQLField, said: Mapping[str, Any]) -> int:
        for argument in node.arguments or ():
            if argument.name.value in said.get("slicingArguments", ()):
                return int(value_from_ast_untyped(argument.value, dict(self._variables)))
        return int(said.get("assumedSize", 1))


@cache
def pages() -> frozenset[str]:
    """The types that are pages."""
    return frozenset(
        get_named_type(field.field.type).name
        for field in walk.fields()
        if "sizedFields" in directives(field_of(field.parent.name, field.name).ast_node).get("listSize", {})
    )


def selects_no_list(way: Way) -> bool:
    """Whether a path ends at a page, or goes on beside its lists. A page costs as much as a list then, which no
    directive can say."""
    ends = get_named_type(way.steps[-1].field.type).name in pages()
    beside = ("pageInfo", "userErrors", "complete")
    return ends or any(step.parent.name in pages() and step.name in beside for step in way.steps)


def test_the_cost_by_the_directives_is_what_an_operation_is_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field on its shortest path, with a page size of its own, a filter, and as many ids as `nodes` takes."""
    monkeypatch.setitem(walk.VALUES, "Int", SIZE)
    compared = 0
    for coordinate, way in WAYS.items():
        given = walk.given(way.steps[0].field)
        # A program adds up all conditions that search. The caller is charged for one. No directive can say that
        # `provider` costs more together with a cursor.
        for name in ("emailVerified", "disabled", "actor", "provider"):
            given.get("filter", {}).pop(name, None)
        for holder in (given, given.get("input", {})):
            for name in ("ids", "users"):
                if isinstance(holder.get(name), list):
                    holder[name] = holder[name] * 100
        document = parse(way.document)
        (operation,) = analysis.operations(GRAPHQL_SCHEMA, document)
        (definition,) = document.definitions
        assert isinstance(definition, OperationDefinitionNode)
        charged = operation.select(given).cost.value(given)
        estimated = Estimate(given).of(definition.selection_set, way.operation, {})
        if selects_no_list(way):
            assert estimated < charged, coordinate
        else:
            assert estimated == charged, coordinate
            compared += charged > 1
    assert compared > 50


async def test_an_answer_reports_the_cost_that_the_directives_say(api: Api) -> None:
    """Lists within lists, and one without an argument for its size."""
    document = """query($first: Int) { users(first: $first) {
      edges { node { id accounts(first: 5) { nodes { id user { id } } } sessions { edges { cursor } } } }
    } }"""
    (definition,) = parse(document).definitions
    assert isinstance(definition, OperationDefinitionNode)
    cost = (await api.answer(document, {"first": 3}))["extensions"]["cost"]["requested"]
    assert cost == 3 + 3 * (5 + 5 * 1) + 3 * 50
    assert Estimate({"first": 3}).of(definition.selection_set, "Query", {}) == cost


def test_the_text_differs_from_what_strawberry_prints_by_these_directives_only() -> None:
    """No other part of the schema is lost where they are added."""
    plain = print_ast(parse(SCHEMA.as_str()))
    text = (Path(__file__).parents[2] / "schema.graphql").read_text()
    assert print_ast(without(parse(text))) == plain


def without(document: Any) -> Any:
    """A document without the directives that are specified above."""

    class Remove(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
            """Leave ours out, and keep `@deprecated` and the like."""
            return REMOVE if node.name.value in SPECIFIED else None

    return visit(document, Remove())


def test_every_argument_of_a_directive_names_what_is_there() -> None:
    """A size comes from an integer argument, and is that of lists."""
    for field in walk.fields():
        described = field_of(field.parent.name, field.name)
        size = directives(described.ast_node).get("listSize", {})
        page = get_named_type(described.type)
        for argument in size.get("slicingArguments", ()):
            assert str(described.args[argument].type) == "Int", field
        for listed in size.get("sizedFields", ()):
            assert is_list_type(get_nullable_type(field_of(page.name, listed).type)), field
        if size and "sizedFields" not in size:
            assert is_list_type(get_nullable_type(described.type)), field
