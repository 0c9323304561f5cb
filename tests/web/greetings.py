"""A small real schema behind the transport, which remembers its requests."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from execution.request import Credentials, GraphQLRequest, Outcome
from execution.request_id import REQUEST_ID

SDL = '''
"""Where a conversation starts."""
type Query {
  "A greeting."
  hello(name: String! = "world"): String!
  "Twice the number."
  double(number: Int!): Int
  "The credentials of this request."
  credentials: String
  "The id of this request."
  requestId: String
  "Always fails."
  broken: String
}

type Mutation {
  "Counts."
  count: Int!
}
'''

SCHEMA = build_schema(SDL)


@dataclass
class Greetings:
    """An executor in the form of `execution.request.Execute`."""

    calls: list[tuple[GraphQLRequest, Credentials]] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    hang: bool = False
    was_cancelled: bool = False
    failure: Exception | None = None
    outcome: Outcome | None = None

    async def __call__(self, request: GraphQLRequest, credentials: Credentials) -> Outcome:
        self.calls.append((request, credentials))
        if self.failure is not None:
            raise self.failure
        if self.hang:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.was_cancelled = True
                raise
        return self.outcome or self._execute(request, credentials)

    @property
    def credentials(self) -> Credentials:
        """The credentials of the last request."""
        return self.calls[-1][1]

    @property
    def request(self) -> GraphQLRequest:
        """The parameters of the last request."""
        return self.calls[-1][0]

    def _execute(self, request: GraphQLRequest, credentials: Credentials) -> Outcome:
        try:
            document = parse(request.query or "")
        except GraphQLError as error:
            return _refused([error])
        if errors := validate(SCHEMA, document):
            return _refused(errors)
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            return _refused([GraphQLError("Which operation?")])
        if request.read_only and operation.operation is not OperationType.QUERY:
            return _refused([GraphQLError("A GET runs queries only.")], status=405)
        variables = dict(request.variables or {})
        result = execute_sync(SCHEMA, document, self._root(credentials), None, variables, request.operation_name)
        is_refused = result.data is None and not any(error.path for error in result.errors or [])
        return _refused(result.errors or []) if is_refused else _answered(result)

    def _root(self, credentials: Credentials) -> Mapping[str, Any]:
        def resolver(name: str, value: Any) -> Any:
            def resolve(_: Any, **arguments: Any) -> Any:
                self.resolved.append(name)
                if isinstance(value, Exception):
                    raise value
                return value(**arguments) if callable(value) else value

            return resolve

        return {
            "hello": resolver("hello", lambda name: f"Hello, {name}!"),
            "double": resolver("double", lambda number: 2 * number),
            "credentials": resolver("credentials", lambda: repr(credentials)),
            "requestId": resolver("requestId", REQUEST_ID.get),
            "broken": resolver("broken", ValueError("broken")),
            "count": resolver("count", 1),
        }


def _refused(errors: list[GraphQLError], status: int | None = None) -> Outcome:
    return Outcome(orjson.dumps({"errors": [error.formatted for error in errors]}), request_error=True, status=status)


def _answered(result: ExecutionResult) -> Outcome:
    return Outcome(orjson.dumps(result.formatted))
