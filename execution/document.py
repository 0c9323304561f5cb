"""Documents: parsed, validated and analysed once, then kept."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    parse,
    specified_rules,
    validate,
)

from execution import analysis, shape
from execution.analysis import Operation
from execution.planner import Planner
from execution.settings import Limits

RULES = (*specified_rules, MaxIntrospectionDepthRule)
KEPT = 1000
LARGEST_KEPT = 16 * 1024
"""A longer document is not kept: the memory of all that are is bounded."""

MOST_ERRORS = 20
"""Reasons that are told why a document is not valid: each is looked up in the document anew."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed, or the reasons why not."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    operations: dict[str | None, Operation]
    planner: Planner | None = None
    """Makes plans of the operations; None where plans are off or the document is not kept."""


class Documents:
    """The documents seen last, by their text. `suggests` lets errors name fields that were perhaps meant."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggests: bool = True) -> None:
        self._schema = schema
        self._limits = limits
        self._suggests = suggests
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        """Whether a document is among those kept."""
        return text in self._kept

    def prepare(self, text: str) -> Document:
        """Parse, validate and analyse a document, or find it among those kept."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        document = _prepare(self._schema, text, self._limits, suggests=self._suggests)
        if len(text) <= LARGEST_KEPT:
            if self._limits.plans and document.node is not None:
                document = replace(document, planner=Planner(self._schema, document.node))
            self._kept[text] = document
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return document


def _prepare(schema: GraphQLSchema, text: str, limits: Limits, *, suggests: bool) -> Document:
    try:
        node = parse(text, max_tokens=limits.max_tokens)
        errors = shape.violations(node, limits) or validate(
            schema, node, RULES, max_errors=MOST_ERRORS, hide_suggestions=not suggests
        )
    except GraphQLSyntaxError as error:
        return Document(None, (error,), {})
    except RecursionError:
        return Document(None, (GraphQLError("The document is nested too deeply."),), {})
    if errors:
        return Document(node, tuple(errors), {})
    found = list(analysis.operations(schema, node))
    return Document(node, (), {o.node.name.value if o.node.name else None: o for o in found})
