"""When an operation is planned, and what happens if a plan fails."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from graphql import DocumentNode, GraphQLSchema
from orjson import dumps

from dynamo.errors import DynamoError
from execution.analysis import Operation, Selected
from execution.metrics import PLANS, count_failed_plan
from execution.plans.plan import NullInNonNull, Plan, Unplannable, compile_plan
from execution.plans.variables import Coercion
from execution.writing import ResponseTooLarge, Room
from resolvers.context import Context
from resolvers.errors import OperationError

logger = logging.getLogger("authgraph")

LARGE: Final = 100
"""The cost from which an operation is planned at once, because a plan takes turns with other requests."""


@dataclass(slots=True)
class _Planned:
    """Whether an operation was only seen, or compiled. `plan` is None if compiling failed."""

    compiled: bool = False
    plan: Plan | None = None


class Planner:
    """The plans of one document. An operation is compiled if it is large, or when it is sent for the second time.

    A plan is kept for as long as the analysis of its operation under its conditions. Callers pay for each analysis, so
    nobody can have plans compiled again and again for nothing.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._coercions: dict[Operation, Coercion] = {}
        self._plans: WeakKeyDictionary[Selected, _Planned] = WeakKeyDictionary()

    @property
    def kept(self) -> int:
        """How many plans are cached for the document."""
        return len(self._plans)

    async def run(
        self,
        operation: Operation,
        selected: Selected,
        inputs: Mapping[str, Any],
        context: Context,
        room: Room,
        *,
        cost: int,
    ) -> bytes | None:
        """The data of an operation as JSON; None if graphql-core has to execute it, because there is no plan or there
        are errors to report. If a mutation was called by then, `context.done` is its outcome.

        Raises `ResponseTooLarge`.
        """
        plan = self._plan(operation, selected, at_once=cost >= LARGE)
        if plan is None:
            PLANS.add(1, "none")
            return None
        variables = self._coercion(operation)(inputs)
        if variables is None:
            return None
        try:
            given = plan.bind(variables)
        except Exception:
            # graphql-core reports arguments that are not valid; nothing was executed yet.
            return None
        charged = context.charged
        try:
            return dumps(await plan.run(context, given, room))
        except Exception as raised:
            if room.left < 0:
                raise ResponseTooLarge from raised
            done = context.done
            if done is None or done.error is None:
                _note(operation, raised)
            # The loaders keep what was read, so graphql-core does not read it again.
            context.start_over(charged if done is None else done.charged)
            return None

    def _coercion(self, operation: Operation) -> Coercion:
        found = self._coercions.get(operation)
        if found is None:
            found = Coercion(self._schema, operation.node.variable_definitions or ())
            self._coercions[operation] = found
        return found

    def _plan(self, operation: Operation, selected: Selected, *, at_once: bool) -> Plan | None:
        if selected.conditions and None in selected.conditions.values():
            # A condition that is null is an error at its place, which graphql-core reports.
            return None
        found = self._plans.get(selected)
        if found is None:
            found = self._plans[selected] = _Planned()
            if not at_once:
                return None
        if found.compiled:
            if found.plan is not None:
                PLANS.add(1, "hit")
            return found.plan
        found.compiled = True
        try:
            found.plan = compile_plan(self._schema, self._document, operation.node, selected.conditions)
        except Unplannable:
            return None
        PLANS.add(1, "miss")
        return found.plan


def _note(operation: Operation, cause: Exception) -> None:
    """Count a failed plan, and log it unless it failed for an error of the caller. The error's message may quote
    input, so it is not logged."""
    match cause:
        case OperationError():
            count_failed_plan("refused")
            return
        case DynamoError():
            reason = "table"
        case NullInNonNull():
            reason = "null"
        case _:
            reason = "fault"
    count_failed_plan(reason)
    name = operation.name[:64] if operation.name else "without a name"
    logger.warning("The plan of an operation (%s) failed: %s. graphql-core executes it.", name, type(cause).__name__)
