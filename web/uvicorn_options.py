"""How uvicorn is to be run for this application."""

from functools import partial
from typing import Any, Literal, TypedDict

from web.connection_limits import Connections
from web.protocol import Connection
from web.settings import ServerSettings


class ListenerOptions(TypedDict):
    """Keyword arguments of `uvicorn.run` and `uvicorn.Config`."""

    host: str
    port: int
    loop: Literal["uvloop"]
    http: Any
    ws: Literal["none"]
    lifespan: Literal["on", "off"]
    proxy_headers: bool
    server_header: bool
    access_log: bool
    timeout_graceful_shutdown: int


def listener_options(settings: ServerSettings) -> ListenerOptions:
    """The options that the measurements and the security of this server rest on; workers are the caller's."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": partial(Connection, connections=Connections(settings)),
        "ws": "none",
        "lifespan": "on",
        # Else uvicorn believes X-Forwarded-For from 127.0.0.1; only AUTHGRAPH_TRUSTED_PROXIES is to count.
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        # Whoever is being served has its deadline to finish, and a moment to receive the answer.
        "timeout_graceful_shutdown": int(settings.timeout_seconds) + 2,
    }
