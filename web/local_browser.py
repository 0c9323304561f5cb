"""Whether a request comes from a browser on this machine that uses the listener's own address.

Only then may a page contain the key of development. Another site's page can resolve a name of its own to 127.0.0.1, and
a proxy or tunnel on this machine has its address.
"""

import re
from collections.abc import Collection
from typing import Final

from starlette.types import Scope

from web.proxies import is_loopback

_FORWARDING = re.compile(
    rb"forwarded|via|x-real-ip|true-client-ip|.*-(client|connecting)-ip|"
    rb"(x-forwarded|x-original|x-envoy|x-amzn|cf|fly|ngrok|tailscale)-.*"
)
"""Headers that proxies and tunnels add for the servers behind them."""
BY_HAND: Final = b"none"
SAME_ORIGIN: Final = b"same-origin"
"""The values of `Sec-Fetch-Site` if a person typed the address, or if a page of this server sent the request."""
HTTP_PORT: Final = 80


def is_local_browser(scope: Scope, sites: Collection[bytes]) -> bool:
    """Whether a browser on this machine requests the listener by its own address, without a proxy or a tunnel.

    `sites` are the accepted values of `Sec-Fetch-Site`. A request without this header is accepted.
    """
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    if not is_loopback(scope) or any(_FORWARDING.fullmatch(name) for name, _ in headers):
        return False
    sent = [value for name, value in headers if name == b"sec-fetch-site"]
    hosts = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    return all(site in sites for site in sent) and len(hosts) == 1 and hosts[0] in _own_hosts(scope)


def _own_hosts(scope: Scope) -> set[str]:
    """The values of `Host` with which a browser on this machine may address the listener."""
    address, port = scope.get("server") or ("", None)
    local = {"localhost", "127.0.0.1", "[::1]"} & {"localhost", address, f"[{address}]"}
    return {f"{name}:{port}" for name in local} | (local if port in (None, HTTP_PORT) else set())
