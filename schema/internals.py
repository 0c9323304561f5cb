"""All use of Strawberry's and graphql-core's internals, in one place, so that it can be checked against a new version.

Other modules use documented parts only: `import strawberry`, `StrawberryConfig` and what `graphql` itself exports.
`make lint` rejects any other import from either package.

| what is relied on | for |
|---|---|
| Strawberry keeps its definition in the extensions of each element of the graphql-core schema | metadata, resolvers |
| a field's `base_resolver`, with the function in `wrapped_func` | plans call resolvers themselves |
| an input is its class, called with Python names and None for what is absent | inputs of resolvers are made here |
| `_schema` and the scalars of the converter | validation and execution are graphql-core's |
| an info is its class, called with `_raw_info` and `_field` | a resolver looks at what is selected below its field |
| graphql-core calls a field's `resolve` with source, info and coerced arguments | no conversion by Strawberry |
| a graphql-core type may be changed until a document is validated: `is_type_of`, `is_one_of` | sources are records |
| an executor's `async_helpers`, which only types with an async `is_type_of` use | no cycle is left of an operation |
| so may the schema: its `directives` | our directives on fields are no classes of Strawberry's |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from typing import Any, Final, NoReturn

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryList, StrawberryOptional, get_object_definition
from strawberry.types.scalar import ScalarDefinition
from strawberry.utils.str_converters import to_camel_case

__all__ = ["ScalarDefinition", "StrawberryArgument"]

DEFINITION: Final = "strawberry-definition"

Convert = Callable[[Any], Any]

Names = Mapping[str, tuple[str, Convert | None]]
"""For each argument, by its name in GraphQL: its name in Python, and the function that converts its value."""


class Executor(ExecutorThrowingOnIncremental):
    """graphql-core's executor without the helpers that refer back to it: only the garbage collector would find that
    cycle, and with it all that belongs to the request."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.async_helpers = _NO_HELPERS


def _unused(_: object) -> NoReturn:
    raise NotImplementedError


_NO_HELPERS: Final = GraphQLResolveInfoHelpers(gather=_unused, track=_unused)


def metadata_of(element: GraphQLField | GraphQLArgument | GraphQLInputField) -> Mapping[str, Any] | None:
    """The metadata that an element was declared with; None for an element of introspection."""
    definition = element.extensions.get(DEFINITION)
    return None if definition is None else definition.metadata


def declaring_class(type_: GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType) -> type[Any]:
    """The class that an object type, an interface or an input object was declared with."""
    origin: type[Any] = type_.extensions[DEFINITION].origin
    return origin


def python_name_of(field: GraphQLField) -> str:
    """The name of a field's resolver, or of the attribute it is read from."""
    name: str = field.extensions[DEFINITION].python_name
    return name


def resolver_of(field: GraphQLField) -> Callable[..., Any] | None:
    """The function that resolves a field; None for a field that is read from its source."""
    base = field.extensions[DEFINITION].base_resolver
    return None if base is None else base.wrapped_func


def is_async(field: GraphQLField) -> bool:
    """Whether a field has a resolver and it is a coroutine function."""
    return bool(field.extensions[DEFINITION].is_async)


def takes_info(field: GraphQLField) -> bool:
    """Whether the field's resolver has a parameter `info`."""
    return field.extensions[DEFINITION].base_resolver.info_parameter is not None


