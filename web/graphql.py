"""GraphQL over HTTP: from a request to its response."""

import asyncio
from typing import Final

from starlette.types import Scope

from dynamo.progress import PROGRESS, Progress
from execution.errors import unavailable_message
from execution.request import Execute, GraphQLRequest, Outcome
from web.body import ClientDisconnected, Incoming, check_declared, read_body, too_large
from web.credentials import CredentialReader
from web.deadline import Deadlines
from web.errors import (
    BadRequest,
    BodyTimeout,
    MethodNotAllowed,
    NotFound,
    OperationTimeout,
    TableTimeout,
    UnsupportedMediaType,
)
from web.graphiql import GraphiQL
from web.headers import RequestHeaders
from web.http_response import JSON_HEADERS, SAFE, HTTPResponse
from web.json_size import JsonLimits
from web.load import Load
from web.media import MediaType, is_form, is_json, negotiate, prefers_html
from web.origins import OriginPolicy
from web.parameters import from_body, from_query_string, has_query
from web.settings import ServerSettings
from web.status import status_of

LARGE: Final = 64 * 1024
"""Bodies of more bytes take milliseconds to parse. Only one of them is parsed in an iteration of the event loop."""


class GraphQLHandler:
    """The handler of `/graphql`. `graphiql` is the page for browsers; None if it is turned off."""

    def __init__(
        self,
        execute: Execute,
        settings: ServerSettings,
        graphiql: GraphiQL | None,
        origins: OriginPolicy,
        credentials: CredentialReader,
    ) -> None:
        self._execute = execute
        self._settings = settings
        self._graphiql = graphiql
        self._limits = JsonLimits(settings.max_json_depth, settings.max_json_values)
        self._load = Load(settings.timeout_seconds)
        self._deadlines = Deadlines(settings.timeout_seconds)
        self._large = asyncio.Lock()
        self._origins = origins
        self._credentials = credentials

    async def __call__(self, scope: Scope, headers: RequestHeaders, incoming: Incoming) -> HTTPResponse:
        """Respond to one request. Raises `RequestRejected`."""
        if (special := self._special(scope, headers)) is not None:
            return special
        media_type = negotiate(headers.get(b"accept"))
        body: bytes | None = None
        progress = Progress()
        PROGRESS.set(progress)
        # One time limit for reading the request and executing it.
        try:
            with self._deadlines.begin() as deadline:
                credentials = self._credentials.read(scope, headers)
                body = self._arrived_body(scope, headers, incoming)
                if body is None:
                    body = await read_body(incoming, self._settings.max_body_bytes)
                if (turn := self._load.turn()) is not None:
                    await turn
                    if incoming.disconnected:
                        # Nothing was executed, and nobody would learn the result.
                        raise ClientDisconnected
                self._load.count()
                try:
                    if len(body) > LARGE:
                        await self._pause()
                    # Parsing counts towards the operation's time.
                    request = self._parse(scope, body)
                    return answer_of(await self._execute(request, credentials), media_type)
                finally:
                    self._load.end()
        except TimeoutError as error:
            if not deadline.expired:
                raise
            if body is None:
                raise BodyTimeout("The body did not arrive in time.") from error
            if progress.cut_off:
                raise TableTimeout(unavailable_message(progress)) from error
            raise OperationTimeout(
                "The operation took too long and was cancelled. Request less data at once."
            ) from error

    def _special(self, scope: Scope, headers: RequestHeaders) -> HTTPResponse | None:
        """The response to requests without an operation: other methods, and GraphiQL for browsers; None for
        operations."""
        method = scope["method"]
        if method == "OPTIONS":
            return self._options(scope, headers)
        if method not in ("GET", "POST"):
            raise MethodNotAllowed("Use POST, or GET for queries.")
        if method == "GET" and b"sec-websocket-key" in headers:
            # The offer to upgrade is gone by now: as one it is ignored, but this client waits for a WebSocket.
            raise BadRequest("The schema has no subscriptions, so WebSockets are not supported: use POST.")
        if method == "GET" and prefers_html(headers.get(b"accept")) and not has_query(scope["query_string"]):
            if self._graphiql is None:
                raise NotFound("GraphiQL is turned off. Send GraphQL requests to this URL with POST.")
            return self._graphiql.page(scope, headers)
        return None

    def _options(self, scope: Scope, headers: RequestHeaders) -> HTTPResponse:
        if b"access-control-request-method" not in headers:
            return HTTPResponse(204, MethodNotAllowed.headers + SAFE)
        preflight = self._origins.preflight_headers(scope, headers)
        return HTTPResponse(204, preflight + SAFE + ((b"vary", b"Origin"),))

    def _arrived_body(self, scope: Scope, headers: RequestHeaders, incoming: Incoming) -> bytes | None:
        """The body if all of it has arrived; None if it is still arriving. For GET it is empty, whatever was sent.

        Raises `RequestRejected` for a body that is not accepted.
        """
        if scope["method"] == "GET":
            return b""
        # HTML forms cannot send this media type, so pages of other sites need a CORS preflight.
        content_type = headers.get(b"content-type")
        if not is_json(content_type):
            refused = "Uploads as multipart/form-data are not supported: send" if is_form(content_type) else "Send"
            raise UnsupportedMediaType(f"{refused} the body as application/json in UTF-8.")
        if b"content-encoding" in headers and headers[b"content-encoding"].lower() != b"identity":
            raise UnsupportedMediaType("Send the body without a Content-Encoding.")
        most = self._settings.max_body_bytes
        check_declared(headers.get(b"content-length"), most)
        body = incoming.whole()
        if body is not None and len(body) > most:
            raise too_large(most)
        return body

    def _parse(self, scope: Scope, body: bytes) -> GraphQLRequest:
        """The GraphQL parameters of the request."""
        if scope["method"] == "GET":
            return from_query_string(scope["query_string"], self._limits)
        return from_body(body, self._limits)

    async def _pause(self) -> None:
        """Let others have an iteration of the event loop before the next large body is parsed."""
        async with self._large:
            await asyncio.sleep(0)


def answer_of(outcome: Outcome, media_type: MediaType) -> HTTPResponse:
    """The HTTP response for an outcome, in the given media type."""
    headers = JSON_HEADERS[media_type]
    status = status_of(outcome, media_type)
    if outcome.headers:
        headers += tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers)
    if status == 405:
        # The operation is a mutation, which must be sent with POST.
        headers += ((b"allow", b"POST"),)
    return HTTPResponse(status, headers, outcome.body, cross_origin=True)
