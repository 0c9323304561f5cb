"""The command `serve`: socket, engine, secrets and workers are started in this order and stopped in reverse."""

import gc
import logging
import os
import signal
import socket
from contextlib import closing, nullcontext, suppress
from typing import Final

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE

from commands.development_folder import ADMIN_KEY, SECRET_KEY, DevelopmentFolder
from commands.engine import run, started_engine, table_at
from commands.engine_watch import watched
from commands.errors import BadSettings
from commands.interruption import STOPS, end_in_order, ignore_stops
from commands.listening_socket import BACKLOG, allow_files, duplicated, listen, url_of
from commands.logs import configure_logs
from commands.metrics import served_metrics
from commands.refusal import refused_errors
from commands.settings import Settings, read_settings
from commands.tracing import check_tracing
from commands.workers import GracefulServer, Workers
from dynamo import directory_state
from dynamo.aws import connect
from dynamo.errors import Unavailable
from dynamo.local.engine import LocalEngine
from dynamo.settings import NONE, TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.capability import require_transactions
from web.settings import refusals
from web.uvicorn_options import listener_options

STATE_ITEMS: Final = 1
"""The items of a table without users: the state of the directory."""
FACTORY: Final = "server:create_application"

logger = logging.getLogger(__name__)


def main() -> None:
    """What `server.py serve` does, for a start without the command line."""
    with refused_errors():
        serve()


def serve() -> None:
    """Serve until SIGTERM or SIGINT, which may also come while it starts."""
    settings = read_settings()
    if reasons := refusals(settings.server):
        raise BadSettings("; ".join(reason.rstrip(".") for reason in reasons) + ".")
    check_tracing(settings.server)
    configure_logs(production=settings.production)
    end_in_order()
    own_engine = started_engine(settings.table) if settings.uses_own_engine else nullcontext()
    # Both ports are taken before anything is made, and before the server says that it listens.
    with (
        closing(listen(settings.server.host, settings.server.port)) as listener,
        served_metrics(settings.server),
        own_engine as engine,
    ):
        table = table_at(settings.table, engine.endpoint_url, make=True) if engine else settings.table
        warnings = _checked(table)
        with suppress(Unavailable):
            run(table, directory_state.forget_unkept)
        admin_key = _provide_environment(settings, table)
        if settings.production:
            logger.info("Listening on %s.", url_of(listener))
        else:
            from commands.welcome import welcome

            welcome(
                url_of(listener),
                admin_key,
                table,
                own_engine=settings.uses_own_engine,
                empty=lifecycle.describe_table(table).item_count <= STATE_ITEMS,
                graphiql=settings.server.serves_graphiql,
                console=settings.server.serves_console,
                trusted=bool(settings.limits.documents),
            )
        for warning in warnings:
            logger.warning(warning)
        _run(settings, listener, engine)
    ignore_stops()
    logger.info("Stopped.")


def _checked(table: TableSettings) -> tuple[str, ...]:
    """Check the engine and the table with one client: each takes a tenth of a second to make, and 10 MB, which are free
    again before the application is made."""
    # The collection then passes over the modules.
    gc.freeze()
    try:
        with closing(connect(table)) as client:
            require_transactions(table, client)
            return lifecycle.check_table(table, client)
    finally:
        gc.collect()


def _provide_environment(settings: Settings, table: TableSettings) -> str:
    """Pass what was found and made to the workers, which read their settings from the environment. Returns the
    administrator key."""
    if table.dynamodb_endpoint_url:
        os.environ["AUTHGRAPH_DYNAMODB_ENDPOINT_URL"] = table.dynamodb_endpoint_url
    if table.dynamodb_settle_transactions is not None:
        os.environ["AUTHGRAPH_DYNAMODB_SETTLE_TRANSACTIONS"] = str(table.dynamodb_settle_transactions).lower()
    if table.directory_index_name is not None:
        os.environ["AUTHGRAPH_DIRECTORY_INDEX_NAME"] = table.directory_index_name
        lists = [of.setting for of in table.directory_lists] or [NONE]
        os.environ["AUTHGRAPH_DIRECTORY_LISTS"] = ",".join(lists)
    folder = DevelopmentFolder(table.data_dir)
    if settings.server.secret_key is None:
        os.environ["AUTHGRAPH_SECRET_KEY"] = folder.secret(SECRET_KEY)
    if settings.server.admin_key is not None:
        return settings.server.admin_key.get_secret_value()
    os.environ["AUTHGRAPH_ADMIN_KEY"] = folder.secret(ADMIN_KEY)
    return os.environ["AUTHGRAPH_ADMIN_KEY"]


def _run(settings: Settings, listener: socket.socket, engine: LocalEngine | None) -> None:
    allow_files()
    workers = settings.server.web_concurrency
    config = Config(
        FACTORY,
        factory=True,
        workers=workers,
        backlog=BACKLOG,
        log_config=None,
        **listener_options(settings.server),
    )
    if workers == 1:
        server = GracefulServer(config)
        # For the moments before and after the server handles signals itself, so that every stop is graceful.
        for number in STOPS:
            signal.signal(number, server.handle_exit)
        config.load()
        with watched(engine, server):
            server.run(duplicated(listener))
        return
    # Each worker does so itself, once it has started.
    gc.enable()
    supervisor = Workers(config, [listener])
    with watched(engine, supervisor):
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise BadSettings("A worker could not start: the log above has the reason.")
