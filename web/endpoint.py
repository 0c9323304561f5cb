"""One HTTP request in, one response out, whatever happens."""

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from starlette.types import Receive, Scope, Send

from execution.errors import INTERNAL
from execution.metrics import count_errors
from execution.operation_log import record_refusal
from execution.request_id import REQUEST_ID
from execution.tracing import Tracer
from web.body import ClientDisconnected, Incoming, Messages
from web.errors import NotAcceptable, OperationTimeout, RequestRejected, TableTimeout, error_body
from web.headers import RequestHeaders, read_headers
from web.http_response import JSON_HEADERS, HeaderPairs, HTTPResponse, Response
from web.media import MediaType, negotiate
from web.origins import OriginPolicy
from web.request_id import assign_request_id
from web.tracing import begin_trace

logger = logging.getLogger(__name__)

Handle = Callable[[Scope, RequestHeaders, Incoming], Awaitable[HTTPResponse]]
"""Responds to a request, or raises why it is rejected."""
Respond = Callable[[Any, RequestHeaders, Incoming], Awaitable[Response | None]]
"""Responds to a request, by its ASGI scope, whatever happens. None if the client has disconnected."""


class Endpoint:
    """A handler as an ASGI application. Responses and errors always have the same form and the same safe headers."""

    def __init__(self, handle: Handle, origins: OriginPolicy, tracer: Tracer | None = None) -> None:
        self._handle = handle
        self._origins = origins
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request in ASGI."""
        response = await self.respond(scope, read_headers(scope["headers"]), Messages(receive))
        if response is not None:
            await response.send(send)

    async def respond(self, scope: Scope, headers: RequestHeaders, incoming: Incoming) -> Response | None:
        """The response to one request; None if the client has disconnected. Errors are counted and logged."""
        started = perf_counter()
        request_id = assign_request_id(headers.get(b"x-request-id"))
        own: HeaderPairs = ((b"x-request-id", request_id), *begin_trace(headers, self._tracer))
        try:
            answer = await self._handle(scope, headers, incoming)
        except ClientDisconnected:
            return None
        except RequestRejected as rejection:
            # The executor has logged and counted an operation that was cancelled.
            if not isinstance(rejection, OperationTimeout | TableTimeout):
                record_refusal(rejection.code, rejection.message, perf_counter() - started)
            answer = HTTPResponse(
                rejection.status, _json(headers) + rejection.headers, rejection.body, cross_origin=True
            )
        except Exception:
            logger.exception("Request %s failed.", REQUEST_ID.get())
            count_errors((INTERNAL,))
            message = "An unexpected error occurred. Report the request id to the operator."
            body = error_body(message, INTERNAL, requestId=REQUEST_ID.get())
            answer = HTTPResponse(500, _json(headers), body, cross_origin=True)
        status, shared, body, cross_origin = answer
        if cross_origin and b"origin" in headers:
            shared += self._origins.cors_headers(headers[b"origin"])
        if status != 204:
            own = (*own, (b"content-length", b"%d" % len(body)))
        return Response(status, shared, own, body)


def _json(headers: RequestHeaders) -> HeaderPairs:
    """The headers of an error: with the media type that the client prefers, or `application/json`."""
    try:
        return JSON_HEADERS[negotiate(headers.get(b"accept"))]
    except NotAcceptable:
        return JSON_HEADERS[MediaType.JSON]
