"""One operation's way: prepare the document, find the caller, check what they may and can afford, execute, answer."""

import asyncio
import inspect
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLSchema, OperationType, execute

from dynamo.client import Table
from dynamo.errors import DynamoError, Unavailable
from execution import errors, sensitive
from execution.analysis import Operation, Selected
from execution.document import Document, Documents
from execution.errors import problem
from execution.rate_limit import Allowance, ProcessRateLimit, RateLimit, make_rate_limit
from execution.record import Record
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.settings import Limits
from execution.trusted import TrustedDocuments, load
from execution.writing import ResponseTooLarge, Room, write
from resolvers.context import Context, Service
from resolvers.principal import Principal, authenticate

logger = logging.getLogger("authgraph")

NEW_DOCUMENT_BYTES = 200_000
"""Documents not seen lately that one address may have validated in a minute, where there is a rate limit."""
MOST_SCHEMA_BESIDE_DATA = 1000
"""What introspection may cost in an operation that asks for data too, and so cannot be given a thread of its own."""
LONG_ANSWER = 1000
"""What an operation costs whose answer is written in a thread of its own, unless a plan wrote it bit by bit."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for every operation."""

    limits: Limits
    rate_limit: RateLimit | None = None
    trusted: TrustedDocuments | None = None
    anonymous_introspection: bool = True


def make_policy(limits: Limits, table: Table, *, anonymous_introspection: bool) -> Policy:
    """The policy that settings ask for. Raises `ManifestError` when trusted documents cannot be read."""
    return Policy(
        limits=limits,
        rate_limit=make_rate_limit(limits.rate_limit, table, shared=limits.rate_limit_shared),
        trusted=load(limits.documents) if limits.documents is not None else None,
        anonymous_introspection=anonymous_introspection,
    )


