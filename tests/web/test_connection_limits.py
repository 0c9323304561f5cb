"""How many connections are allowed, and for which address they are counted."""

import asyncio
import resource
from dataclasses import InitVar, dataclass
from typing import cast

import pytest

from tests.web.conftest import settings_of
from web.connection_limits import Connections, most_connections


@dataclass(eq=False)
class Stranger:
    """A connection from an address. As its own transport and loop, it only notes that it was ended."""

    address: InitVar[str | None]
    is_waiting: bool = True
    was_answered: bool = False
    waiting_since: float = 0.0
    was_ended: bool = False

    def __post_init__(self, address: str | None) -> None:
        self.client: tuple[str, int] | None = (address, 50000) if address is not None else None
        self.transport = cast(asyncio.Transport, self)
        self.loop = cast(asyncio.AbstractEventLoop, self)

    def call_later(self, *_: object) -> None:
        """The checks once a second are left out here."""

    def abort(self) -> None:
        self.was_ended = True

    def check(self, now: float) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", True),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("fe80::1%eth0", "fd00::1", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "::1", False),
        ("10.0.0.1", "10.0.0.1", False),
        (None, None, False),
    ],
)
def test_s45_a_client_is_an_address_or_an_ipv6_network(first: str | None, second: str | None, are_one: bool) -> None:
    """Except for proxies: on this machine, behind a Unix socket, or trusted."""
    connections = Connections(settings_of(max_connections_per_address=1, trusted_proxies="10.0.0.0/8"))
    one, other = Stranger(first), Stranger(second)
    assert connections.admit(one)
    assert connections.admit(other)
    assert one.was_ended is are_one


def test_s45_room_is_made_by_who_never_asked_then_by_who_was_silent_longest() -> None:
    """No connection with a running request is ended."""
    connections = Connections(settings_of(max_connections=4))
    busy = Stranger(None, is_waiting=False)
    old = Stranger(None, was_answered=True, waiting_since=1)
    young = Stranger(None, was_answered=True, waiting_since=2)
    silent = Stranger(None, waiting_since=3)
    for member in (busy, old, young, silent):
        assert connections.admit(member)
    for ended in (silent, old, young):
        assert not ended.was_ended
        assert connections.admit(Stranger(None, is_waiting=False))
        assert ended.was_ended
    assert not connections.admit(Stranger(None))
    connections.forget(busy)
    assert connections.admit(Stranger(None))


def test_s45_an_address_without_connections_is_forgotten() -> None:
    """Otherwise a client with many addresses could fill the memory."""
    connections = Connections(settings_of())
    members = [Stranger(f"203.0.113.{number}") for number in range(100)]
    for member in members:
        connections.admit(member)
    for member in members:
        connections.forget(member)
        connections.forget(member)
    assert connections._by_address == {}


@pytest.mark.parametrize(
    ("files", "wanted", "most"),
    [
        (1024, None, 768),
        (256, None, 128),
        (20_000, None, 4096),
        (20_000, 10_000, 10_000),
        (1024, 10_000, 768),
        (resource.RLIM_INFINITY, None, 4096),
    ],
)
def test_s45_descriptors_for_dynamodb_remain(
    monkeypatch: pytest.MonkeyPatch, files: int, wanted: int | None, most: int
) -> None:
    """The setting cannot use up the descriptors for DynamoDB."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert most_connections(settings_of(max_connections=wanted)) == most
