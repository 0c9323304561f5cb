"""Documents that were found valid before: every test has an executor of its own, and most send the same few."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

from execution.document import RULES
from schema.build import GRAPHQL_SCHEMA

MOST: Final = 300
LONGEST: Final = 2000
"""The longest text that is remembered, in characters."""


class KnownDocuments:
    """Stands in for graphql-core's `parse` and `validate`. What is not valid is parsed and validated every time."""

    def __init__(self) -> None:
        self._valid: OrderedDict[str, DocumentNode] = OrderedDict()

    def parse(self, text: str, *, max_tokens: int | None = None) -> DocumentNode:
        """The tree of the text, if it has no more tokens than that."""
        known = self._valid.get(text)
        if known is None or (max_tokens is not None and known.token_count > max_tokens):
            return parse(text, max_tokens=max_tokens)
        return known

    def validate(
        self, schema: GraphQLSchema, node: DocumentNode, rules: Collection[Any], *arguments: Any, **options: Any
    ) -> list[GraphQLError]:
        """The errors of the tree; none if it was found valid before."""
        text = "" if node.loc is None else node.loc.source.body
        if self._valid.get(text) is node:
            self._valid.move_to_end(text)
            return []
        errors = validate(schema, node, rules, *arguments, **options)
        if not errors and schema is GRAPHQL_SCHEMA and rules is RULES and 0 < len(text) <= LONGEST:
            self._valid[text] = node
            while len(self._valid) > MOST:
                self._valid.popitem(last=False)
        return errors
