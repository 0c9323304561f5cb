"""When an operation is planned, and what happens when a plan fails."""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import DocumentNode, GraphQLSchema
from orjson import Fragment

from dynamo.errors import DynamoError
from execution.analysis import Operation, Selected
from execution.metrics import count_failed_plan
from execution.plans.plan import NullInNonNull, Plan, Unplannable, compile_plan
from execution.plans.variables import Coercion
from execution.writing import ResponseTooLarge, Room
from resolvers.context import Context
from resolvers.errors import OperationError

logger = logging.getLogger("authgraph")

KEPT: Final = 8
"""Plans of one document: one for each operation and set of conditions seen last."""
LARGE: Final = 100
"""What an operation costs that is planned at once, since a plan lets others have their turn."""


@dataclass(slots=True)
class _Planned:
    """How far it is with a plan: seen once, or compiled, without success where `plan` is None."""

    compiled: bool = False
    plan: Plan | None = None


class Planner:
    """The plans of one document. An operation is compiled when it is large, or comes for the second time."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._coercions: dict[Operation, Coercion] = {}
        self._plans: OrderedDict[Selected, _Planned] = OrderedDict()

    @property
    def kept(self) -> int:
        """How many plans there are."""
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
    ) -> Fragment | None:
        """The data of a query; None if the ordinary executor has to run it, for its errors or for lack of a plan.

        Raises `ResponseTooLarge`.
        """
        plan = self._plan(operation, selected, at_once=cost >= LARGE)
        if plan is None:
            return None
        variables = self._coercion(operation)(inputs)
        if variables is None:
            return None
        try:
            given = plan.bind(variables)
        except Exception:
            # What does not fit is told in the ordinary executor's words; nothing has been done for it yet.
            return None
        charged = context.charged
        try:
            return await plan.run(context, given, room)
        except Exception as raised:
            if room.left < 0:
                raise ResponseTooLarge from raised
            _note(operation, _cause(raised))
            # The ordinary executor finds what was read in the loaders.
            context.start_over(charged)
            return None

    def _coercion(self, operation: Operation) -> Coercion:
        found = self._coercions.get(operation)
        if found is None:
            found = Coercion(self._schema, operation.node.variable_definitions or ())
            self._coercions[operation] = found
        return found

    def _plan(self, operation: Operation, selected: Selected, *, at_once: bool) -> Plan | None:
        if None in selected.conditions.values():
            # A condition that is null is an error where it stands, which the ordinary executor finds.
            return None
        found = self._plans.get(selected)
        if found is None:
            found = self._plans[selected] = _Planned()
            if len(self._plans) > KEPT:
                self._plans.popitem(last=False)
            if not at_once:
                return None
        if not found.compiled:
            found.compiled = True
            try:
                found.plan = compile_plan(self._schema, self._document, operation.node, selected.conditions)
            except Unplannable:
                found.plan = None
        return found.plan


def _cause(raised: BaseException) -> BaseException:
    """The first error of a group, as several fields of a level fail together."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    return raised


def _note(operation: Operation, cause: BaseException) -> None:
    """Count a plan that failed, and log it unless the caller is to blame. Never what the error says: it may quote."""
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
    name = operation.node.name.value[:64] if operation.node.name else "without a name"
    logger.warning("The plan of a query (%s) failed: %s. The query is executed again.", name, type(cause).__name__)
