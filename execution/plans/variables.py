"""An operation's variables, coerced: quickly for texts and lists of texts, by graphql-core for everything else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    GraphQLSchema,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    TypeNode,
    VariableDefinitionNode,
    VariableValues,
    get_variable_values,
)

TEXTS: Final = frozenset(("ID", "String"))

NONE: Final = VariableValues({}, {})


class Coercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._texts = {d.variable.name.value: _is_list(d.type) for d in definitions if _is_text(d.type)}
        self._only_texts = len(self._texts) == len(definitions)

    def __call__(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The coerced values; None if they do not fit."""
        if not self._definitions:
            return NONE
        if self._only_texts and all(_fits(inputs.get(name), is_list) for name, is_list in self._texts.items()):
            return VariableValues({}, {name: inputs[name] for name in self._texts})
        # The ordinary executor tells what does not fit; here the first error will do.
        values = get_variable_values(self._schema, self._definitions, dict(inputs), max_errors=1)
        return values if isinstance(values, VariableValues) else None


def _fits(value: Any, is_list: bool) -> bool:
    """Whether a value is what graphql-core would leave as it is."""
    if is_list:
        return type(value) is list and all(type(item) is str for item in value)
    return type(value) is str


def _is_text(type_: TypeNode) -> bool:
    inner = _nullable(type_)
    if isinstance(inner, ListTypeNode):
        inner = _nullable(inner.type)
    return isinstance(inner, NamedTypeNode) and inner.name.value in TEXTS


def _is_list(type_: TypeNode) -> bool:
    return isinstance(_nullable(type_), ListTypeNode)


def _nullable(type_: TypeNode) -> TypeNode:
    return type_.type if isinstance(type_, NonNullTypeNode) else type_
