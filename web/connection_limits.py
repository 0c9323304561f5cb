"""Limits for connections: how many at once, how many per IP address, and how long without activity."""

import asyncio
import logging
import resource
from collections.abc import Collection, Sequence
from heapq import nsmallest
from ipaddress import ip_network
from typing import Final, Protocol

from execution.metrics import CONNECTIONS, EVICTED
from web.bodies_in_flight import Bodies
from web.proxies import Network, is_inside, read_address, without_zone
from web.settings import ServerSettings

MOST: Final = 4096
"""The default for the most connections of a process, if the system allows as many."""
KEPT_DESCRIPTORS: Final = 256
"""File descriptors that are not used for clients: for DynamoDB, the listeners, files, and what the system needs."""
LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""The networks of this machine: a proxy on it serves many clients, even if it is not a trusted proxy."""
SWEEP_SECONDS: Final = 1.0
SHARE_EVICTED: Final = 64
"""If there is no room, one of so many connections is closed, so that the next ones find room without a search."""

logger = logging.getLogger(__name__)


class Member(Protocol):
    """What the limits need to know of a connection."""

    client: tuple[str, int] | None
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    was_answered: bool
    waiting_since: float

    @property
    def is_waiting(self) -> bool:
        """Whether the server waits for the client, and the client has no response left to read."""

    def check(self, now: float) -> None:
        """End the connection if it has waited too long. `now` is the event loop's time."""


class Connections:
    """All connections of a process. With several workers, each has its own.

    `own` are networks of this machine, whose connections are not counted by IP address.
    """

    def __init__(self, settings: ServerSettings, own: Sequence[Network] = LOOPBACK) -> None:
        self.settings = settings
        self.bodies = Bodies(settings.max_body_bytes_in_flight)
        self._shared = (*own, *settings.trusted_proxies)
        self._most = most_connections(settings)
        self._all: set[Member] = set()
        self._by_address: dict[str, set[Member]] = {}
        self._sweeps = False

    def admit(self, member: Member) -> bool:
        """Admit a connection, if necessary in place of those that were silent longest. False if all others are
        getting a response."""
        address = self._counted_address(member)
        if len(self._all) >= self._most and not self._make_room(self._all, "AUTHGRAPH_MAX_CONNECTIONS"):
            return False
        if address is not None:
            group = self._by_address.get(address, set())
            most = self.settings.max_connections_per_address
            if len(group) >= most and not self._make_room(group, "AUTHGRAPH_MAX_CONNECTIONS_PER_ADDRESS"):
                return False
            self._by_address.setdefault(address, set()).add(member)
        self._all.add(member)
        CONNECTIONS.add(1)
        if not self._sweeps:
            self._sweeps = True
            member.loop.call_later(SWEEP_SECONDS, self._sweep, member.loop)
        return True

    def forget(self, member: Member) -> None:
        """Remove a connection that has ended."""
        if member in self._all:
            self._all.discard(member)
            CONNECTIONS.add(-1)
        address = self._counted_address(member)
        if address is not None and (group := self._by_address.get(address)) is not None:
            group.discard(member)
            if not group:
                del self._by_address[address]

    def _make_room(self, members: Collection[Member], setting: str) -> bool:
        """Close some connections that are not getting a response.

        First those that never sent a whole request, then those that are silent after a response; among each, those that
        have waited longest.
        """
        silent = nsmallest(
            max(1, len(members) // SHARE_EVICTED),
            (member for member in members if member.is_waiting),
            key=lambda member: (member.was_answered, member.waiting_since),
        )
        for member in silent:
            member.transport.abort()
            self.forget(member)
        if silent:
            EVICTED.add(len(silent))
            logger.info("%s silent connections were closed to make room (%s).", len(silent), setting)
        return bool(silent)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for member in tuple(self._all):
            member.check(now)
        self._sweeps = bool(self._all)
        if self._sweeps:
            loop.call_later(SWEEP_SECONDS, self._sweep, loop)

    def _counted_address(self, member: Member) -> str | None:
        """The address that a connection is counted for; None if many clients share it: on this machine, or behind a
        proxy."""
        address = read_address(without_zone(member.client[0])) if member.client else None
        if address is None or is_inside(address, self._shared):
            return None
        # A client with one IPv6 address usually has all addresses of its /64 network.
        return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def most_connections(settings: ServerSettings) -> int:
    """The configured number, but never so many that no file descriptors are left for DynamoDB."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.max_connections or MOST
    if limit == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(limit - KEPT_DESCRIPTORS, limit // 2))
