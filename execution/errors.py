"""Errors as clients see them: each has a code, and none shows internals."""

import logging
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from dynamo.errors import DynamoError, Misconfigured, Unavailable
from dynamo.progress import PROGRESS, Progress
from execution.quotations import without_tokens, without_values
from execution.request_id import REQUEST_ID
from resolvers.errors import BadInput, OperationError, Throttled, TimedOut, Unauthenticated

logger = logging.getLogger("authgraph")

LONGEST_MESSAGE: Final = 1000
"""The most characters of a message: graphql-core quotes input, which may be long."""
MOST_LOCATIONS: Final = 20

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
RESOLUTION_FAILED: Final = "OPERATION_RESOLUTION_FAILURE"
BAD_USER_INPUT: Final = "BAD_USER_INPUT"
INTERNAL: Final = "INTERNAL_SERVER_ERROR"
UNAVAILABLE: Final = "SERVICE_UNAVAILABLE"
UNAUTHENTICATED: Final = Unauthenticated.code
FORBIDDEN: Final = "FORBIDDEN"
THROTTLED: Final = Throttled.code
COST_EXCEEDED: Final = "COST_EXCEEDED"
LIMIT_EXCEEDED: Final = "LIMIT_EXCEEDED"
RESPONSE_TOO_LARGE: Final = "RESPONSE_TOO_LARGE"
NOT_TRUSTED: Final = "DOCUMENT_NOT_TRUSTED"
PERSISTED_QUERY_NOT_FOUND: Final = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED: Final = "PERSISTED_QUERY_NOT_SUPPORTED"
BAD_REQUEST: Final = "BAD_REQUEST"
OVERLOADED: Final = "OVERLOADED"
TIMEOUT: Final = TimedOut.code

PASSING: Final = {THROTTLED: 429, UNAVAILABLE: 503, OVERLOADED: 503, TIMEOUT: 504}
"""The HTTP status of each temporary error. Such an error says in its extension `retryAfter`, and the response in the
header `Retry-After`, after how many seconds to retry."""


def problem(message: str, code: str, **extensions: Any) -> dict[str, Any]:
    """An error that concerns the request as a whole."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def formatted(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error as clients see it. `code` is for errors that graphql-core itself raised."""
    cause = error.original_error
    if cause is not None and (error.path is None or isinstance(cause, GraphQLError)):
        # The value of a variable or an argument does not fit its type.
        return _located(error, without_values(error.message), BAD_USER_INPUT)
    if cause is None:
        return _located(error, without_values(error.message), code)
    shown: dict[str, Any] = _caused(error, cause)
    return shown


def syntax_or_validation(error: GraphQLError) -> dict[str, Any]:
    """An error of syntax or validation as clients see it."""
    if isinstance(error, GraphQLSyntaxError):
        return _located(error, without_tokens(error.message), PARSE_FAILED)
    code = str((error.extensions or {}).get("code", VALIDATION_FAILED))
    return _located(error, without_values(error.message), code)


def _caused(error: GraphQLError, cause: Exception) -> dict[str, Any]:
    match cause:
        case Throttled() | TimedOut():
            return _located(error, str(cause), cause.code, retryAfter=cause.retry_after)
        case BadInput(argument=argument):
            return _located(error, str(cause), cause.code, argument=argument or None)
        case OperationError():
            return _located(error, str(cause), cause.code)
        case StrawberryInputCoercionError():
            return _located(error, without_values(str(cause)), BAD_USER_INPUT)
        case DynamoError():
            message, code = described(cause)
            seconds = Unavailable.retry_after_seconds if code == UNAVAILABLE else None
            return _located(error, message, code, retryAfter=seconds)
        case _:
            logger.error("a resolver failed", exc_info=cause)
            return _located(error, internal_message(), INTERNAL)


def described(cause: DynamoError) -> tuple[str, str]:
    """The message and code for a failure of the store. Details go to the log only."""
    logger.error("a DynamoDB request failed: %s", cause)
    if isinstance(cause, Unavailable | Misconfigured):
        return unavailable_message(PROGRESS.get()), UNAVAILABLE
    return internal_message(), INTERNAL


def unavailable_message(progress: Progress | None) -> str:
    """The message if the table does not respond. A mutation may have changed something before."""
    if progress is not None and progress.changes:
        return (
            "The identity data is not available. The change may have been made, or a part of it. Send it again "
            "shortly to finish it."
        )
    return "The identity data is not available. Try again shortly."


def internal_message() -> str:
    """The message of an unexpected error, with the request id if there is one."""
    request_id = REQUEST_ID.get()
    return (
        f"An unexpected error occurred. Report the request id {request_id} to the operator."
        if request_id
        else "An unexpected error occurred."
    )


def _located(error: GraphQLError, message: str, code: str, **extensions: Any) -> dict[str, Any]:
    """An error with its place in the document and in the response. Extensions that are None are left out."""
    # graphql-core quotes its input, which may contain lone surrogates, or be a megabyte long.
    if len(message) > LONGEST_MESSAGE:
        message = message[:LONGEST_MESSAGE] + "…"
    shown: dict[str, Any] = {"message": message.encode(errors="replace").decode()}
    if error.locations:
        places = error.locations[:MOST_LOCATIONS]
        shown["locations"] = [{"line": place.line, "column": place.column} for place in places]
    if error.path is not None:
        shown["path"] = error.path
    given = {name: value for name, value in extensions.items() if value is not None}
    return shown | {"extensions": {"code": code, **given}}
