"""The GraphQL endpoint: one HTTP request in, one answer out, top to bottom."""

import asyncio
import logging

from starlette.types import Receive, Scope, Send

from dynamo.progress import PROGRESS, Progress
from execution.errors import INTERNAL, unavailable_message
from execution.metrics import count_errors
from execution.request import Credentials, Execute, GraphQLRequest, Outcome
from execution.request_id import REQUEST_ID
from web.answer import JSON_HEADERS, SAFE, Answer
from web.body import ClientDisconnected, read_body
from web.credentials import bearer_token, session_token
from web.errors import (
    BodyTimeout,
    MethodNotAllowed,
    NotFound,
    OperationTimeout,
    RequestRejected,
    TableTimeout,
    UnsupportedMediaType,
    error_body,
)
from web.graphiql import GraphiQL
from web.headers import RequestHeaders, read_headers
from web.load import Load
from web.media import MediaType, is_json, negotiate, prefers_html
from web.origins import OriginPolicy
from web.parameters import from_body, from_query_string, has_query
from web.proxies import TrustedProxies
from web.request_id import assign_request_id
from web.settings import ServerSettings
from web.status import status_of

logger = logging.getLogger(__name__)


class GraphQLEndpoint:
    """GraphQL over HTTP as plain ASGI; `graphiql` is the page for browsers, None where it is switched off."""

    def __init__(self, execute: Execute, settings: ServerSettings, graphiql: GraphiQL | None) -> None:
        self._execute = execute
        self._settings = settings
        self._graphiql = graphiql
        self._load = Load(settings.timeout_seconds)
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self._origins = OriginPolicy(settings.allowed_origins, self._proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, the answer has the same form and the same safe headers."""
        headers = read_headers(scope["headers"])
        request_id = (b"x-request-id", assign_request_id(headers.get(b"x-request-id")))
        media_type = MediaType.JSON
        try:
            if (special := self._special(scope, headers)) is not None:
                await special.send(send, request_id)
                return
            media_type = negotiate(headers.get(b"accept"))
            answer = _answer(await self._run(scope, headers, receive), media_type)
        except ClientDisconnected:
            return
        except RequestRejected as rejection:
            count_errors((rejection.code,))
            body = error_body(rejection.message, rejection.code, **rejection.extensions)
            answer = Answer(rejection.status, JSON_HEADERS[media_type] + rejection.headers, body)
        except Exception:
            logger.exception("Request %s failed.", REQUEST_ID.get())
            count_errors((INTERNAL,))
            message = "Something went wrong here; the request id helps to find out what."
            body = error_body(message, INTERNAL, requestId=REQUEST_ID.get())
            answer = Answer(500, JSON_HEADERS[media_type], body)
        await answer.send(send, request_id, *self._origins.cors_headers(headers.get(b"origin")))

    def _special(self, scope: Scope, headers: RequestHeaders) -> Answer | None:
        """What has nothing to do with GraphQL: other methods, and the page for a browser that asks no query."""
        method = scope["method"]
        if method == "OPTIONS":
            return self._options(headers)
        if method not in ("GET", "POST"):
            raise MethodNotAllowed("Use POST, or GET for queries.")
        if method == "GET" and prefers_html(headers.get(b"accept")) and not has_query(scope["query_string"]):
            if self._graphiql is None:
                raise NotFound("GraphiQL is switched off; send GraphQL requests here by POST.")
            return self._graphiql.page(scope, headers)
        return None

    def _options(self, headers: RequestHeaders) -> Answer:
        if b"access-control-request-method" not in headers:
            return Answer(204, MethodNotAllowed.headers + SAFE)
        preflight = self._origins.preflight_headers(headers.get(b"origin"))
        return Answer(204, preflight + SAFE + ((b"vary", b"Origin"),))

    async def _run(self, scope: Scope, headers: RequestHeaders, receive: Receive) -> Outcome:
        """Read the request and execute it, both within one deadline."""
        request: GraphQLRequest | None = None
        progress = Progress()
        PROGRESS.set(progress)
        try:
            async with asyncio.timeout(self._settings.timeout_seconds) as deadline:
                credentials = self._credentials(scope, headers)
                request = await self._read(scope, headers, receive)
                await self._load.begin()
                try:
                    return await self._execute(request, credentials)
                finally:
                    self._load.end()
        except TimeoutError as error:
            if not deadline.expired():
                raise
            if request is None:
                raise BodyTimeout("The body did not arrive in time.") from error
            if progress.cut_off:
                raise TableTimeout(unavailable_message(progress)) from error
            raise OperationTimeout("The operation took too long and was cancelled; ask for less at once.") from error

    async def _read(self, scope: Scope, headers: RequestHeaders, receive: Receive) -> GraphQLRequest:
        if scope["method"] == "GET":
            return from_query_string(scope["query_string"], self._settings.max_json_depth)
        # Only a media type that no HTML form can send: with any other, a foreign page needs no preflight.
        if not is_json(headers.get(b"content-type")):
            raise UnsupportedMediaType("Send the body as application/json in UTF-8.")
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise UnsupportedMediaType("Send the body without a Content-Encoding.")
        body = await read_body(receive, self._settings.max_body_bytes, headers.get(b"content-length"))
        return from_body(body, self._settings.max_json_depth)

    def _credentials(self, scope: Scope, headers: RequestHeaders) -> Credentials:
        """A bearer token stands on its own; a cookie, which a browser adds by itself, counts only from a trusted page.

        A GET may be a link or an image on a foreign page, and carries no Origin from our own. So there a cookie counts
        only beside a header that such a page cannot add without asking first.
        """
        address = self._proxies.client_address(scope, headers)
        if (bearer := bearer_token(headers.get(b"authorization"))) is not None:
            return Credentials(bearer=bearer, address=address)
        cookie = session_token(headers.get(b"cookie"))
        if cookie is None:
            return Credentials(address=address)
        if scope["method"] == "GET":
            if b"graphql-require-preflight" not in headers:
                return Credentials(address=address)
            if b"origin" not in headers:
                return Credentials(session_cookie=cookie, address=address)
        self._origins.require_trusted(scope, headers)
        return Credentials(session_cookie=cookie, address=address)


def _answer(outcome: Outcome, media_type: MediaType) -> Answer:
    headers = JSON_HEADERS[media_type]
    status = status_of(outcome, media_type)
    if outcome.headers:
        headers += tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers)
    if status == 405:
        # The operation is a mutation, so GET is what is wrong with it.
        headers += ((b"allow", b"POST"),)
    return Answer(status, headers, outcome.body)
