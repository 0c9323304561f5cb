"""Selection sets of a valid document, as they apply to an object type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from schema.conditions import Conditions, included

Fragments = Mapping[str, FragmentDefinitionNode]


def collect(
    schema: GraphQLSchema,
    on: GraphQLObjectType,
    selections: Sequence[SelectionSetNode],
    fragments: Fragments,
    conditions: Conditions,
) -> dict[str, list[FieldNode]]:
    """The fields of an object by response key, in order. The nodes of one key are one field and are merged."""
    fields: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for selection in selections:
        for node in _fields(schema, on, selection, fragments, conditions, seen):
            fields.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
    return fields


def _fields(
    schema: GraphQLSchema,
    on: GraphQLObjectType,
    selection: SelectionSetNode,
    fragments: Fragments,
    conditions: Conditions,
    seen: set[str],
) -> Iterator[FieldNode]:
    for node in selection.selections:
        if not included(node.directives, conditions):
            continue
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode(type_condition=condition):
                if condition is None or _applies(schema, condition.name.value, on):
                    yield from _fields(schema, on, node.selection_set, fragments, conditions, seen)
            case FragmentSpreadNode(name=name) if name.value not in seen:
                seen.add(name.value)
                fragment = fragments[name.value]
                if _applies(schema, fragment.type_condition.name.value, on):
                    yield from _fields(schema, on, fragment.selection_set, fragments, conditions, seen)


def _applies(schema: GraphQLSchema, condition: str, on: GraphQLObjectType) -> bool:
    """Whether a fragment on a type applies to an object type: to itself, its interfaces and the unions with it."""
    if condition == on.name:
        return True
    type_ = schema.type_map[condition]
    return is_abstract_type(type_) and schema.is_sub_type(type_, on)


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