class Executor:
    """Executes requests against one schema and one table."""

    def __init__(self, schema: GraphQLSchema, service: Service, policy: Policy) -> None:
        self._schema = schema
        self._service = service
        self._policy = policy
        # Whoever may not read the schema is not to guess it from what errors suggest; who sent a document that is not
        # valid has not been found out.
        self._new_documents = ProcessRateLimit(NEW_DOCUMENT_BYTES) if policy.rate_limit is not None else None
        self._documents = Documents(schema, policy.limits, suggests=policy.anonymous_introspection)

    async def __call__(self, request: GraphQLRequest, credentials: Credentials) -> Outcome:
        """Answer one request, and keep a record of it. Never raises but for cancellation."""
        record = Record()
        codes: tuple[str, ...] | None = None
        try:
            outcome = await self._outcome(request, credentials, record)
            codes = outcome.codes
            return outcome
        finally:
            record.close(codes)

    async def _outcome(self, request: GraphQLRequest, credentials: Credentials, record: Record) -> Outcome:
        try:
            return await self._answer(request, credentials, record)
        except Refusal as refusal:
            return refusal.outcome
        except DynamoError as error:
            message, code = errors.described(error)
            if code == errors.UNAVAILABLE:
                seconds = Unavailable.retry_after_seconds
                return refused(problem(message, code, retryAfter=seconds), status=503, headers=_retry_after(seconds))
            return refused(problem(message, code), status=500)
        except Exception:
            logger.exception("the executor failed")
            return refused(problem(errors.internal_message(), errors.INTERNAL), status=500)

    async def _answer(self, request: GraphQLRequest, credentials: Credentials, record: Record) -> Outcome:
        text = self._text(request)
        if self._new_documents is not None and text not in self._documents:
            if len(text) > NEW_DOCUMENT_BYTES:
                message = f"The document has {len(text)} characters; at most {NEW_DOCUMENT_BYTES} are allowed."
                raise Refusal(problem(message, errors.LIMIT_EXCEEDED))
            # Validation may take milliseconds for each hundred bytes, and comes before the caller is known.
            await _take(self._new_documents, f"address:{credentials.address}", len(text))
        document = self._documents.prepare(text)
        if document.problems:
            return refused(*document.problems)
        operation = record.operation = _chosen(document, request)
        given = operation.given(request.variables or {})
        selected = operation.select(given)
        cost = record.cost = selected.cost.value(given)
        _afford(cost, selected, given, self._policy)
        context = record.context = Context(self._service)
        context.stored = selected.stored
        if credentials.bearer is not None or credentials.session_cookie is not None:
            context.act_as(await self._principal(context, credentials, selected))
        if self._policy.rate_limit is not None:
            # Who is not known is counted by address, whatever was presented.
            name = context.principal.name or f"address:{credentials.address}"
            context.allowance = await _take(self._policy.rate_limit, name, max(cost, 1))
        _permit(selected, context.principal, self._policy)
        if not context.principal.administrator and sensitive.count(selected, given) > 1:
            message = "Only one lookup by a secret, or change by one, is allowed in an operation."
            raise Refusal(problem(message, errors.LIMIT_EXCEEDED))
        if selected.introspects:
            context.charge(selected.introspection.value(given))
        try:
            return await self._execute(document, operation, selected, request, context, cost)
        except ResponseTooLarge:
            return _too_large(operation, context, cost, self._policy.limits)

    def _text(self, request: GraphQLRequest) -> str:
        trusted = self._policy.trusted
        if trusted is not None:
            text = trusted.find(request)
            if text is None:
                raise Refusal(problem("Only documents of the server's manifest are executed.", errors.NOT_TRUSTED))
            return text
        if not request.query:
            raise Refusal(problem("The request holds no `query`.", errors.BAD_USER_INPUT))
        return request.query

    async def _principal(self, context: Context, credentials: Credentials, selected: Selected) -> Principal:
        return await authenticate(
            context.table,
            credentials.bearer,
            credentials.session_cookie,
            admin_keys=self._service.admin_keys,
            whole_partition=selected.viewer_has_children,
        )

    async def _execute(
        self,
        document: Document,
        operation: Operation,
        selected: Selected,
        request: GraphQLRequest,
        context: Context,
        cost: int,
    ) -> Outcome:
        """Run an operation by its plan, else by graphql-core. Raises `ResponseTooLarge`."""
        inputs = request.variables or {}
        most = self._policy.limits.max_response_bytes
        if document.planner is not None:
            data = await document.planner.run(operation, selected, inputs, context, Room(most), cost=cost)
            if data is not None:
                return _written(ExecutionResult(data, None), context, cost, most)  # type: ignore[arg-type]

        def run() -> Any:
            assert document.node is not None  # noqa: S101 - a document without problems was parsed
            return execute(
                self._schema,
                document.node,
                context_value=context,
                variable_values=dict(inputs) if inputs else None,
                operation_name=operation.node.name.value if operation.node.name else None,
            )

        # Looking at nothing but the schema takes long and waits for nothing, so it gets a thread.
        result = await asyncio.to_thread(run) if selected.introspects and not selected.asked else run()
        if inspect.isawaitable(result):
            result = await result
        if not isinstance(result, ExecutionResult):
            raise TypeError("Incremental delivery is not part of this schema.")
        if cost >= LONG_ANSWER:
            return await asyncio.to_thread(_written, result, context, cost, most)
        return _written(result, context, cost, most)


