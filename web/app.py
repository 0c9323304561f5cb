"""The ASGI application: which path serves what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, cast

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from execution.errors import INTERNAL
from execution.metrics import count_errors
from execution.operation_log import record_refusal
from execution.request import Execute
from execution.request_id import REQUEST_ID
from execution.tracing import Tracer
from web.console import PATH as CONSOLE_PATH
from web.console import Console
from web.credentials import CredentialReader
from web.endpoint import Endpoint, Handle, Respond
from web.errors import code_of_status, error_body
from web.graphiql import Example, GraphiQL
from web.graphql import GraphQLHandler
from web.headers import read_headers
from web.health import Ready, healthz, readyz
from web.http_response import SAFE
from web.media import prefers_html
from web.origins import OriginPolicy
from web.proxies import TrustedProxies
from web.request_id import assign_request_id
from web.sdl import SdlHandler
from web.session_cookies import SessionCookies
from web.settings import ServerSettings
from web.tracing import begin_trace

GRAPHQL_PATH: Final = "/graphql"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SDL_PATH: Final = "/schema.graphql"

Handler = Callable[[Request], Awaitable[Response]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Application:
    """GraphQL on the shortest path, and Starlette for everything else.

    A request to `/graphql` passes no router and no middleware, which would take longer than the endpoint itself, and on
    a connection of our own no ASGI either.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], others: ASGIApp) -> None:
        self._endpoints = endpoints
        self._others = others
        self.direct: Mapping[bytes, Respond] = {path.encode(): found.respond for path, found in endpoints.items()}
        """What responds without ASGI, by the path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on by its path."""
        if scope["type"] != "http":
            await self._others(scope, receive, send)
        elif (endpoint := self._endpoints.get(scope["path"])) is not None:
            await endpoint(scope, receive, send)
        else:
            headers = read_headers(scope["headers"])
            request_id = assign_request_id(headers.get(b"x-request-id"))
            begin_trace(headers, None)
            await self._others(scope, receive, _with_safe_headers(send, request_id))


def create_app(
    execute: Execute,
    settings: ServerSettings,
    *,
    ready: Ready,
    sdl: str | None = None,
    lifespan: Lifespan | None = None,
    examples: Sequence[Example] = (),
    authorization: str | None = None,
    node_modules: Path | None = None,
    console_folder: Path | None = None,
    tracer: Tracer | None = None,
) -> Application:
    """Build the application from its parts.

    `sdl` is served at `/schema.graphql` to callers who may use introspection; None means 404. `examples` and
    `authorization` (a whole header value) prefill GraphiQL, and its key the console. `node_modules` is the folder of
    GraphiQL's assets and `console_folder` that of the console's build, by default beside this package.
    `tracer` begins the trace of each request; None without traces.
    """
    graphiql = GraphiQL(examples, authorization, node_modules) if settings.serves_graphiql else None
    routes = [Route("/healthz", healthz), Route("/readyz", readyz(ready, settings.timeout_seconds))]
    if graphiql is not None:
        routes.append(Route("/graphiql/assets/{name}", _assets(graphiql)))
        routes.append(Route("/", _to_graphiql, methods=METHODS))
    if settings.serves_console:
        key = authorization.removeprefix("Bearer ") if authorization is not None else None
        console = _console(Console(key, pictures=settings.console_pictures, folder=console_folder))
        routes += [Route(CONSOLE_PATH, console), Route(CONSOLE_PATH + "/{path:path}", console)]
    others = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, Exception: _unexpected_error},
        lifespan=lifespan,
    )
    others.router.redirect_slashes = False
    proxies = TrustedProxies(settings.trusted_proxies)
    origins = OriginPolicy(settings.allowed_origins, proxies, settings.allowed_headers)
    credentials = CredentialReader(proxies, origins, SessionCookies(settings.session_cookies))
    handlers: dict[str, Handle] = {GRAPHQL_PATH: GraphQLHandler(execute, settings, graphiql, origins, credentials)}
    if sdl is not None:
        handlers[SDL_PATH] = SdlHandler(execute, sdl, credentials, settings.timeout_seconds)
    return Application({path: Endpoint(handle, origins, tracer) for path, handle in handlers.items()}, others)


def _assets(graphiql: GraphiQL) -> Handler:
    async def handle(request: Request) -> Response:
        asset = graphiql.asset(request.path_params["name"], request.headers.get("if-none-match"))
        if asset is None:
            raise HTTPException(404)
        headers = {name.decode(): value.decode() for name, value in asset.headers}
        return Response(asset.body, asset.status, headers)

    return handle


def _console(console: Console) -> Handler:
    async def handle(request: Request) -> Response:
        found = console.answer(
            request.scope, request.path_params.get("path", ""), request.headers.get("accept-encoding", "")
        )
        if found is None:
            raise HTTPException(404)
        headers = {name.decode(): value.decode() for name, value in found.headers}
        return Response(found.body, found.status, headers)

    return handle


async def _to_graphiql(request: Request) -> Response:
    """Lead a browser to the page. For everybody else there is nothing at this path."""
    if request.method not in ("GET", "HEAD") or not prefers_html(request.headers.get("accept", "").encode("latin-1")):
        raise HTTPException(404)
    return Response(status_code=307, headers={"location": GRAPHQL_PATH, "vary": "Accept"})


async def _http_error(_: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    code = code_of_status(refusal.status_code)
    message = (
        "There is no resource at this path. The GraphQL endpoint is /graphql."
        if refusal.status_code == 404
        else refusal.detail
    )
    record_refusal(code, message)
    body = error_body(message, code)
    return Response(body, refusal.status_code, refusal.headers, "application/json")


async def _unexpected_error(_: Request, __: Exception) -> Response:
    count_errors((INTERNAL,))
    message = "An unexpected error occurred. Report the request id to the operator."
    body = error_body(message, INTERNAL, requestId=REQUEST_ID.get())
    return Response(body, 500, media_type="application/json")


def _with_safe_headers(send: Send, request_id: bytes) -> Send:
    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = request_id.decode()
            for name, value in SAFE:
                headers.setdefault(name.decode(), value.decode())
        await send(message)

    return send_safely
