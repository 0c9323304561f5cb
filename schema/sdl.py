"""The schema as a text in GraphQL's schema language (SDL), with the directives on its fields."""

from collections.abc import Sequence
from dataclasses import replace
from textwrap import indent

from graphql import (
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    print_ast,
)

from schema.directives import FieldDirectives

Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode


def with_directives(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """The definitions of a schema with the directives that its fields and inputs have."""
    directives = FieldDirectives(schema)

    def directed(definition: DefinitionNode) -> DefinitionNode:
        match definition:
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                return _directed(definition, schema, directives)
            case InputObjectTypeDefinitionNode():
                return _directed_input(definition, schema, directives)
        return definition

    return replace(document, definitions=tuple(map(directed, document.definitions)))


def _directed(definition: Composite, schema: GraphQLSchema, directives: FieldDirectives) -> Composite:
    parent = schema.type_map[definition.name.value]
    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)  # noqa: S101 - the document is of this schema

    def directed(node: FieldDefinitionNode) -> FieldDefinitionNode:
        name = node.name.value
        field = parent.fields[name]
        added = directives.on_field(parent.name, name, field)
        return replace(node, directives=(*(node.directives or ()), *added))

    return replace(definition, fields=tuple(map(directed, definition.fields or ())))


def _directed_input(
    definition: InputObjectTypeDefinitionNode, schema: GraphQLSchema, directives: FieldDirectives
) -> InputObjectTypeDefinitionNode:
    type_ = schema.type_map[definition.name.value]
    assert isinstance(type_, GraphQLInputObjectType)  # noqa: S101 - the document is of this schema

    def directed(node: InputValueDefinitionNode) -> InputValueDefinitionNode:
        added = directives.on_input(type_.fields[node.name.value])
        return replace(node, directives=(*(node.directives or ()), *added))

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
