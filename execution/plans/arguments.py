"""The arguments of a field in the form that its resolver takes, computed in advance as far as possible."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
    get_argument_values,
    is_non_null_type,
)

from schema import internals
from schema.build import SCHEMA
from schema.internals import Names, converted, nullable

Arguments = Callable[[VariableValues], dict[str, Any]]
"""Computes the keyword arguments from variables. Raises if graphql-core has to report an error."""

OF_SCHEMA: Final = internals.Arguments(SCHEMA)


def arguments_of(definition: GraphQLField, node: FieldNode) -> Arguments:
    """Make the function that computes a field's arguments. What does not depend on variables is computed once."""
    if not definition.args:
        return lambda _: {}
    declared, names = OF_SCHEMA.declared(definition), OF_SCHEMA.names(definition)
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    if not any(map(has_variable, given.values())):
        constant = converted(get_argument_values(definition, node), names)
        return lambda _: constant
    if all(isinstance(value, VariableNode) for value in given.values()):
        return _from_variables(definition, names, given)
    if len(given) == 1 == len(declared):
        # A lookup by a key in a variable, `user(by: {email: $email})`, is frequent, so it has a faster path.
        ((name, value),) = given.items()
        build = _texts_in_object(value, declared[name].type)
        if build is not None:
            python_name = declared[name].python_name
            return lambda variables: {python_name: build(variables.coerced)}
    return lambda variables: converted(get_argument_values(definition, node, variables), names)


def _texts_in_object(value: ValueNode, type_: Any) -> Callable[[Mapping[str, Any]], Any] | None:
    """Make the function that builds an input object of texts only, in variables or literal; None for other objects."""
    type_ = nullable(type_)
    fields = OF_SCHEMA.input_fields(type_)
    if fields is None or not isinstance(value, ObjectValueNode):
        return None
    makers: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
    for member in value.fields:
        field = fields[member.name.value]
        is_text = nullable(field.type) in (str, strawberry.ID)
        maker = _text(member.value) if is_text else _texts_in_object(member.value, field.type)
        if maker is None:
            return None
        makers[field.python_name] = maker
    return lambda coerced: type_(**{name: make(coerced) for name, make in makers.items()})


def _text(value: ValueNode) -> Callable[[Mapping[str, Any]], str] | None:
    match value:
        case StringValueNode(value=literal):
            return lambda _: literal
        case VariableNode(name=name):
            return lambda coerced: _checked_text(coerced[name.value])
    return None


def _checked_text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("The variable is not a string.")
    return value


def _from_variables(definition: GraphQLField, names: Names, given: dict[str, ValueNode]) -> Arguments:
    """Use whole variables, which were coerced before, and defaults for omitted arguments."""
    sources = [
        (
            given[name].name.value if name in given else "",  # type: ignore[attr-defined]
            argument.default_value,
            is_non_null_type(argument.type),
            *names[name],
        )
        for name, argument in definition.args.items()
    ]

    def arguments(variables: VariableValues) -> dict[str, Any]:
        coerced = variables.coerced
        values: dict[str, Any] = {}
        for variable, default, needed, python_name, convert in sources:
            value = coerced.get(variable, default)
            if value is None and needed:
                raise TypeError(f"{python_name} is null.")
            if value is not Undefined:
                values[python_name] = value if convert is None else convert(value)
        return values

    return arguments


def has_variable(value: ValueNode) -> bool:
    """Whether a value is a variable, or a variable is in it."""
    if isinstance(value, VariableNode):
        return True
    below = [*getattr(value, "values", ()), *(field.value for field in getattr(value, "fields", ()))]
    return any(map(has_variable, below))
