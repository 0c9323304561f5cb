"""Coercion of an operation's variables: with functions prepared for each type, and by graphql-core where that is not
enough.

graphql-core looks up every type again for every request, which takes longer than the rest of executing a lookup.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
    get_variable_values,
    is_input_type,
    is_leaf_type,
    type_from_ast,
)

NONE: Final = VariableValues({}, {})
UNFIT: Final = object()
"""Stands for a value that does not fit, or that only graphql-core can coerce."""

TEXTS: Final = frozenset(("ID", "String"))

Coerce = Callable[[Any], Any]


class Coercion:
    """Coerces the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._variables = [
            (
                definition.variable.name.value,
                _coercion(type_) if is_input_type(type_) else _unfit,
                definition.default_value is None and not isinstance(type_, GraphQLNonNull),
            )
            for definition in definitions
            if (type_ := type_from_ast(schema, definition.type)) is not None
        ]

    def __call__(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The coerced values; None if they do not fit."""
        if not self._definitions:
            return NONE
        coerced: dict[str, Any] = {}
        for name, coerce, may_be_absent in self._variables:
            if name in inputs:
                value = coerced[name] = coerce(inputs[name])
                if value is UNFIT:
                    return self._by_graphql_core(inputs)
            elif not may_be_absent:
                return self._by_graphql_core(inputs)
        return VariableValues({}, coerced)

    def _by_graphql_core(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """Let graphql-core coerce: for defaults, converted values and errors, of which the first is enough here."""
        values = get_variable_values(self._schema, self._definitions, dict(inputs), max_errors=1)
        return values if isinstance(values, VariableValues) else None


def _coercion(type_: GraphQLInputType) -> Coerce:
    """Make the function that coerces a value of a type as graphql-core does, or returns `UNFIT`."""
    if isinstance(type_, GraphQLNonNull):
        coerce = _coercion(type_.of_type)
        return lambda value: UNFIT if value is None else coerce(value)
    if isinstance(type_, GraphQLList):
        member = type_.of_type
        if isinstance(member, GraphQLNonNull) and is_leaf_type(member.of_type) and member.of_type.name in TEXTS:
            return _of_texts
        return _of_list(_coercion(member))
    if isinstance(type_, GraphQLInputObjectType):
        return _of_one(type_) if type_.is_one_of else _of_object(type_)
    return _of_leaf(type_) if is_leaf_type(type_) else _unfit


def _of_leaf(type_: GraphQLLeafType) -> Coerce:
    coerce = type_.coerce_input_value

    is_text = type_.name in TEXTS

    def leaf(value: Any) -> Any:
        # Most values are texts.
        if value is None or (is_text and type(value) is str):
            return value
        try:
            return coerce(value)
        except Exception:
            return UNFIT

    return leaf


def _of_list(coerce: Coerce) -> Coerce:
    def list_(value: Any) -> Any:
        if value is None:
            return None
        # graphql-core turns a value that is no list into a list with one member.
        if type(value) is not list:
            return UNFIT
        members: list[Any] = []
        for member in value:
            made = coerce(member)
            # The first that does not fit is enough: the others may be many.
            if made is UNFIT:
                return UNFIT
            members.append(made)
        return members

    return list_


def _of_texts(value: Any) -> Any:
    """Coerce a list of texts, without a call for each: `nodes` and `usersById` take hundreds of ids."""
    if value is None:
        return None
    if type(value) is not list:
        return UNFIT
    for member in value:
        if type(member) is not str:
            return UNFIT
    return value


def _of_object(type_: GraphQLInputObjectType) -> Coerce:
    members = {name: _coercion(field.type) for name, field in type_.fields.items()}
    defaults = {
        name: field.default_value for name, field in type_.fields.items() if field.default_value is not Undefined
    }
    required = frozenset(
        name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull) and name not in defaults
    )

    def object_(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or not required <= value.keys():
            return UNFIT
        made = defaults.copy()
        for name, member in value.items():
            coerce = members.get(name)
            made[name] = coerced = UNFIT if coerce is None else coerce(member)
            if coerced is UNFIT:
                return UNFIT
        return made

    return object_


def _of_one(type_: GraphQLInputObjectType) -> Coerce:
    """The same for an input with `@oneOf`, whose fields have no defaults."""
    members = {name: _coercion(field.type) for name, field in type_.fields.items()}

    def one_of(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or len(value) != 1:
            return UNFIT
        ((name, member),) = value.items()
        coerce = members.get(name)
        if coerce is None or member is None:
            return UNFIT
        coerced = coerce(member)
        return UNFIT if coerced is UNFIT or coerced is None else {name: coerced}

    return one_of


def _unfit(_: Any) -> Any:
    return UNFIT
