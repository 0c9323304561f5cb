"""What a valid document selects, found in one walk over it. Each fragment is visited once for each way it is used.

What is executed depends on `@skip` and `@include`. So the walk leaves out what they exclude, and is repeated for each
set of values of their variables. The results for the most recent sets are cached.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    value_from_ast_untyped,
)

from dynamo.projection import Record, projection
from execution.cost import Count, Formula, Term, Variables, searches, size
from execution.guessing import Guess, guess_of
from execution.introspection import prices
from execution.selections import Fragments, condition_variables
from execution.texts import Texts
from resolvers.scopes import Requirement
from schema.conditions import Conditions, included
from schema.fields import FREE, Declared, declared, record_of
from schema.inputs import CONTINUED, SEARCH, searching
from schema.internals import python_name_of, resolver_of

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


KEPT: Final = 64
"""For how many sets of conditions the result of an operation is cached, with its plan."""
SCHEMA_WEIGHT: Final = 3
"""The cost of each element of the schema that introspection shows: it takes about three times as long as an object."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement, and the coordinate of the first field that has it."""

    requirement: Requirement
    coordinate: str
    in_viewer: bool
    """Whether it is only for what is below `viewer`, which is null for anonymous callers."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Selected:
    """What an operation selects under certain conditions, as far as it is known before execution."""

    conditions: Mapping[str, bool | None]
    asked: tuple[Asked, ...]
    cost: Formula
    introspection: Formula
    """The part of the cost that is for introspection."""
    changes: str | None
    """The coordinate of a mutation that is closed while somebody else acts as the person; None without one."""
    guesses: tuple[Guess, ...]
    """The root fields that may be given a guessable input, including those of fragments."""
    introspects: bool
    stored: tuple[str, ...] | None
    """The stored attributes that its fields are read from; None if it needs whole items."""
    viewer_has_children: bool
    """Whether it selects accounts, sessions or passkeys of the signed-in person."""
    steps: int
    """The work of counting its introspection: how many elements of the schema were visited."""


class Operation:
    """An operation of a valid document, with what it selects under the most recent conditions."""

    def __init__(self, schema: GraphQLSchema, fragments: Fragments, node: OperationDefinitionNode) -> None:
        self.node = node
        self.name = node.name.value if node.name else None
        self.kind: str = node.operation.value
        """`query` or `mutation`, as the log and the metrics say it."""
        self._schema = schema
        self._fragments = fragments
        self._defaults = {
            variable.variable.name.value: literal(variable.default_value)
            for variable in node.variable_definitions or ()
            if variable.default_value is not None
        }
        self.texts = Texts(schema, node, fragments)
        """The sizes of its texts, and the maxima for them."""
        self._conditions = condition_variables(node, fragments)
        self._kept: OrderedDict[tuple[bool | None, ...], Selected] = OrderedDict()

    @property
    def has_conditions(self) -> bool:
        """Whether what it selects depends on variables."""
        return bool(self._conditions)

    def given(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The variables, with defaults for those that were not sent. Null stays null."""
        return {**self._defaults, **inputs} if self._defaults else inputs

    def known(self, given: Mapping[str, Any]) -> Selected | None:
        """The cached result of `select` with such variables; None if it is not cached."""
        if not self._conditions:
            return self._kept.get(())
        key = self._key(given)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def select(self, given: Mapping[str, Any]) -> Selected:
        """What the operation selects with these variables. If a condition is unknown, both outcomes count."""
        found = self.known(given)
        if found is None:
            key = self._key(given)
            found = self._kept[key] = self._look(dict(zip(self._conditions, key, strict=True)))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _key(self, given: Mapping[str, Any]) -> tuple[bool | None, ...]:
        return tuple([_condition(given.get(name)) for name in self._conditions])

    @property
    def kept(self) -> int:
        """For how many sets of conditions a result is cached."""
        return len(self._kept)

    def _look(self, conditions: Conditions) -> Selected:
        walk = _Walk(self._schema, self._fragments, conditions)
        before = prices(self._schema).steps
        root = self._schema.get_root_type(self.node.operation)
        cost = Formula() if root is None else walk.selections(self.node.selection_set, root, _START)
        cost.fix()
        walk.introspection.fix()
        return Selected(
            conditions=conditions,
            asked=tuple(
                Asked(requirement, coordinate, in_viewer) for (requirement, in_viewer), coordinate in walk.asked.items()
            ),
            cost=cost,
            introspection=walk.introspection,
            changes=walk.changes,
            guesses=() if root is None else tuple(self._guesses(root, conditions)),
            introspects=walk.introspects,
            stored=projection(walk.read, children=walk.has_children),
            viewer_has_children=walk.viewer_has_children,
            steps=prices(self._schema).steps - before,
        )

    def _guesses(self, root: GraphQLObjectType, conditions: Conditions) -> Iterator[Guess]:
        for node in root_fields(self.node.selection_set, self._fragments, conditions):
            definition = root.fields.get(node.name.value)
            guess = guess_of(definition, node) if definition is not None else None
            if guess is not None:
                yield guess


