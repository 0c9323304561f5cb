"""The page docs/schema.md, from the schema: `make generate` writes it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    InputValueDefinitionNode,
    NullValueNode,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
    print_ast,
)

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "schema.md"

REQUIRES: Final = re.compile(
    r"\s?Requires ((?:`[a-z:]+`(?: and )?)+)(, or being signed in as the user it belongs to)?\."
)
COSTS: Final = re.compile(
    r"\s?Costs (\d+(?: for each of `[\w.]+`(?: or `\w+`)?)?"
    r"(?:, and \d+ more with a condition of `\w+` that says so)?)\."
)

INTRODUCTION: Final = """\
# The schema

This page lists every type of the API with its fields. `make generate` writes it from the schema.

- **requires**: the scopes that an API key needs for the field. *or own* means that signed-in people can also use it,
  for their own data. A field without an entry requires no scope.
- **costs**: what the field adds to the cost of an operation. A list multiplies the cost of the fields below it. A field
  without an entry is free.

[permissions.md](permissions.md) has the same rules as tables. The [frontend guide](frontend.md) explains how to work
with the schema.
"""


def render(sdl: str) -> str:
    """The whole page for a schema."""
    schema = build_schema(sdl)
    sections = [INTRODUCTION, _contents(schema)]
    for title, types in _groups(schema):
        sections.append(f"## {title}\n")
        sections += [_type(one) for one in types]
    return "\n".join(sections)


def _groups(schema: GraphQLSchema) -> Iterator[tuple[str, list[GraphQLNamedType]]]:
    types = [one for name, one in sorted(schema.type_map.items()) if not name.startswith("__")]
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    objects = [one for one in types if isinstance(one, GraphQLObjectType | GraphQLInterfaceType) and one not in roots]
    yield "Operations", list(roots)
    yield "Objects", [one for one in objects if not one.name.endswith("Payload")]
    yield "Payloads", [one for one in objects if one.name.endswith("Payload")]
    yield "Inputs", [one for one in types if isinstance(one, GraphQLInputObjectType)]
    yield "Enums", [one for one in types if isinstance(one, GraphQLEnumType)]
    yield "Scalars", [one for one in types if isinstance(one, GraphQLScalarType) and not is_specified_scalar_type(one)]


def _contents(schema: GraphQLSchema) -> str:
    lines = [f"- **{title}**: {', '.join(_link(one) for one in types)}" for title, types in _groups(schema)]
    return "\n".join((*lines, ""))


def _type(one: GraphQLNamedType) -> str:
    lines = [f"### {one.name}", "", _sentence(one.description)]
    match one:
        case GraphQLObjectType() | GraphQLInterfaceType():
            if one.interfaces:
                lines[-1] += f" Implements {', '.join(_link(interface) for interface in one.interfaces)}."
            rows = [_field(name, field) for name, field in one.fields.items()]
            lines += _table(("field", "type", "", "requires", "costs"), rows)
        case GraphQLInputObjectType():
            inputs = [(f"`{name}`", _written(field), _text(field)) for name, field in one.fields.items()]
            lines += _table(("field", "type", ""), inputs)
        case GraphQLEnumType():
            values = [(f"`{name}`", _text(value)) for name, value in one.values.items()]
            lines += _table(("value", ""), values)
        case GraphQLScalarType() if one.specified_by_url:
            lines[-1] += f" Specified at <{one.specified_by_url}>."
    return "\n".join((*lines, ""))


def _field(name: str, field: GraphQLField) -> tuple[str, ...]:
    text = field.description or ""
    requires, costs = REQUIRES.search(text), COSTS.search(text)
    described = [_text(field, REQUIRES.sub("", COSTS.sub("", text)))]
    described += [f"`{argument}` ({_written(given)}): {_text(given)}" for argument, given in field.args.items()]
    return (
        f"`{name}`",
        _written(field),
        "<br>".join(described),
        f"{requires[1]}{' or own' if requires[2] else ''}" if requires else "",
        costs[1] if costs else "",
    )


def _text(described: GraphQLField | GraphQLInputField | GraphQLArgument | object, text: str | None = None) -> str:
    sentence = _sentence(getattr(described, "description", None) if text is None else text)
    reason: str | None = getattr(described, "deprecation_reason", None)
    return f"{sentence} **Deprecated**: {_sentence(reason)}" if reason else sentence


def _written(typed: GraphQLField | GraphQLInputField | GraphQLArgument) -> str:
    """The type with a link, and the default value if there is one."""
    named = get_named_type(typed.type)
    link = str(typed.type) if is_specified_scalar_type(named) else f"[{typed.type}](#{named.name.lower()})"
    link = link.replace("[[", r"[\[").replace("]!](", r"\]!](").replace("]!]!](", r"\]!]!](")
    default = typed.ast_node.default_value if isinstance(typed.ast_node, InputValueDefinitionNode) else None
    return link if default is None or isinstance(default, NullValueNode) else f"{link} = `{print_ast(default)}`"


def _link(one: GraphQLNamedType) -> str:
    return f"[{one.name}](#{one.name.lower()})"


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", r"\|")


def _table(titles: Iterable[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    head = tuple(titles)
    return ["", _row(head), _row(("---",) * len(head)), *map(_row, rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
