"""The cost of introspection: one for each type, field, argument, enum value and directive in the response.

The schema does not change, so the cost is exact. The selected fields are followed through the schema as the executor
would do it, but for all parents of a selection at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    StringValueNode,
    Undefined,
    VariableNode,
    get_named_type,
    introspection_types,
    is_list_type,
    is_object_type,
)

from execution.cost import Count
from execution.selections import Fragments, collect
from schema.conditions import Conditions

MOST: Final = 100_000
"""The highest count that is computed, more than any operation may cost."""

Elements = Mapping[int, tuple[Any, int]]
"""Elements of the schema by identity, and how often each of them occurs."""


@lru_cache(maxsize=4)
def prices(schema: GraphQLSchema) -> "Prices":
    """The counter of introspection for a schema, which is cached."""
    return Prices(schema)


class Prices:
    """Follows selections through one schema, and counts the elements that they show."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._info: Any = SimpleNamespace(schema=schema)
        self._found: dict[tuple[int, str, str], list[Any]] = {}
        self.steps = 0
        """How many elements were visited so far: the work that counting took."""

    def count(self, node: FieldNode, fragments: Fragments, conditions: Conditions) -> Count:
        """How many elements a root field shows. For `__type`, it may depend on the variables."""
        if node.name.value == "__schema":
            return self._total("__Schema", [self._schema], node.selection_set, fragments, conditions)
        known: dict[str, int] = {}

        def of(name: Any) -> int:
            type_ = self._schema.type_map.get(name) if isinstance(name, str) else None
            if type_ is None:
                return 1
            if name not in known:
                known[name] = self._total("__Type", [type_], node.selection_set, fragments, conditions)
            return known[name]

        match node.arguments[0].value if node.arguments else None:
            case StringValueNode(value=literal):
                return of(literal)
            case VariableNode(name=name):
                return lambda variables: of(variables.get(name.value))
        return 1

    def _total(
        self,
        kind: str,
        elements: Sequence[Any],
        below: SelectionSetNode | None,
        fragments: Fragments,
        conditions: Conditions,
    ) -> int:
        if below is None:
            return 1
        type_ = introspection_types[kind]
        return 1 + self._below(type_, [below], _counted((one, 1) for one in elements), fragments, conditions, MOST)

    def _below(
        self,
        on: Any,
        selections: Sequence[SelectionSetNode],
        parents: Elements,
        fragments: Fragments,
        conditions: Conditions,
        most: int,
    ) -> int:
        """How many elements are below some parents; if there are more than `most`, about that many."""
        total = 0
        for nodes in collect(self._schema, on, selections, fragments, conditions).values():
            name = nodes[0].name.value
            below = [node.selection_set for node in nodes if node.selection_set is not None]
            if not below or total > most:
                continue
            self.steps += len(parents)
            found = _counted(
                (child, times) for parent, times in parents.values() for child in self._children(on, parent, name)
            )
            total += sum(times for _, times in found.values())
            kind = get_named_type(on.fields[name].type)
            if is_object_type(kind) and total <= most:
                total += self._below(kind, below, found, fragments, conditions, most - total)
        return total

    def _children(self, on: GraphQLObjectType, parent: Any, name: str) -> list[Any]:
        """The elements that a field of introspection returns. They are the same objects every time."""
        key = (id(parent), on.name, name)
        found = self._found.get(key)
        if found is None:
            definition = on.fields[name]
            given = {"includeDeprecated": True} if "includeDeprecated" in definition.args else {}
            value = definition.resolve(parent, self._info, **given) if definition.resolve else None
            if value is None or value is Undefined:
                found = []
            else:
                found = list(value) if is_list_type(_nullable(definition.type)) else [value]
            self._found[key] = found
        return found


def _counted(elements: Iterable[tuple[Any, int]]) -> Elements:
    counted: dict[int, tuple[Any, int]] = {}
    for element, times in elements:
        _, before = counted.get(id(element), (None, 0))
        counted[id(element)] = (element, before + times)
    return counted


def _nullable(type_: Any) -> Any:
    return getattr(type_, "of_type", type_) if str(type_).endswith("!") else type_
