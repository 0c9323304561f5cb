"""The options with which uvicorn runs this application."""

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
    """The options that this server's security and measurements depend on. The caller adds the number of workers."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": partial(Connection, connections=Connections(settings)),
        "ws": "none",
        "lifespan": "on",
        # Otherwise uvicorn trusts X-Forwarded-For from 127.0.0.1. Only AUTHGRAPH_TRUSTED_PROXIES must count.
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        # Running requests have their time limit to finish, and a moment for the client to read the response.
        "timeout_graceful_shutdown": int(settings.timeout_seconds) + 2,
    }
