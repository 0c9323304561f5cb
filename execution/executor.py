"""The execution of one request: prepare the document, find the caller, check limits and permissions, execute,
respond."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, Final, TypeVar

import orjson
from graphql import ExecutionResult, FieldNode, GraphQLSchema, OperationType, execute

from dynamo.client import Table
from dynamo.errors import DynamoError, Unavailable
from dynamo.progress import PROGRESS
from execution import errors, guessing, metrics, texts
from execution.analysis import Operation, Selected
from execution.authentication import Authentication, InvalidBearer
from execution.document import MOST_ERRORS, Document, Documents
from execution.errors import problem
from execution.input_fields import with_input_fields
from execution.operation_log import LogEntry
from execution.persisted_queries import (
    NOT_FOUND_MESSAGE,
    NOT_SUPPORTED_MESSAGE,
    InvalidPersistedQuery,
    checked_hash,
    persisted_name,
    verify,
)
from execution.plans.planner import LARGE
from execution.rate_limit import Allowance, ProcessRateLimit, RateLimit, address_name, make_rate_limit
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.request_id import REQUEST_ID
from execution.settings import Limits
from execution.texts import Excess, Path
from execution.trace_context import TRACE
from execution.tracing import AUTHORIZE, EXECUTE, PREPARE, Tracer
from execution.trusted import TrustedDocuments, load
from execution.writing import ResponseTooLarge, Room, join, write
from resolvers import user_lists
from resolvers.bulk import ROWS
from resolvers.context import Context, Origin, Service
from resolvers.errors import ErrorCode, Throttled, UserError, try_again
from resolvers.principal import IMPERSONATED, NOBODY, Principal
from schema import internals

logger = logging.getLogger("authgraph")

L = TypeVar("L", Document, Selected)

HOW_TO_SIGN_IN: Final = "send an API key as `Authorization: Bearer …`, or a valid Auth.js session cookie with POST."
NEW_DOCUMENT_CHARACTERS: Final = 200_000
"""The most characters of new documents that a caller may have validated per minute, if there is a rate limit.
Anonymous callers share the allowance of their IP address."""
NEW_TEXT: Final = "characters of new documents"
AGAIN: Final = 2
"""Analysing a known document under new conditions, and compiling a plan for them, is charged this fraction of its
length."""
SCHEMA_STEPS_OF_ONE: Final = 4
"""As many elements of the schema can be visited in the time that one character of a document takes."""
MOST_SCHEMA_BESIDE_DATA: Final = 1000
"""The highest cost of introspection in an operation that selects data too, and so cannot run in a thread of its own."""
BYTES_OF_ONE: Final = 4096
"""The bytes of a response that are charged like one object, or one unit that DynamoDB reads or writes."""
SECRET_STEPS_OF_ONE: Final = 10_000
"""The steps of searching for secrets that are charged like one object: they take 0.3 ms."""
USUAL_USE: Final = 14
"""The read and write units, response bytes and searches that every operation may use without an extra charge:
authentication takes some, and the entry of a change in the audit log takes four."""
UNPLANNED: Final = 7
"""The extra charge for each object of a large operation that graphql-core executed, which takes eight times as long."""
MOST_REFUSED: Final = 20
"""The most texts of one input that are reported as too long. Each is an object of the response, and graphql-core makes
all of them without a pause."""
LONG_ANSWER: Final = 1000
"""The cost from which a response is written in a thread, unless a plan has written it in parts."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits and rules that hold for every operation."""

    limits: Limits
    rate_limit: RateLimit | None = None
    trusted: TrustedDocuments | None = None
    anonymous_introspection: bool = True
    failures: ProcessRateLimit | None = None
    """Limits the invalid credentials of an IP address. It is counted per process: a count in the table would cost as
    much as the read that it prevents."""


def make_policy(limits: Limits, table: Table, *, anonymous_introspection: bool) -> Policy:
    """The policy that settings ask for. Raises `ManifestError` when trusted documents cannot be read."""
    return Policy(
        limits=limits,
        rate_limit=make_rate_limit(limits.rate_limit, table, shared=limits.rate_limit_shared),
        trusted=load(*limits.documents) if limits.documents else None,
        anonymous_introspection=anonymous_introspection,
        failures=ProcessRateLimit(limits.failed_credentials) if limits.failed_credentials else None,
    )


