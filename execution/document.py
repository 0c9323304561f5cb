"""Documents: parsed, validated and analysed once, then kept.

Those that a caller who is known was let in with are kept apart from all others: nobody else can push them out. A
client may name a document by its hash for as long as it is kept, once it was sent together with that hash.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    TokenKind,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)

from execution import analysis, document_limits
from execution.analysis import Operation
from execution.errors import LIMIT_EXCEEDED, VALIDATION_FAILED, problem, syntax_or_validation
from execution.input_fields import with_input_fields
from execution.plans.planner import Planner
from execution.settings import Limits
from execution.weighted_cache import WeightedCache

MOST_COMPARISONS: Final = 20_000
"""The most comparisons of fields with the same name, which grow with the square of their number. Queries of large
apps take hundreds."""
MOST_ERRORS: Final = 5
"""The most errors that are reported for a document or its variables, because reporting one may take as long as
validating everything."""
KEPT_BYTES: Final = 48 * 1024 * 1024
"""The most memory for the documents of known callers, in bytes."""
OTHERS_BYTES: Final = 16 * 1024 * 1024
"""The most memory for all other cached documents, in bytes: of anonymous callers, rejected or not valid."""
LARGEST_KEPT: Final = 16 * 1024
"""A longer document, in characters, is not cached."""

# What tracemalloc says of documents of all kinds, rounded up; with their names, so that naming one of a known caller
# pushes none out.
BYTES: Final = 9 * 1024 + 512
BYTES_PER_TOKEN: Final = 700
BYTES_PER_COMMENT: Final = 300
BYTES_PER_CHARACTER: Final = 6
"""Of a text of wide characters, which is kept as it came and in the tree of its document."""
PLAN_BYTES: Final = 4 * 1024
PLAN_BYTES_PER_TOKEN: Final = 100


class OverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """The rule that compares all fields with the same name, limited to as many steps as a document may take."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MOST_COMPARISONS


RULES: Final = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    OverlappingFieldsRule,
    MaxIntrospectionDepthRule,
)
ABORTED: Final = "Validation aborted."
"""The message of graphql-core if comparing took too many steps."""


@dataclass
class Document:
    """A document that may be executed, or the errors why not, as clients see them."""

    operations: dict[str | None, Operation]
    planner: Planner | None = None
    """Makes plans of the operations; None if plans are turned off."""
    node: DocumentNode | None = None
    problems: tuple[dict[str, Any], ...] = ()
    comments: int = 0
    characters: int = 0
    weighed: int = 0
    """The weight with which it was last counted."""
    grows: bool = True
    """Whether more may be made of it than was last weighed: plans, or what is selected under other conditions."""
    admitted: bool = False
    """Whether a known caller was allowed to execute it."""
    sha256: str | None = None
    """The hash that clients may name it by."""

    @property
    def steps(self) -> int:
        """The work of counting its introspection when it was new."""
        return sum(operation.select({}).steps for operation in self.operations.values())

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""
        # The cached result for one set of conditions takes about as much memory as a plan.
        plans = self.planner.kept if self.planner is not None else 0
        grows = self.planner is not None and plans < len(self.operations)
        for operation in self.operations.values():
            plans += operation.kept - 1
            grows = grows or operation.has_conditions
        self.grows = grows
        return self._weight_without_plans + plans * self._weight_of_plan

    @cached_property
    def only(self) -> Operation | None:
        """Its operation, if it has exactly one."""
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None

    @cached_property
    def _weight_without_plans(self) -> int:
        if self.node is None:
            return BYTES + BYTES_PER_CHARACTER * self.characters + 8 * len(orjson.dumps(self.problems))
        parts = self.node.token_count * BYTES_PER_TOKEN + self.comments * BYTES_PER_COMMENT
        return BYTES + BYTES_PER_CHARACTER * self.characters + parts

    @cached_property
    def _weight_of_plan(self) -> int:
        return PLAN_BYTES + PLAN_BYTES_PER_TOKEN * self.node.token_count if self.node is not None else 0


class Documents:
    """The most recent documents by text. `suggests` lets validation errors suggest names of fields."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggests: bool = True) -> None:
        self._schema = schema
        self._limits = limits
        self._suggests = suggests
        self._admitted: WeightedCache[Document] = WeightedCache(KEPT_BYTES, self._forget_name)
        self._others: WeightedCache[Document] = WeightedCache(OTHERS_BYTES, self._forget_name)
        self._texts: dict[str, str] = {}
        """The texts of the kept documents that have a hash as a name."""

    @property
    def weight(self) -> int:
        """About how many bytes all cached documents take."""
        return self._admitted.weight + self._others.weight

    def find(self, text: str) -> Document | None:
        """The cached document with this text; None if there is none."""
        return self._admitted.find(text) or self._others.find(text)

    def text(self, sha256: str) -> str | None:
        """The text of the kept document that clients name by this hash."""
        return self._texts.get(sha256)

    def name(self, sha256: str, text: str) -> None:
        """Let clients name a document by its hash, which must have been verified, for as long as it is kept."""
        document = self.find(text)
        if document is None or document.sha256 is not None:
            return
        document.sha256 = sha256
        self._texts[sha256] = text

    def prepare(self, text: str) -> Document:
        """Parse, validate and analyse a document, or return it from the cache."""
        found = self.find(text)
        if found is None:
            found = self._prepare(text)
            if len(text) <= LARGEST_KEPT:
                self._others.put(text, found)
        return found

    def admit(self, text: str, document: Document) -> None:
        """Move a document to those of known callers."""
        if document.admitted or len(text) > LARGEST_KEPT:
            return
        # It may have been forgotten and made anew since.
        kept = self._others.take(text) or document
        document.admitted = kept.admitted = True
        self._admitted.put(text, kept)
        if kept.sha256 is not None and text in self._admitted:
            self._texts[kept.sha256] = text

    def _forget_name(self, document: Document) -> None:
        if document.sha256 is not None:
            self._texts.pop(document.sha256, None)

    def _prepare(self, text: str) -> Document:
        limits = self._limits
        try:
            node = parse(text, max_tokens=limits.max_tokens)
            errors = document_limits.violations(node, limits) or validate(
                self._schema, node, RULES, MOST_ERRORS, hide_suggestions=not self._suggests
            )
        except GraphQLSyntaxError as error:
            return Document({}, problems=(syntax_or_validation(error),), characters=len(text))
        except RecursionError:
            return Document({}, problems=(problem("The document is nested too deeply.", VALIDATION_FAILED),))
        if errors:
            problems = tuple(_too_many(error) or self._shown(error) for error in errors)
            return Document({}, problems=problems, characters=len(text))
        found = list(analysis.operations(self._schema, node))
        return Document(
            {o.name: o for o in found},
            planner=Planner(self._schema, node) if limits.plans else None,
            node=node,
            comments=_comments(node),
            characters=len(text),
        )

    def _shown(self, error: GraphQLError) -> dict[str, Any]:
        """An error of validation as clients see it, with what helps those who may read the schema."""
        shown = syntax_or_validation(error)
        if self._suggests:
            shown["message"] = with_input_fields(self._schema, shown["message"])
        return shown


def _comments(node: DocumentNode) -> int:
    """How many comments a document has: they are not part of its tree, but take memory."""
    number, token = 0, node.loc.start_token if node.loc is not None else None
    while token is not None:
        number += token.kind is TokenKind.COMMENT
        token = token.next
    return number


def _too_many(error: GraphQLError) -> dict[str, Any] | None:
    if error.message != ABORTED:
        return None
    return problem("The document selects the same fields too many times. Select each once.", LIMIT_EXCEEDED)
