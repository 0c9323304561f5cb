"""When an operation is planned, and what happens when a plan fails."""

import logging
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLSchema

from execution.analysis import Operation
from execution.plan import Answer, Plan, Unplannable, compile_plan
from execution.selections import condition_variables
from execution.variables import Coercion
from resolvers.context import Context

logger = logging.getLogger("authgraph")

MOST_CONDITIONS = 4
"""Variables in `@skip` and `@include`: each doubles the plans an operation may need."""

Key = tuple[int, tuple[bool, ...]]


class Planner:
    """The plans of one document. An operation is compiled when it comes for the second time."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._operations: dict[int, tuple[tuple[str, ...], Coercion]] = {}
        self._plans: dict[Key, Plan | None] = {}
        self._seen: set[Key] = set()

    async def run(self, operation: Operation, inputs: Mapping[str, Any], context: Context) -> Answer | None:
        """The data of a query; None if the ordinary executor has to run it, for its errors or for lack of a plan."""
        conditions, coerce = self._prepared(operation)
        if len(conditions) > MOST_CONDITIONS:
            return None
        variables = coerce(inputs)
        if variables is None:
            return None
        plan = self._plan(operation, {name: variables.coerced.get(name) is True for name in conditions})
        if plan is None:
            return None
        charged = context.charged
        try:
            return await plan.run(context, variables)
        except Exception:
            # Errors are told in the ordinary executor's words; it finds what was read in the loaders.
            logger.debug("a plan gave way to the executor", exc_info=True)
            context.charged = charged
            return None

    def _prepared(self, operation: Operation) -> tuple[tuple[str, ...], Coercion]:
        """The variables that an operation's conditions depend on, and how its variables are coerced."""
        found = self._operations.get(id(operation))
        if found is None:
            conditions = tuple(sorted(condition_variables(operation.node, self._fragments)))
            found = (conditions, Coercion(self._schema, operation.node.variable_definitions or ()))
            self._operations[id(operation)] = found
        return found

    def _plan(self, operation: Operation, conditions: dict[str, bool]) -> Plan | None:
        key = (id(operation), tuple(conditions.values()))
        if key in self._plans:
            return self._plans[key]
        if key not in self._seen:
            self._seen.add(key)
            return None
        try:
            plan: Plan | None = compile_plan(self._schema, self._document, operation.node, conditions)
        except Unplannable:
            plan = None
        self._plans[key] = plan
        return plan