class Arguments:
    """The arguments of a schema's fields, in the form that resolvers take."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._config = schema.config
        self._converters: dict[Any, Convert | None] = {}

    def declared(self, field: GraphQLField) -> dict[str, StrawberryArgument]:
        """A field's arguments by their names in GraphQL."""
        name = self._config.name_converter.from_argument
        return {name(argument): argument for argument in field.extensions[DEFINITION].arguments}

    def names(self, field: GraphQLField) -> Names:
        """How to convert a field's arguments."""
        declared = self.declared(field)
        return {name: (argument.python_name, self.converter(argument.type)) for name, argument in declared.items()}

    def input_fields(self, type_: Any) -> dict[str, Any] | None:
        """The fields of an input class, with `python_name` and `type`, by their names in GraphQL; None for others."""
        definition = get_object_definition(type_)
        if definition is None:
            return None
        return {self._config.name_converter.get_graphql_name(field): field for field in definition.fields}

    def converter(self, type_: Any) -> Convert | None:
        """The function that turns a coerced value of a type into what resolvers take; None if nothing has to be done.

        It looks up names once for each type. Strawberry's `convert_argument` looks them up for each value.
        """
        type_ = nullable(type_)
        if isinstance(type_, StrawberryList):
            return _of_each(self.converter(type_.of_type))
        if type_ not in self._converters:
            self._converters[type_] = self._object_converter(type_)
        return self._converters[type_]

    def _object_converter(self, type_: Any) -> Convert | None:
        fields = self.input_fields(type_)
        if fields is None:
            return None
        absent = {field.python_name: None for field in fields.values() if not _has_default(field)}
        members = {name: (field.python_name, self.converter(field.type)) for name, field in fields.items()}

        def convert(value: Mapping[str, Any] | None) -> Any:
            if value is None:
                return None
            given = absent.copy()
            for name, member in value.items():
                python_name, of_member = members[name]
                given[python_name] = member if of_member is None else of_member(member)
            return type_(**given)

        return convert


def _of_each(convert: Convert | None) -> Convert:
    """Convert each value of a list. The list is always copied: graphql-core gives the same default to every request."""
    if convert is None:
        return lambda values: None if values is None else list(values)
    return lambda values: None if values is None else [convert(value) for value in values]


def _has_default(field: Any) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def nullable(type_: Any) -> Any:
    """A declared type without its `| None`."""
    return type_.of_type if isinstance(type_, StrawberryOptional) else type_


def _direct(field: GraphQLField, arguments: Arguments, info_class: type[Any]) -> Callable[..., Any]:
    """Make what graphql-core calls to resolve a field. Strawberry's would look up the names and types of its arguments
    again for each request."""
    definition = field.extensions[DEFINITION]
    resolver, wants_info = definition.base_resolver.wrapped_func, takes_info(field)
    names = arguments.names(field)

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        values = converted(given, names)
        if wants_info:
            values["info"] = info_class(_raw_info=info, _field=definition)
        return resolver(source, **values)

    return resolve


def _unless_done(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Make what graphql-core calls to resolve a mutation: a mutation that is done already is the root value, and is not
    called again."""

    def resolve_once(done: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        return resolve(None, info, **given) if done is None else done.outcome()

    return resolve_once


def converted(values: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Coerced arguments in the form that resolvers take, by their Python names."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        python_name, convert = names[name]
        made[python_name] = value if convert is None else convert(value)
    return made


def field_names(type_: type) -> list[str]:
    """The names of a type's fields in GraphQL."""
    definition = get_object_definition(type_, strict=True)
    return [field.graphql_name or to_camel_case(field.python_name) for field in definition.fields]


def raw_info(info: "strawberry.Info[Any, Any]") -> GraphQLResolveInfo[Any]:
    """What graphql-core passes to a resolver."""
    return info._raw_info


def enum_values(members: type[Any]) -> list[Any]:
    """The values of a class that was passed to `strawberry.enum`. Their descriptions can be set."""
    definition: Any = members.__strawberry_definition__
    return list(definition.values)


def graphql_core_schema(schema: strawberry.Schema, directives: Sequence[GraphQLDirective] = ()) -> GraphQLSchema:
    """The graphql-core schema inside Strawberry's, which takes records as sources and validates `@oneOf` inputs.

    `directives` are defined in it, besides those of Strawberry and graphql-core.
    """
    underneath: GraphQLSchema = schema._schema
    underneath.directives = (*underneath.directives, *directives)
    arguments = Arguments(schema)
    for type_ in underneath.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            # Sources are records, not instances of the declaring classes; `Node.resolve_type` tells them apart.
            type_.is_type_of = None
            for field in type_.fields.values():
                if DEFINITION in field.extensions and resolver_of(field) is not None:
                    resolve = _direct(field, arguments, schema.config.info_class)
                    field.resolve = _unless_done(resolve) if type_ is underneath.mutation_type else resolve
        elif isinstance(type_, GraphQLInputObjectType) and type_.extensions[DEFINITION].is_one_of:
            # Lets validation reject what Strawberry would only find during execution.
            type_.is_one_of = True
    return underneath
