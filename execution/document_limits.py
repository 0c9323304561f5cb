"""The limits of a document: its depth and the numbers of aliases, directives and root fields, in time linear in its
length.

Each fragment is measured once, and the result is used wherever the fragment is spread. So a fragment that spreads
another twice, which spreads another twice, and so on, takes no longer to measure than it is long.
"""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from execution.errors import LIMIT_EXCEEDED
from execution.settings import Limits


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a selection set after its fragments are put in place."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    """How many fields it has at its own level."""


def violations(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """The limits that a document exceeds. It may be given documents that are not valid."""
    measure = _Measure(document)
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    shapes = [(operation, measure.operation(operation)) for operation in operations]
    excesses: list[tuple[str, int, int]] = [("operations", len(operations), limits.max_operations)]
    for _, shape in shapes:
        excesses += [
            ("levels of nesting", shape.depth, limits.max_depth),
            ("root fields", shape.fields, limits.max_root_fields),
        ]
    excesses += [
        ("aliases", sum(shape.aliases for _, shape in shapes), limits.max_aliases),
        ("directives", sum(shape.directives for _, shape in shapes), limits.max_directives),
        ("characters in one alias", measure.longest_alias, limits.max_alias_length),
    ]
    return [
        GraphQLError(_message(what, found, most), extensions={"code": LIMIT_EXCEEDED})
        for what, found, most in excesses
        if found > most
    ]


def _message(what: str, found: int, most: int) -> str:
    # Eighty fragments that each spread the next one twice stand for a number too long to print.
    count = str(found) if found < 1_000_000 else "more than a million"
    return f"The document has {count} {what}; at most {most} are allowed."


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._shapes: dict[str, Shape] = {}
        self._open: set[str] = set()
        self.longest_alias = 0
        """The number of characters of the longest alias so far."""

    def operation(self, node: OperationDefinitionNode) -> Shape:
        shape = self._selections(node.selection_set)
        variables = sum(len(variable.directives or ()) for variable in node.variable_definitions or ())
        return _plus(shape, directives=len(node.directives or ()) + variables)

    def _selections(self, node: SelectionSetNode) -> Shape:
        depth = aliases = directives = fields = 0
        for selection in node.selections:
            match selection:
                case FieldNode():
                    shape = self._field(selection)
                case InlineFragmentNode():
                    shape = self._selections(selection.selection_set)
                case FragmentSpreadNode():
                    shape = self._fragment(selection.name.value)
                case _:
                    continue
            depth = max(depth, shape.depth)
            aliases += shape.aliases
            directives += shape.directives + len(selection.directives or ())
            fields += shape.fields
        return Shape(depth, aliases, directives, fields)

    def _field(self, node: FieldNode) -> Shape:
        below = self._selections(node.selection_set) if node.selection_set is not None else Shape()
        # Introspection has a depth limit of its own among the validation rules.
        depth = 1 if node.name.value.startswith("__") else below.depth + 1
        if node.alias is not None:
            self.longest_alias = max(self.longest_alias, len(node.alias.value))
        return Shape(depth, below.aliases + (node.alias is not None), below.directives, 1)

    def _fragment(self, name: str) -> Shape:
        known = self._shapes.get(name)
        if known is not None:
            return known
        fragment = self._fragments.get(name)
        if fragment is None or name in self._open:
            # Validation, which comes next, reports unknown fragments and cycles.
            return Shape()
        self._open.add(name)
        shape = _plus(self._selections(fragment.selection_set), directives=len(fragment.directives or ()))
        self._open.discard(name)
        self._shapes[name] = shape
        return shape


def _plus(shape: Shape, directives: int) -> Shape:
    return Shape(shape.depth, shape.aliases, shape.directives + directives, shape.fields)
