"""The errors of requests that are rejected before anything is executed.

RequestRejected
├── BadRequest             400  BAD_REQUEST
├── Unauthenticated        401  UNAUTHENTICATED
├── OriginForbidden        403  ORIGIN_FORBIDDEN
├── NotFound               404  NOT_FOUND
├── MethodNotAllowed       405  METHOD_NOT_ALLOWED
├── NotAcceptable          406  NOT_ACCEPTABLE
├── BodyTimeout            408  REQUEST_TIMEOUT
├── HeadersTimeout         408  REQUEST_TIMEOUT
├── BodyTooLarge           413  BODY_TOO_LARGE
├── UnsupportedMediaType   415  UNSUPPORTED_MEDIA_TYPE
├── HeadersTooLarge        431  HEADERS_TOO_LARGE
├── MethodNotImplemented   501  NOT_IMPLEMENTED
├── CodingNotImplemented   501  NOT_IMPLEMENTED
├── TableTimeout           503  SERVICE_UNAVAILABLE
├── Overloaded             503  OVERLOADED
├── OperationTimeout       504  TIMEOUT
└── VersionNotSupported    505  HTTP_VERSION_NOT_SUPPORTED
"""

from http import HTTPStatus
from typing import ClassVar, Final

import orjson

from execution.errors import BAD_REQUEST, PASSING, UNAVAILABLE

RETRY_SECONDS: Final = 1
"""After how many seconds to retry after a temporary error, unless more is known."""


class RequestRejected(Exception):
    """The request ends here. `message` is shown to the client, so it says what happened and what to do."""

    status: ClassVar[int]
    code: ClassVar[str]
    headers: tuple[tuple[bytes, bytes], ...] = ()
    retry_after = RETRY_SECONDS
    """For temporary errors: after how many seconds to retry."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def body(self) -> bytes:
        """The error as the JSON of a GraphQL response."""
        hint = {"retryAfter": self.retry_after} if self.code in PASSING else {}
        return error_body(self.message, self.code, **hint)


class BadRequest(RequestRejected):
    """The body or a parameter is not what the GraphQL-over-HTTP specification describes."""

    status = 400
    code = BAD_REQUEST


class Unauthenticated(RequestRejected):
    """The Authorization header cannot be read."""

    status = 401
    code = "UNAUTHENTICATED"
    headers = ((b"www-authenticate", b"Bearer"),)


class OriginForbidden(RequestRejected):
    """A page of another site tries to use the visitor's cookie."""

    status = 403
    code = "ORIGIN_FORBIDDEN"


class NotFound(RequestRejected):
    """There is nothing at this path."""

    status = 404
    code = "NOT_FOUND"


class MethodNotAllowed(RequestRejected):
    """The GraphQL endpoint supports GET, POST and OPTIONS; other paths support fewer."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    headers = ((b"allow", b"GET, POST, OPTIONS"),)

    def __init__(self, message: str, allow: bytes | None = None) -> None:
        super().__init__(message)
        if allow is not None:
            self.headers = ((b"allow", allow),)


class NotAcceptable(RequestRejected):
    """The Accept header names no media type that a response can have."""

    status = 406
    code = "NOT_ACCEPTABLE"


class BodyTimeout(RequestRejected):
    """The body did not arrive in time. The connection is closed, because the rest of the body is not a new request."""

    status = 408
    code = "REQUEST_TIMEOUT"
    headers = ((b"connection", b"close"),)


class BodyTooLarge(RequestRejected):
    """The body is over `AUTHGRAPH_MAX_BODY_BYTES`."""

    status = 413
    code = "BODY_TOO_LARGE"


class UnsupportedMediaType(RequestRejected):
    """The body is not declared as plain JSON in UTF-8."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class HeadersTimeout(RequestRejected):
    """The headers did not arrive within `AUTHGRAPH_HEADER_TIMEOUT_SECONDS`."""

    status = 408
    code = "REQUEST_TIMEOUT"


class HeadersTooLarge(RequestRejected):
    """There are more headers than `AUTHGRAPH_MAX_HEADERS`, or more bytes of them than `AUTHGRAPH_MAX_HEADER_BYTES`."""

    status = 431
    code = "HEADERS_TOO_LARGE"


class MethodNotImplemented(RequestRejected):
    """The method is one for proxies."""

    status = 501
    code = "NOT_IMPLEMENTED"


class CodingNotImplemented(RequestRejected):
    """The body has a transfer coding that is not supported."""

    status = 501
    code = "NOT_IMPLEMENTED"


class Overloaded(RequestRejected):
    """There is more work than the server can finish in time. The client may retry after `retry_after` seconds."""

    status = 503
    code = "OVERLOADED"

    def __init__(self, message: str, retry_after: int = RETRY_SECONDS) -> None:
        super().__init__(message)
        self.headers = ((b"retry-after", b"%d" % retry_after),)
        self.retry_after = retry_after


class TableTimeout(RequestRejected):
    """The operation was cancelled at `AUTHGRAPH_TIMEOUT_SECONDS`, while it waited for DynamoDB."""

    status = 503
    code = UNAVAILABLE
    headers = ((b"retry-after", b"%d" % RETRY_SECONDS),)


class OperationTimeout(RequestRejected):
    """The operation was cancelled at `AUTHGRAPH_TIMEOUT_SECONDS`."""

    status = 504
    code = "TIMEOUT"
    headers = ((b"retry-after", b"%d" % RETRY_SECONDS),)


class VersionNotSupported(RequestRejected):
    """The request's HTTP version is neither 1.1 nor 1.0."""

    status = 505
    code = "HTTP_VERSION_NOT_SUPPORTED"


def error_body(message: str, code: str, **extensions: object) -> bytes:
    """The JSON of a GraphQL response with one error and no data."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})


def code_of_status(status: int) -> str:
    """The error code for an HTTP status, for errors of the router."""
    return HTTPStatus(status).name