class Executor:
    """Executes requests on one schema and one table."""

    def __init__(self, schema: GraphQLSchema, service: Service, policy: Policy, tracer: Tracer | None = None) -> None:
        self._schema = schema
        self._tracer = tracer
        self._service = service
        self._policy = policy
        self._authentication = Authentication(service.admin_keys, policy.failures, service.session_jwts)
        # A caller who may not read the schema must not learn it from suggestions in errors. When a document is not
        # valid, the caller has not been authenticated yet, so this holds for all callers.
        self._new_documents = ProcessRateLimit(NEW_DOCUMENT_CHARACTERS) if policy.rate_limit is not None else None
        self._documents = Documents(schema, policy.limits, suggests=policy.anonymous_introspection)

    async def __call__(self, request: GraphQLRequest, credentials: Credentials) -> Outcome:
        """Respond to one request, log and count it. Raises nothing but `CancelledError`."""
        record = LogEntry()
        tracer = self._tracer
        trace = TRACE.get() if tracer is not None else None
        if trace is not None and trace.sampled:
            record.phases = []
        codes: tuple[str, ...] | None = None
        try:
            try:
                outcome = await self._answer(request, credentials, record)
            except Exception as error:
                outcome = _failed(error)
            codes = outcome.codes
            return outcome
        except asyncio.CancelledError as cancelled:
            # A server that stops passes a message when it cancels; the deadline passes none.
            codes = None if cancelled.args else (_code_of_deadline(),)
            raise
        finally:
            record.close(codes)
            if tracer is not None and trace is not None and trace.sampled:
                tracer.record(record.traced(trace, codes))
            if record.context is not None:
                record.context.loaders.release()

    async def _answer(self, request: GraphQLRequest, credentials: Credentials, record: LogEntry) -> Outcome:
        text, sha256 = self._text(request)
        origin = Origin(REQUEST_ID.get(), credentials.address)
        context = record.context = Context(self._service, origin=origin)
        if record.phases is not None:
            context.table.usage.attempts = []
        document = await self._document(text, sha256, credentials, context)
        if document.problems:
            return refused(*document.problems)
        operation = record.operation = _chosen(document, request)
        given = operation.given(request.variables or {})
        selected = operation.known(given)
        if selected is None:
            selected = await self._paid(len(text) // AGAIN, partial(operation.select, given), credentials, context)
        cost = record.cost = selected.cost.value(given)
        _afford(cost, selected, given, self._policy)
        record.end_phase(PREPARE)
        context.stored = selected.stored
        if context.principal is NOBODY and credentials.presented:
            context.act_as(
                await self._authentication.principal(
                    context.table, credentials, whole_partition=selected.viewer_has_children
                )
            )
        if self._policy.rate_limit is not None:
            context.allowance = await _take(self._policy.rate_limit, _payer(context, credentials), max(cost, 1), "cost")
        record.admitted = True
        record.end_phase(AUTHORIZE)
        written = 0
        try:
            self._admit(text, document, operation, selected, given, request, context)
            outcome = await self._execute(document, operation, selected, request, context, cost)
            written = len(outcome.body)
            return outcome
        except ResponseTooLarge:
            written = self._policy.limits.max_response_bytes
            return _too_large(operation, context, cost, self._policy.limits)
        finally:
            record.end_phase(EXECUTE)
            # Also for a cancelled request: a client that disconnects is charged for what was read.
            if self._policy.rate_limit is not None:
                await self._settle(self._policy.rate_limit, _payer(context, credentials), cost, context, written)

    def _admit(
        self,
        text: str,
        document: Document,
        operation: Operation,
        selected: Selected,
        given: Mapping[str, Any],
        request: GraphQLRequest,
        context: Context,
    ) -> None:
        """Check what a caller whose cost was charged may do, before anything is read. Raises `RequestError`."""
        _permit(selected, context.principal, self._policy)
        guesses = selected.guesses
        if len(guesses) > 1 and not context.principal.administrator and guessing.count(guesses, given) > 1:
            message = (
                "Only one field of an operation may use guessable inputs, such as an e-mail or a token. "
                "Split the operation."
            )
            raise RequestError(problem(message, errors.LIMIT_EXCEEDED))
        progress = PROGRESS.get()
        if progress is not None:
            progress.changes = operation.node.operation is OperationType.MUTATION
        if excesses := operation.texts.excesses(request.variables or {}):
            context.refused = _refused_inputs(excesses)
        if not context.principal.anonymous:
            self._documents.admit(text, document)
        if selected.introspects:
            context.charge(selected.introspection.value(given))

    async def _settle(self, rate_limit: RateLimit, name: str, cost: int, context: Context, written: int) -> None:
        """Charge what an operation has used beyond its cost."""
        units = context.table.usage.read_units + context.table.usage.write_units
        used = ceil(units + written / BYTES_OF_ONE + context.steps / SECRET_STEPS_OF_ONE)
        beyond = (max(0, used - cost) if used > USUAL_USE else 0) + UNPLANNED * max(0, context.unplanned - LARGE)
        if beyond > 0:
            await rate_limit.settle(name, beyond)

    async def _document(self, text: str, sha256: str | None, credentials: Credentials, context: Context) -> Document:
        """Prepare a document, or find it among those kept; one that came with its hash is known by it from now on.

        Raises `InvalidPersistedQuery` where the hash is of another text: one that is not kept is paid for before it is
        hashed.
        """

        def look() -> Document:
            if sha256 is not None:
                verify(sha256, text)
            return self._documents.prepare(text)

        document = self._documents.find(text)
        metrics.DOCUMENTS.add(1, "miss" if document is None else "hit")
        if document is None:
            document = await self._paid(len(text), look, credentials, context)
        elif sha256 is not None and sha256 != document.sha256:
            verify(sha256, text)
        if sha256 is not None and sha256 != document.sha256 and not document.problems:
            self._documents.name(sha256, text)
        return document

    async def _paid(self, characters: int, look: Callable[[], L], credentials: Credentials, context: Context) -> L:
        """Charge for a document's length, analyse it, and charge for the work of counting its introspection."""
        limit = self._new_documents
        if limit is None:
            return look()
        payer = await self._pay_for_looking(limit, characters, credentials, context)
        found = look()
        await limit.settle(payer, found.steps // SCHEMA_STEPS_OF_ONE)
        return found

    async def _pay_for_looking(
        self, limit: ProcessRateLimit, characters: int, credentials: Credentials, context: Context
    ) -> str:
        """Charge a new document to its caller: validation may take milliseconds for each hundred bytes.

        The caller is not authenticated yet. Callers whose credentials were recently valid are charged themselves.
        Others are charged by IP address or, if that allowance is used up, after they were authenticated. Returns the
        name that was charged.
        """
        if characters > NEW_DOCUMENT_CHARACTERS:
            message = f"The document has {characters} characters; at most {NEW_DOCUMENT_CHARACTERS} are allowed."
            raise RequestError(problem(message, errors.LIMIT_EXCEEDED))
        name = self._authentication.recognised(credentials)
        address = address_name(credentials.address)
        try:
            await _take(limit, name or address, characters, NEW_TEXT)
        except Throttled:
            if name is not None or not credentials.presented:
                raise
            context.act_as(await self._authentication.principal(context.table, credentials))
            name = self._authentication.recognised(credentials)
            if name is None:
                raise
            await _take(limit, name, characters, NEW_TEXT)
        return name or address

    def _text(self, request: GraphQLRequest) -> tuple[str, str | None]:
        """The text of the document that is meant, and the SHA-256 that it must have if the request says so.

        Raises `InvalidPersistedQuery`.
        """
        trusted = self._policy.trusted
        if trusted is not None:
            text = trusted.find(request)
            if text is None:
                raise _not_trusted(request)
            return text, None
        unfit = texts.request_problem(request)
        if unfit is not None:
            raise RequestError(problem(unfit, errors.BAD_USER_INPUT))
        name = persisted_name(request.extensions)
        sha256 = checked_hash(name) if name is not None else None
        if request.query:
            return request.query, sha256
        if sha256 is None:
            message = "The request has no `query`."
            if request.document_id is not None:
                message = "This server has no manifest of trusted documents. Send `query` instead of `documentId`."
            raise RequestError(problem(message, errors.BAD_USER_INPUT))
        text = self._documents.text(sha256)
        if text is None:
            # Clients look into a response of status 200 for it.
            raise RequestError(problem(NOT_FOUND_MESSAGE, errors.PERSISTED_QUERY_NOT_FOUND), status=200)
        return text, sha256

    async def _execute(
        self,
        document: Document,
        operation: Operation,
        selected: Selected,
        request: GraphQLRequest,
        context: Context,
        cost: int,
    ) -> Outcome:
        """Execute an operation by its plan, or by graphql-core. Raises `ResponseTooLarge`."""
        inputs = request.variables or {}
        most = self._policy.limits.max_response_bytes
        if document.planner is not None:
            data = await document.planner.run(operation, selected, inputs, context, Room(most), cost=cost)
            if data is not None:
                return Outcome(join(data, _extensions(context, cost), most))

        # By now the caller is known, or anonymous.
        schema = self._schema if self._policy.anonymous_introspection or not context.principal.anonymous else None

        def run() -> Any:
            assert document.node is not None  # noqa: S101 - a document without problems was parsed
            return execute(
                self._schema,
                document.node,
                root_value=context.done,
                context_value=context,
                variable_values=dict(inputs) if inputs else None,
                operation_name=operation.name,
                max_coercion_errors=MOST_ERRORS,
                hide_suggestions=schema is None,
                executor_class=internals.Executor,
            )

        charged = context.charged
        try:
            # Introspection alone takes long and never awaits anything, so it runs in a thread.
            result = await asyncio.to_thread(run) if selected.introspects and not selected.asked else run()
            if inspect.isawaitable(result):
                result = await result
        finally:
            # Its error refers back to the context by its traceback.
            context.done = None
            if document.planner is not None:
                context.unplanned = context.charged - charged
        if not isinstance(result, ExecutionResult):
            raise TypeError("Incremental delivery is not part of this schema.")
        if cost >= LONG_ANSWER:
            return await asyncio.to_thread(_written, result, operation, context, cost, most, schema)
        return _written(result, operation, context, cost, most, schema)


def _failed(error: Exception) -> Outcome:
    """The response if an operation was refused, or could not be executed."""
    match error:
        case RequestError():
            return error.outcome
        case InvalidPersistedQuery():
            return refused(problem(str(error), errors.BAD_REQUEST), status=400)
        case InvalidBearer():
            challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            return refused(problem(error.message, errors.UNAUTHENTICATED), status=401, headers=(challenge,))
        case Throttled():
            return _passing(str(error), errors.THROTTLED, error.retry_after)
        case DynamoError():
            message, code = errors.described(error)
            if code == errors.UNAVAILABLE:
                return _passing(message, code, Unavailable.retry_after_seconds)
            return refused(problem(message, code), status=500)
    logger.error("the executor failed", exc_info=error)
    return refused(problem(errors.internal_message(), errors.INTERNAL), status=500)


def _code_of_deadline() -> str:
    """The error code with which the transport responds when the time for an operation is over."""
    progress = PROGRESS.get()
    return errors.UNAVAILABLE if progress is not None and progress.cut_off else errors.TIMEOUT


class RequestError(Exception):
    """The request gets an error response without being executed."""

    def __init__(
        self, *problems: dict[str, Any], status: int | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__()
        self.outcome = refused(*problems, status=status, headers=headers)


def _not_trusted(request: GraphQLRequest) -> RequestError:
    """Why no document of a manifest is meant.

    A client that tries automatic persisted queries is told not to, and sends the text, which may be trusted.
    """
    if request.document_id is None and not request.query and persisted_name(request.extensions) is not None:
        return RequestError(problem(NOT_SUPPORTED_MESSAGE, errors.PERSISTED_QUERY_NOT_SUPPORTED), status=200)
    message = "The document is not in the server's manifest of trusted documents (AUTHGRAPH_DOCUMENTS)."
    return RequestError(problem(message, errors.NOT_TRUSTED))


def _payer(context: Context, credentials: Credentials) -> str:
    """The name that is charged. Anonymous callers are counted by IP address, whatever credentials they sent."""
    return context.principal.payer or address_name(credentials.address)


async def _take(rate_limit: RateLimit, name: str, amount: int, what: str) -> Allowance:
    """Charge an amount to a name. Raises `Throttled` if its allowance is used up."""
    allowance = await rate_limit.take(name, amount)
    if allowance.retry_after is not None:
        seconds = allowance.retry_after
        raise Throttled(f"The limit of {allowance.limit} {what} per minute is used up; {try_again(seconds)}.", seconds)
    return allowance


def _chosen(document: Document, request: GraphQLRequest) -> Operation:
    """The operation that `operationName` names, or the only one. Raises `RequestError`."""
    name = request.operation_name
    found = document.only if name is None else document.operations.get(name)
    if found is None:
        message = "The document has no operation named by `operationName`."
        if name is None:
            message = "The document has several operations; choose one with `operationName`."
            if not document.operations:
                message = "The document has no operation."
        raise RequestError(problem(message, errors.RESOLUTION_FAILED))
    if request.read_only and found.node.operation is not OperationType.QUERY:
        raise RequestError(problem("Only queries may be sent with GET.", errors.BAD_USER_INPUT), status=405)
    return found


def _refused_inputs(excesses: Sequence[Excess]) -> Mapping[str, list[UserError]]:
    """The errors for texts in inputs of mutations that are too long, for their payloads: at most `MOST_REFUSED` each.

    A row of a bulk mutation has one in any case: it would be done otherwise.

    Raises `RequestError` if any other text is too long.
    """
    elsewhere = [excess for excess in excesses if not excess.is_input]
    if elsewhere:
        told = elsewhere[:MOST_ERRORS]
        raise RequestError(*(problem(f"{each.argument} {each.reason}", errors.BAD_USER_INPUT) for each in told))
    refused: dict[str, list[UserError]] = {}
    rows: set[tuple[str, Path]] = set()
    for each in excesses:
        reported = refused.setdefault(each.field, [])
        row = (each.field, each.path[:2] if each.path[0] == ROWS else ())
        if len(reported) < MOST_REFUSED or row not in rows:
            rows.add(row)
            reported.append(UserError(ErrorCode.INVALID, f"{each.path[-1]} {each.reason}", each.path))
    return refused


def _afford(cost: int, selected: Selected, given: Mapping[str, Any], policy: Policy) -> None:
    """Raise `RequestError` if the cost is above the maximum, or above what the caller's allowance can ever hold."""
    most = policy.limits.max_cost
    if policy.rate_limit is not None:
        most = min(most, policy.limits.rate_limit)
    if cost > most:
        message = f"The operation may cost up to {cost}; at most {most} is allowed. Request less data."
        raise RequestError(problem(message, errors.COST_EXCEEDED, requested=cost))
    if selected.introspects and selected.asked and selected.introspection.value(given) > MOST_SCHEMA_BESIDE_DATA:
        message = "Introspection of this size cannot be combined with data. Send it as a separate operation."
        raise RequestError(problem(message, errors.LIMIT_EXCEEDED))


def _permit(selected: Selected, principal: Principal, policy: Policy) -> None:
    """Raise `RequestError` if the caller lacks permission for any field, before anything is read."""
    if selected.introspects and principal.anonymous and not policy.anonymous_introspection:
        raise RequestError(
            problem(f"Introspection requires a signed-in caller: {HOW_TO_SIGN_IN}", errors.UNAUTHENTICATED)
        )
    for asked in selected.asked:
        if principal.meets(asked.requirement) or (asked.in_viewer and principal.anonymous):
            continue
        if principal.anonymous:
            message = f"`{asked.coordinate}` requires a signed-in caller: {HOW_TO_SIGN_IN}"
            raise RequestError(problem(message, errors.UNAUTHENTICATED))
        message = f"The caller may not use `{asked.coordinate}`. {asked.requirement}".rstrip()
        raise RequestError(problem(message, errors.FORBIDDEN))
    if selected.changes is not None and principal.impersonated:
        message = f"The caller may not use `{selected.changes}`. {IMPERSONATED}"
        raise RequestError(problem(message, errors.FORBIDDEN))


def refused(*problems: dict[str, Any], status: int | None = None, headers: tuple[tuple[str, str], ...] = ()) -> Outcome:
    """A response without `data`, because nothing was executed."""
    body = orjson.dumps({"errors": problems})
    return Outcome(body, request_error=True, status=status, headers=headers, codes=_codes(problems))


def _passing(message: str, code: str, seconds: int) -> Outcome:
    """A response with a temporary error. Its status, header and extension say when to retry."""
    shown = problem(message, code, retryAfter=seconds)
    return refused(shown, status=errors.PASSING[code], headers=(("Retry-After", str(seconds)),))


def _too_large(operation: Operation, context: Context, cost: int, limits: Limits) -> Outcome:
    message = f"The response would be longer than {limits.max_response_bytes} bytes. Request less data at once."
    if operation.node.operation is OperationType.MUTATION:
        message = f"The change was made. {message}"
    answer = {
        "errors": [problem(message, errors.RESPONSE_TOO_LARGE)],
        "data": None,
        "extensions": _extensions(context, cost),
    }
    return Outcome(orjson.dumps(answer), codes=(errors.RESPONSE_TOO_LARGE,))


def _written(
    result: ExecutionResult,
    operation: Operation,
    context: Context,
    cost: int,
    most: int,
    schema: GraphQLSchema | None = None,
) -> Outcome:
    """The response. `schema` is given for a caller who may read it."""
    if result.errors and result.data is None and all(error.path is None for error in result.errors):
        problems = [errors.formatted(error, errors.BAD_USER_INPUT) for error in result.errors]
        if schema is not None:
            for shown in problems:
                shown["message"] = with_input_fields(schema, shown["message"])
        return refused(*problems)
    data, extensions = result.data, _extensions(context, cost)
    if not result.errors:
        return Outcome(write({"data": data, "extensions": extensions}, most))
    problems = [errors.formatted(error, errors.INTERNAL) for error in result.errors]
    status, headers = _hint(problems, data, operation)
    written = write({"errors": problems, "data": data, "extensions": extensions}, most)
    return Outcome(written, status=status, headers=headers, codes=_codes(problems))


def _hint(
    problems: list[dict[str, Any]], data: dict[str, Any] | None, operation: Operation
) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """The status and the header of a response with temporary errors.

    The status is set only if the response has no data and the request made no other change: clients repeat requests
    with such a status, and must not repeat a change that was made.
    """
    waits = [problem["extensions"]["retryAfter"] for problem in problems if "retryAfter" in problem["extensions"]]
    if not waits:
        return None, ()
    is_whole = len(waits) == len(problems) and (data is None or not any(value is not None for value in data.values()))
    status = errors.PASSING[problems[0]["extensions"]["code"]] if is_whole and _is_single(operation) else None
    return status, (("Retry-After", str(max(waits))),)


def _is_single(operation: Operation) -> bool:
    """Whether an operation makes at most one change."""
    selections = operation.node.selection_set.selections
    is_field = len(selections) == 1 and isinstance(selections[0], FieldNode)
    return operation.node.operation is OperationType.QUERY or is_field


def _codes(problems: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(problem["extensions"]["code"] for problem in problems)


def _extensions(context: Context, cost: int) -> dict[str, Any]:
    """What a response says besides its data: its cost, and the lists of the directory that it needs and that are off
    or not whole."""
    extensions: dict[str, Any] = {"cost": _cost(context, cost)}
    if context.incomplete:
        extensions["directory"] = {
            "incomplete": sorted(of.value for of in context.incomplete),
            "message": user_lists.how_to_fill(context.table, context.incomplete),
        }
    return extensions


def _cost(context: Context, requested: int) -> dict[str, Any]:
    usage = context.table.usage
    return {
        "requested": requested,
        "actual": context.charged,
        "dynamodb": {"requests": usage.requests, "readUnits": usage.read_units, "writeUnits": usage.write_units},
    }
