"""Which peers may state the client's address, scheme and host in `X-Forwarded-*` headers."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import Scope

from web.headers import RequestHeaders

MOST_HOPS: Final = 20
"""The most entries of X-Forwarded-For that are read, from the right."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class TrustedProxies:
    """The networks whose `X-Forwarded-*` headers count. Those of other peers are ignored."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._trusts = lru_cache(1024)(self._is_inside)

    def client_address(self, scope: Scope, headers: RequestHeaders) -> str:
        """The address of the client: the nearest hop that is not a trusted proxy."""
        peer = _peer(scope)
        forwarded = headers.get(b"x-forwarded-for")
        if forwarded is None or not self._trusts(peer):
            return peer
        # From the right, because each entry was added by the hop after it and counts only if that hop is trusted.
        address = peer
        for entry in reversed(forwarded.decode("latin-1").rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
            hop = read_address(entry)
            if hop is None:
                break
            address = str(hop)
            if not self._trusts(address):
                break
        return address

    def public_origin(self, scope: Scope, headers: RequestHeaders) -> str:
        """This server's origin as browsers see and write it: without a default port, in lower case."""
        scheme: str = scope["scheme"]
        host = headers.get(b"host", b"").decode("latin-1")
        if self._networks and self._trusts(_peer(scope)):
            scheme = _first(headers.get(b"x-forwarded-proto")) or scheme
            host = _first(headers.get(b"x-forwarded-host")) or host
        scheme, host = scheme.lower(), host.lower()
        return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"

    def derives_from_host_behind_a_proxy(self, scope: Scope, headers: RequestHeaders) -> bool:
        """Whether `public_origin` depends on the Host header although a proxy, which may have changed it, is in
        front."""
        if not any(name in headers for name in (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")):
            return False
        trusted = bool(self._networks) and self._trusts(_peer(scope))
        return not (trusted and b"x-forwarded-proto" in headers and b"x-forwarded-host" in headers)

    def _is_inside(self, address: str) -> bool:
        parsed = read_address(address)
        return parsed is not None and is_inside(parsed, self._networks)


def is_inside(address: Address, networks: Sequence[Network]) -> bool:
    """Whether any of the networks contains the address."""
    return any(address in network for network in networks)


def is_loopback(scope: Scope) -> bool:
    """Whether the peer is on this machine."""
    address = read_address(_peer(scope))
    return address is not None and address.is_loopback


def _peer(scope: Scope) -> str:
    """The peer's address; empty for a Unix socket, which has none."""
    client: tuple[str, int] | None = scope.get("client")
    return without_zone(client[0]) if client else ""


def without_zone(peer: str) -> str:
    """The address without the network interface that the system appends to link-local addresses."""
    return peer.partition("%")[0]


def read_address(text: str) -> Address | None:
    """An address as proxies write it: bare, in brackets, or with a port. An IPv4-mapped IPv6 address becomes IPv4.

    None for one with a zone, which may have any length and has no meaning on another machine.
    """
    text = text.strip()
    if "%" in text:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _first(value: bytes | None) -> str:
    return value.decode("latin-1").partition(",")[0].strip() if value else ""
