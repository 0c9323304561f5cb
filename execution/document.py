"""Documents: parsed, validated and analysed once, then kept."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)

from execution import analysis, shape
from execution.analysis import Operation
from execution.errors import LIMIT_EXCEEDED, VALIDATION_FAILED, problem, syntax_or_validation
from execution.planner import Planner
from execution.settings import Limits

MOST_COMPARISONS = 20_000
"""Steps of comparing fields that share a name, which grow with the square of how often one is asked for. Queries of
large apps take hundreds."""
MOST_ERRORS = 5
"""Faults that are told of one document or of its variables: to tell one may take as long as all of it is."""
KEPT_BYTES = 64 * 1024 * 1024
"""What the documents that are kept may weigh, in memory."""
LARGEST_KEPT = 16 * 1024
"""A longer document is not kept."""

# What tracemalloc says of documents of all kinds, rounded up.
BYTES = 9 * 1024
BYTES_PER_TOKEN = 700
PLAN_BYTES = 4 * 1024
PLAN_BYTES_PER_TOKEN = 100

_TOKEN = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|\w+|#[^\n]*|[^\s\w,]')


class OverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """The rule that compares all fields of one name with each other, for as many steps as a document may cost."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MOST_COMPARISONS


RULES = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    OverlappingFieldsRule,
    MaxIntrospectionDepthRule,
)
ABORTED = "Validation aborted."
"""What graphql-core says when comparing took too many steps."""


@dataclass(slots=True)
class Document:
    """A document that may be executed, or the reasons why not: errors as clients see them."""

    operations: dict[str | None, Operation]
    planner: Planner | None = None
    """Makes plans of the operations; None where plans are off."""
    node: DocumentNode | None = None
    problems: tuple[dict[str, Any], ...] = ()
    tokens: int = 0
    """How many words and signs it has, comments included."""
    characters: int = 0
    weighed: int = 0
    """The weight it was last counted with."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        if self.node is None:
            return BYTES + 4 * self.characters + 8 * len(orjson.dumps(self.problems))
        # What is remembered of an operation for one set of conditions takes about what a plan does.
        kept = sum(operation.kept - 1 for operation in self.operations.values())
        plans = kept + (self.planner.kept if self.planner is not None else 0)
        per_token = BYTES_PER_TOKEN + PLAN_BYTES_PER_TOKEN * plans
        return BYTES + PLAN_BYTES * plans + 4 * self.characters + self.tokens * per_token


class Documents:
    """The documents seen last, by their text. `suggests` lets errors name fields that were perhaps meant."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggests: bool = True) -> None:
        self._schema = schema
        self._limits = limits
        self._suggests = suggests
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self.weight = 0
        """About how many bytes all that are kept take."""

    def __contains__(self, text: str) -> bool:
        """Whether a document is among those kept."""
        return text in self._kept

    def prepare(self, text: str) -> Document:
        """Parse, validate and analyse a document, or find it among those kept."""
        found = self._kept.get(text)
        if found is None:
            found = self._prepare(text)
            if len(text) > LARGEST_KEPT:
                return found
            self._kept[text] = found
        else:
            self._kept.move_to_end(text)
            if found.node is None:
                return found
        self._weigh(found)
        return found

    def _weigh(self, document: Document) -> None:
        """Count what a document takes by now, and forget those seen longest ago where all take too much."""
        weight = document.weight
        self.weight += weight - document.weighed
        document.weighed = weight
        while self.weight > KEPT_BYTES:
            _, forgotten = self._kept.popitem(last=False)
            self.weight -= forgotten.weighed

    def _prepare(self, text: str) -> Document:
        limits = self._limits
        try:
            node = parse(text, max_tokens=limits.max_tokens)
            errors = shape.violations(node, limits) or validate(
                self._schema, node, RULES, MOST_ERRORS, hide_suggestions=not self._suggests
            )
        except GraphQLSyntaxError as error:
            return Document({}, problems=(syntax_or_validation(error),), characters=len(text))
        except RecursionError:
            return Document({}, problems=(problem("The document is nested too deeply.", VALIDATION_FAILED),))
        if errors:
            problems = tuple(_too_many(error) or syntax_or_validation(error) for error in errors)
            return Document({}, problems=problems, characters=len(text))
        found = list(analysis.operations(self._schema, node))
        return Document(
            {o.node.name.value if o.node.name else None: o for o in found},
            planner=Planner(self._schema, node) if limits.plans else None,
            node=node,
            tokens=len(_TOKEN.findall(text)),
            characters=len(text),
        )


def _too_many(error: GraphQLError) -> dict[str, Any] | None:
    if error.message != ABORTED:
        return None
    return problem("The document asks for the same fields too many times; ask for each once.", LIMIT_EXCEEDED)