class Refusal(Exception):
    """The request is answered without being executed."""

    def __init__(
        self, *problems: dict[str, Any], status: int | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__()
        self.outcome = refused(*problems, status=status, headers=headers)


async def _take(rate_limit: RateLimit, name: str, cost: int) -> Allowance:
    """Take a cost off somebody's allowance; refuses the request where it is used up."""
    allowance = await rate_limit.take(name, cost)
    if allowance.retry_after is not None:
        seconds = allowance.retry_after
        message = f"The allowance of {allowance.limit} a minute is used up; try again in {seconds} seconds."
        raise Refusal(problem(message, errors.THROTTLED, retryAfter=seconds), status=429, headers=_retry_after(seconds))
    return allowance


def _chosen(document: Document, request: GraphQLRequest) -> Operation:
    """The operation to run."""
    name = request.operation_name
    if name is not None:
        found = document.operations.get(name)
        message = "The document has no operation named by `operationName`."
    else:
        found = next(iter(document.operations.values())) if len(document.operations) == 1 else None
        message = "The document has several operations; choose one with `operationName`."
        if not document.operations:
            message = "The document has no operation."
    if found is None:
        raise Refusal(problem(message, errors.RESOLUTION_FAILED))
    if request.read_only and found.node.operation is not OperationType.QUERY:
        raise Refusal(problem("Only queries may be sent with GET.", errors.BAD_USER_INPUT), status=405)
    return found


def _afford(cost: int, selected: Selected, given: Mapping[str, Any], policy: Policy) -> None:
    """Refuse what no operation may cost, or what this caller's allowance could never hold."""
    most = policy.limits.max_cost
    if policy.rate_limit is not None:
        most = min(most, policy.limits.rate_limit)
    if cost > most:
        message = f"The operation may cost up to {cost}; at most {most} is allowed. Ask for less."
        raise Refusal(problem(message, errors.COST_EXCEEDED, requested=cost))
    if selected.introspects and selected.asked and selected.introspection.value(given) > MOST_SCHEMA_BESIDE_DATA:
        message = "So much of the schema is not shown beside data; ask for it in an operation of its own."
        raise Refusal(problem(message, errors.LIMIT_EXCEEDED))


def _permit(selected: Selected, principal: Principal, policy: Policy) -> None:
    """Refuse what the caller may not ask for: the operation as a whole, before anything is read."""
    if selected.introspects and principal.anonymous and not policy.anonymous_introspection:
        raise Refusal(problem("Introspection requires a signed-in caller.", errors.UNAUTHENTICATED))
    for asked in selected.asked:
        if principal.meets(asked.requirement):
            continue
        if principal.anonymous:
            message = f"`{asked.coordinate}` requires a signed-in caller: an API key or an Auth.js session."
            raise Refusal(problem(message, errors.UNAUTHENTICATED))
        message = f"`{asked.coordinate}` is not for this caller. {asked.requirement}".rstrip()
        raise Refusal(problem(message, errors.FORBIDDEN))


def refused(*problems: dict[str, Any], status: int | None = None, headers: tuple[tuple[str, str], ...] = ()) -> Outcome:
    """An answer without `data`: nothing was executed."""
    body = orjson.dumps({"errors": problems})
    return Outcome(body, request_error=True, status=status, headers=headers, codes=_codes(problems))


def _retry_after(seconds: int) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(seconds)),)


def _too_large(operation: Operation, context: Context, cost: int, limits: Limits) -> Outcome:
    message = f"The answer would be longer than {limits.max_response_bytes} bytes. Ask for less at once."
    if operation.node.operation is OperationType.MUTATION:
        message = f"The change was made. {message}"
    answer = {
        "errors": [problem(message, errors.RESPONSE_TOO_LARGE)],
        "data": None,
        "extensions": {"cost": _cost(context, cost)},
    }
    return Outcome(orjson.dumps(answer), codes=(errors.RESPONSE_TOO_LARGE,))


def _written(result: ExecutionResult, context: Context, cost: int, most: int) -> Outcome:
    if result.errors and result.data is None and all(error.path is None for error in result.errors):
        return refused(*(errors.formatted(error, errors.BAD_USER_INPUT) for error in result.errors))
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [errors.formatted(error, errors.INTERNAL) for error in result.errors]
    answer["data"] = result.data
    answer["extensions"] = {"cost": _cost(context, cost)}
    return Outcome(write(answer, most), codes=_codes(answer.get("errors", ())))


def _codes(problems: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(problem["extensions"]["code"] for problem in problems)


def _cost(context: Context, requested: int) -> dict[str, Any]:
    usage = context.table.usage
    return {
        "requested": requested,
        "actual": context.charged,
        "dynamodb": {"requests": usage.requests, "readUnits": usage.read_units, "writeUnits": usage.write_units},
    }
