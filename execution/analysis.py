"""What a valid document asks for, found in one walk: each fragment is looked at once for each way it is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from dynamo.projection import projection
from execution.cost import Count, Formula, Term, count_of
from execution.texts import Texts
from resolvers.scopes import READ_SECRETS, Requirement
from schema.fields import CHILDREN, FREE, Declared, declared

Composite = GraphQLObjectType | GraphQLInterfaceType


RECORDS = frozenset(("User", "Disablement", "Account", "AccountTokens", "Session", "Authenticator"))
"""Types whose fields are read off items of a user's partition."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement, and the first field that has it."""

    requirement: Requirement
    coordinate: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What is known of an operation before it runs."""

    node: OperationDefinitionNode
    asked: tuple[Asked, ...]
    cost: Formula
    roots: tuple[FieldNode, ...]
    """The fields at its root, those of fragments included."""
    introspects: bool
    stored: tuple[str, ...] | None
    """The stored attributes that its fields are read from; None if it takes whole items."""
    texts: Texts
    """The lengths of its texts."""
    viewer_has_children: bool
    """Whether the signed-in person's accounts, sessions or passkeys are asked for."""


def operations(schema: GraphQLSchema, document: DocumentNode) -> Iterator[Operation]:
    """Analyse every operation of a valid document."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            walk = _Walk(schema, fragments, _defaults(definition))
            root = schema.get_root_type(definition.operation)
            cost = Formula() if root is None else walk.selections(definition.selection_set, root, _START)
            cost.fix()
            yield Operation(
                node=definition,
                asked=tuple(Asked(requirement, coordinate) for requirement, coordinate in walk.asked.items()),
                cost=cost,
                roots=tuple(root_fields(definition.selection_set, fragments)),
                introspects=walk.introspects,
                stored=projection(walk.read),
                texts=Texts(schema, definition, fragments),
                viewer_has_children=walk.viewer_has_children,
            )


def root_fields(node: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields of a selection set and of the fragments in it; their number is limited beforehand."""
    for selection in node.selections:
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode(selection_set=below):
                yield from root_fields(below, fragments)
            case FragmentSpreadNode(name=name):
                yield from root_fields(fragments[name.value].selection_set, fragments)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a selection set stands, as far as it matters for what is asked."""

    fresh: bool = False
    """A session here was made by the request itself."""
    in_viewer: bool = False


_START = _Place()


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], defaults: dict[str, Any]
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.defaults = defaults
        self.asked: dict[Requirement, str] = {}
        self.introspects = False
        self.read: set[str] = set()
        self.viewer_has_children = False
        self._formulas: dict[tuple[str, _Place], Formula] = {}

    def selections(self, node: SelectionSetNode, parent: Composite, place: _Place) -> Formula:
        """Walk a selection set; returns what it costs."""
        formula = Formula()
        for selection in node.selections:
            match selection:
                case FieldNode():
                    term = self._field(selection, parent, place)
                    if term is not None:
                        formula.terms.append(term)
                case InlineFragmentNode(type_condition=condition):
                    narrowed = self._type(condition.name.value) if condition is not None else parent
                    below = self.selections(selection.selection_set, narrowed, place)
                    formula.terms.append(Term(1, 0, below))
                case FragmentSpreadNode(name=name):
                    formula.terms.append(Term(1, 0, self._fragment(name.value, place)))
        return formula

    def _fragment(self, name: str, place: _Place) -> Formula:
        found = self._formulas.get((name, place))
        if found is None:
            fragment = self.fragments[name]
            on = self._type(fragment.type_condition.name.value)
            found = self._formulas[name, place] = self.selections(fragment.selection_set, on, place)
        return found

    def _field(self, node: FieldNode, parent: Composite, place: _Place) -> Term | None:
        name = node.name.value
        if name.startswith("__"):
            self.introspects = self.introspects or name != "__typename"
            return None
        definition = parent.fields[name]
        facts = declared(definition)
        # The token of a session that this request makes is the caller's own.
        if not (place.fresh and facts.requires == READ_SECRETS and parent.name == "Session"):
            self.asked.setdefault(facts.requires, f"{parent.name}.{name}")
        field = definition.extensions["strawberry-definition"]
        if parent.name in RECORDS and (field.base_resolver is None or facts.whole_item):
            self.read.add(field.python_name)
        if place.in_viewer and name in CHILDREN:
            self.viewer_has_children = True
        if node.selection_set is None:
            return None
        below = get_named_type(definition.type)
        if not isinstance(below, GraphQLObjectType | GraphQLInterfaceType):
            raise TypeError(f"{parent.name}.{name} has no fields below it.")
        in_viewer = place.in_viewer or (parent.name == "Query" and name == "viewer")
        formula = self.selections(node.selection_set, below, _Place(facts.reveals_token, in_viewer))
        return Term(_count(facts, definition, node, self.defaults), facts.cost.weight, formula)

    def _type(self, name: str) -> Composite:
        found = self.schema.type_map[name]
        if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            raise TypeError(f"{name} has no fields.")
        return found


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The default values of an operation's variables that have one."""
    return {
        variable.variable.name.value: _literal(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value is not None
    }


def _count(facts: Declared, definition: GraphQLField, node: FieldNode, defaults: dict[str, Any]) -> Count:
    argument = facts.cost.sized_by
    if argument is None or facts.cost is FREE:
        return count_of(facts.cost, None, None, None)
    default: Any = definition.args[argument].default_value
    for given in node.arguments or ():
        if given.name.value == argument:
            if isinstance(given.value, VariableNode):
                variable = given.value.name.value
                return count_of(facts.cost, defaults.get(variable, default), None, variable)
            return count_of(facts.cost, default, _literal(given.value), None)
    return count_of(facts.cost, default, None, None)


def _literal(node: Any) -> Any:
    """A literal's value. A list keeps its length even where its members are variables."""
    values = getattr(node, "values", None)
    return list(values) if values is not None else value_from_ast_untyped(node)
