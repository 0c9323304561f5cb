"""Selection sets of a valid document, as they apply to an object type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]
Conditions = Mapping[str, bool]
"""Values of the variables in `@skip` and `@include`."""


def collect(
    on: GraphQLObjectType, selections: Sequence[SelectionSetNode], fragments: Fragments, conditions: Conditions
) -> dict[str, list[FieldNode]]:
    """The fields of an object by response key, in order; the nodes of one key are one field, merged."""
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
        if not _included(node.directives or (), conditions):
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


def _included(directives: Sequence[DirectiveNode], conditions: Conditions) -> bool:
    for directive in directives:
        name = directive.name.value
        if name in ("skip", "include") and _holds(directive, conditions) is (name == "skip"):
            return False
    return True


def _holds(directive: DirectiveNode, conditions: Conditions) -> bool:
    value = directive.arguments[0].value if directive.arguments else None
    match value:
        case BooleanValueNode(value=literal):
            return literal
        case VariableNode(name=name):
            return conditions[name.value]
    raise TypeError("A condition is a Boolean.")


def condition_variables(operation: OperationDefinitionNode, fragments: Fragments) -> frozenset[str]:
    """The variables in `@skip` and `@include` of an operation and its fragments."""
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
    return frozenset(found)
