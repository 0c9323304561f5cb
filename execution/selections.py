"""Selection sets of a valid document, as they apply to an object type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from schema.conditions import Conditions, included

Fragments = Mapping[str, FragmentDefinitionNode]


def collect(
    on: GraphQLObjectType, selections: Sequence[SelectionSetNode], fragments: Fragments, conditions: Conditions
) -> dict[str, list[FieldNode]]:
    """The fields of an object by response key, in order. The nodes of one key are one field and are merged."""
    fields: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for selection in selections:
        for node in _fields(on, selection, fragments, conditions, seen):
            fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
    return fields


def _fields(
    on: GraphQLObjectType, selection: SelectionSetNode, fragments: Fragments, conditions: Conditions, seen: set[str]
) -> Iterator[FieldNode]:
    names = {on.name, *(interface.name for interface in on.interfaces)}
    for node in selection.selections:
        if not included(node.directives, conditions):
            continue
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode(type_condition=condition):
                if condition is None or condition.name.value in names:
                    yield from _fields(on, node.selection_set, fragments, conditions, seen)
            case FragmentSpreadNode(name=name) if name.value not in seen:
                seen.add(name.value)
                fragment = fragments[name.value]
                if fragment.type_condition.name.value in names:
                    yield from _fields(on, fragment.selection_set, fragments, conditions, seen)


def condition_variables(operation: OperationDefinitionNode, fragments: Fragments) -> tuple[str, ...]:
    """The variables of an operation that are used in `@skip` and `@include`, also in fragments."""
    declared = [definition.variable.name.value for definition in operation.variable_definitions or ()]
    if not declared:
        return ()
    found: set[str] = set()
    waiting: list[Any] = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
    while waiting:
        for node in waiting.pop().selections:
            for directive in node.directives or ():
                if directive.name.value in ("skip", "include"):
                    found |= {a.value.name.value for a in directive.arguments if isinstance(a.value, VariableNode)}
            below = getattr(node, "selection_set", None)
            if below is not None:
                waiting.append(below)
    return tuple(name for name in declared if name in found)
