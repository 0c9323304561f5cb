"""The schema as a text in GraphQL's schema language (SDL), with the directives on its fields."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import indent
from typing import Final

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    print_ast,
)

from schema.directives import FieldDirectives

Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
COMPOSITE: Final = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)


def with_directives(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """The definitions of a schema with the directives that its fields and arguments have."""
    directives = FieldDirectives(schema)
    return replace(
        document,
        definitions=tuple(
            _directed(one, schema, directives) if isinstance(one, COMPOSITE) else one for one in document.definitions
        ),
    )


def _directed(definition: Composite, schema: GraphQLSchema, directives: FieldDirectives) -> Composite:
    parent = schema.type_map[definition.name.value]
    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 - the document is of this schema

    def directed(node: FieldDefinitionNode) -> FieldDefinitionNode:
        name = node.name.value
        field = parent.fields[name]
        arguments = tuple(
            replace(
                argument,
                directives=(*(argument.directives or ()), *directives.on_argument(field, argument.name.value)),
            )
            for argument in node.arguments or ()
        )
        added = directives.on_field(parent.name, name, field)
        return replace(node, arguments=arguments, directives=(*(node.directives or ()), *added))

    return replace(definition, fields=tuple(map(directed, definition.fields or ())))


def text(document: DocumentNode) -> str:
    """The text of definitions, with an empty line between the members of a type."""
    return "\n\n".join(map(_text, document.definitions)) + "\n"


def _text(definition: DefinitionNode) -> str:
    members: Sequence[Node] | None = None
    head = definition
    match definition:
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            members, head = definition.fields, replace(definition, fields=())
        case InputObjectTypeDefinitionNode():
            members, head = definition.fields, replace(definition, fields=())
        case EnumTypeDefinitionNode():
            members, head = definition.values, replace(definition, values=())
    if not members:
        return print_ast(definition)
    body = "\n\n".join(indent(print_ast(member), "  ") for member in members)
    return f"{print_ast(head)} {{\n{body}\n}}"