def _condition(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def operations(schema: GraphQLSchema, document: DocumentNode) -> Iterator[Operation]:
    """All operations of a valid document. Raises `KeyError` for a field without a declaration."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operation = Operation(schema, fragments, definition)
            # Fails now, and not with the first request, if a field has no declaration.
            operation.select({})
            yield operation


def root_fields(node: SelectionSetNode, fragments: Fragments, conditions: Conditions) -> Iterator[FieldNode]:
    """The fields of a selection set that are executed, including those of its fragments. Their number was limited
    before."""
    for selection in node.selections:
        if not included(selection.directives, conditions):
            continue
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode(selection_set=below):
                yield from root_fields(below, fragments, conditions)
            case FragmentSpreadNode(name=name):
                yield from root_fields(fragments[name.value].selection_set, fragments, conditions)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is relevant about the place of a selection set."""

    fresh: bool = False
    """Whether a session here was created by this request."""
    in_viewer: bool = False


_START = _Place()


class _Walk:
    def __init__(self, schema: GraphQLSchema, fragments: Fragments, conditions: Conditions) -> None:
        self.schema = schema
        self.fragments = fragments
        self.conditions = conditions
        self.asked: dict[tuple[Requirement, bool], str] = {}
        self.changes: str | None = None
        self.introspects = False
        self.introspection = Formula()
        self.read: set[tuple[type[Record], str]] = set()
        self.has_children = False
        self.viewer_has_children = False
        self._formulas: dict[tuple[str, _Place], Formula] = {}

    def selections(self, node: SelectionSetNode, parent: Composite, place: _Place) -> Formula:
        """Walk a selection set, and return its cost."""
        formula = Formula()
        for selection in node.selections:
            if not included(selection.directives, self.conditions):
                continue
            match selection:
                case FieldNode():
                    formula.terms += self._field(selection, parent, place)
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

    def _field(self, node: FieldNode, parent: Composite, place: _Place) -> Iterator[Term]:
        name = node.name.value
        if name.startswith("__"):
            if name != "__typename":
                self.introspects = True
                term = Term(prices(self.schema).count(node, self.fragments, self.conditions), SCHEMA_WEIGHT, Formula())
                self.introspection.terms.append(term)
                yield term
            return
        if isinstance(parent, GraphQLUnionType):
            raise TypeError(f"{parent.name} has no fields.")
        definition = parent.fields[name]
        facts = declared(definition)
        self.introspects = self.introspects or facts.shows_schema
        # The caller may read the token of a session that this request creates.
        if not (place.fresh and facts.is_token):
            self.asked.setdefault((facts.requires, place.in_viewer), f"{parent.name}.{name}")
        if parent is self.schema.mutation_type and not facts.open_to_impersonators:
            self.changes = f"{parent.name}.{name}"
        record = record_of(parent)
        if record is not None and (resolver_of(definition) is None or facts.whole_item):
            self.read.add((record, python_name_of(definition)))
        if facts.in_partition:
            self.has_children = True
            self.viewer_has_children = self.viewer_has_children or place.in_viewer
        if node.selection_set is None:
            if facts.cost.weight:
                yield Term(_count(facts, definition, node), facts.cost.weight, Formula())
            return
        below = get_named_type(definition.type)
        if not isinstance(below, Composite):
            raise TypeError(f"{parent.name}.{name} has no fields below it.")
        in_viewer = place.in_viewer or facts.viewer
        formula = self.selections(node.selection_set, below, _Place(facts.reveals_token, in_viewer))
        yield Term(_count(facts, definition, node), facts.cost.weight, formula)
        if facts.cost.searched_by is not None:
            yield Term(_searches(facts, definition, node, SEARCH), facts.cost.search, Formula())
        if facts.cost.continued_by:
            yield Term(_continued(facts, definition, node), 1, Formula())

    def _type(self, name: str) -> Composite:
        found = self.schema.type_map[name]
        if not isinstance(found, Composite):
            raise TypeError(f"{name} has no fields.")
        return found


def _count(facts: Declared, definition: GraphQLField, node: FieldNode) -> Count:
    """How many objects a field returns at most, by the argument that limits it, or by the larger of two."""
    cost = facts.cost
    if cost.sized_by is None or cost is FREE:
        return cost.size
    values = [_size_given(definition, node, name) for name in (cost.sized_by, cost.or_by) if name is not None]

    def count(variables: Mapping[str, Any]) -> int:
        given = [value(variables) if callable(value) else value for value in values]
        sizes = [size(value, cost) for value in given if value is not None]
        return max(sizes) if sizes else size(None, cost)

    return count if any(map(callable, values)) else count({})


def _size_given(definition: GraphQLField, node: FieldNode, name: str) -> Any:
    """The value of an argument that sets a size, or a function that finds it in the variables."""
    argument, _, member = name.partition(".")
    default: Any = definition.args[argument].default_value
    given = _given(node, argument)
    if member and isinstance(given, ObjectValueNode):
        given = next((field.value for field in given.fields if field.name.value == member), None)
        member = ""
    match given:
        case None:
            return default
        case VariableNode(name=name_node):
            return lambda variables: _member(variables.get(name_node.value, default), member)
        case value:
            return literal(value)


def _member(value: Any, name: str) -> Any:
    """A field of an input object; the value itself without a name."""
    return value.get(name) if name and isinstance(value, Mapping) else value


def _continued(facts: Declared, definition: GraphQLField, node: FieldNode) -> Count:
    """The most objects of a list that is not read from its beginning and has a condition that makes this cost more;
    otherwise zero."""
    filtered = _searches(facts, definition, node, CONTINUED)
    places = [_size_given(definition, node, name) for name in facts.cost.continued_by]
    size = _count(facts, definition, node)
    if filtered == 0:
        return 0

    def count(variables: Variables) -> int:
        is_continued = any((place(variables) if callable(place) else place) is not None for place in places)
        return _number(filtered, variables) * _number(size, variables) if is_continued else 0

    return count


def _number(count: Count, variables: Variables) -> int:
    return count if isinstance(count, int) else count(variables)


def _searches(facts: Declared, definition: GraphQLField, node: FieldNode, mark: str) -> Count:
    """One if a filter has a condition that is declared so, otherwise zero; by the variables if the filter is one."""
    argument = facts.cost.searched_by or ""
    conditions = searching(definition.args[argument], mark)
    match _given(node, argument):
        case VariableNode(name=name):
            return lambda variables: searches(variables.get(name.value), conditions)
        case ObjectValueNode(fields=fields):
            return int(any(field.name.value in conditions for field in fields))
    return 0


def _given(node: FieldNode, argument: str | None) -> Any:
    """The node of an argument's value; None if the argument is omitted."""
    return next((given.value for given in node.arguments or () if given.name.value == argument), None)


def literal(node: Any) -> Any:
    """The value of a literal. A list keeps its length even if its members are variables."""
    values = getattr(node, "values", None)
    return list(values) if values is not None else value_from_ast_untyped(node)
