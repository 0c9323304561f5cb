"""The application of one worker, built from the environment."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from graphql import GraphQLSchema
from starlette.applications import Starlette

from commands.errors import BadSettings
from commands.examples import EXAMPLES, READING_EXAMPLES
from commands.logs import configure_logs, flush_logs
from commands.memory import settle_memory
from commands.metrics import answered_metrics
from commands.settings import Settings, read_settings
from commands.table_state import describer
from commands.tracing import OpenTelemetryTracer, check_tracing
from dynamo import api_keys
from dynamo.client import Table
from dynamo.last_seen import LastSeen
from execution.executor import Executor, make_policy
from execution.rate_limit import make_rate_limit
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.table_state import TableStates
from schema.build import GRAPHQL_SCHEMA, sdl
from web.app import Application, create_app
from web.loop_lag import measured_lag
from web.settings import ServerSettings, refusals

if TYPE_CHECKING:
    from resolvers.session_jwts import SessionJwts

SCHEMA_FILE: Final = Path(__file__).parents[1] / "schema.graphql"
NO_KEY: Final = "ready?"
"""An id that no API key has, because their ids are hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An application, and what lives as long as it."""

    application: Application
    table: Table
    last_seen: LastSeen | None
    tracer: OpenTelemetryTracer | None


def build() -> Application:
    """Make the application of a worker. Raises `BadSettings` without the secrets that `serve` provides, or with unsafe
    ones."""
    settings = read_settings()
    check_tracing(settings.server)
    configure_logs(production=settings.production)
    _end_with_parent()
    return assemble(settings).application


def assemble(settings: Settings) -> Parts:
    """Make an application. Raises `BadSettings` without secrets, or with unsafe ones."""
    if reasons := refusals(settings.server):
        raise BadSettings("; ".join(reason.rstrip(".") for reason in reasons) + ".")
    server = settings.server
    if server.admin_key is None or not server.secret_keys:
        raise BadSettings(
            "AUTHGRAPH_ADMIN_KEY and AUTHGRAPH_SECRET_KEY are not set: set both, "
            "or start with `python server.py serve`, which creates them in development."
        )
    table = Table.connect(settings.table)
    limits = settings.limits
    last_seen = LastSeen(table) if limits.session_last_seen else None
    service = Service(
        table,
        GlobalIds(server.secret_keys),
        Cursors(server.secret_keys),
        (server.admin_key.get_secret_value(),),
        make_rate_limit(limits.attempts, table, shared=limits.rate_limit_shared),
        settings.visibility.viewer_attributes,
        settings.visibility.viewer_session_attributes,
        _session_jwts(server),
        max_sessions=limits.max_sessions_per_user,
        last_seen=last_seen,
        self_service=settings.visibility.self_service,
        table_states=TableStates(describer(settings.table)),
    )
    tracer = OpenTelemetryTracer(settings.table.table_name) if server.traces else None
    policy = make_policy(limits, table, anonymous_introspection=not settings.production)

    async def ready() -> None:
        """Read an item that does not exist, to see whether the table responds."""
        await api_keys.get(table, NO_KEY)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        """Prepare what lives as long as the worker before its first request, and close its connections at the end."""
        async with AsyncExitStack() as stack:
            stack.callback(flush_logs)
            if tracer is not None:
                stack.callback(tracer.close)
            if server.metrics_port is not None:
                stack.enter_context(answered_metrics())
                await stack.enter_async_context(measured_lag())
            stack.push_async_callback(table.close)
            await table.open()
            settle_memory()
            yield
            if last_seen is not None:
                await last_seen.finish()

    application = create_app(
        Executor(_schema(server), service, policy, tracer),
        server,
        ready=ready,
        lifespan=lifespan,
        sdl=_schema_text(production=settings.production),
        examples=READING_EXAMPLES if settings.production else EXAMPLES,
        authorization=None if settings.production else _authorization(server),
        tracer=tracer,
    )
    return Parts(application, table, last_seen, tracer)


def _schema_text(*, production: bool) -> str:
    """The text of the schema. Making it takes a tenth of a start, and only in development the file may be old."""
    if production:
        with suppress(FileNotFoundError):
            return SCHEMA_FILE.read_text(encoding="utf-8")
    return sdl()


def _schema(server: ServerSettings) -> GraphQLSchema:
    if not server.federation:
        return GRAPHQL_SCHEMA
    from schema import federation

    return federation.schema()


def _session_jwts(server: ServerSettings) -> "SessionJwts | None":
    if not server.auth_secrets:
        return None
    from resolvers.session_jwts import SessionJwts

    return SessionJwts(server.auth_secrets, server.session_cookies)


def _authorization(server: ServerSettings) -> str | None:
    return f"Bearer {server.admin_key.get_secret_value()}" if server.admin_key is not None else None


def _end_with_parent() -> None:
    """Stop a worker whose parent was killed: it would keep the port, and respond without its engine."""
    # Imported here, because a function on Lambda does without it.
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, name="parent", daemon=True).start()
