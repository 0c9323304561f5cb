"""The socket is bound before anything else is done."""

import errno
import os
import resource
import select
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uvicorn import Config

from commands.errors import AddressUnusable
from commands.listening_socket import DESCRIPTORS, allow_files, connect_no_more, duplicated, is_loopback, listen, url_of
from commands.shared_listener import Shares
from commands.workers import GracefulServer, SharingServer

CONNECT_SECONDS = 0.05
"""More than a connection on one machine takes."""
REPEAT_SECONDS = 60
"""Within this time the system repeats the first packet of a connection."""


def listening(host: str) -> socket.socket:
    """A listener at an address, if this machine has it."""
    try:
        return listen(host, 0)
    except AddressUnusable:
        pytest.skip(f"{host} is not an IP address of this machine")


def test_port_0_takes_a_free_one() -> None:
    """The URL has the port that was chosen."""
    with listen("127.0.0.1", 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"
        with socket.create_connection(listener.getsockname()):
            pass


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "127.0.0.1")])
def test_the_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    """A browser cannot open an address such as 0.0.0.0, so loopback is shown."""
    with listening(host) as listener:
        assert url_of(listener).startswith((f"http://{shown}:", "http://[::1]:"))


def test_a_taken_port_is_named() -> None:
    """The message says what to do about it."""
    with listen("127.0.0.1", 0) as first, pytest.raises(AddressUnusable) as refused:
        listen("127.0.0.1", first.getsockname()[1])

    port = first_port(str(refused.value))
    assert str(refused.value) == (
        f"Port {port} of 127.0.0.1 is used by another program: stop it, "
        "or set AUTHGRAPH_PORT to a free port (0 finds one)."
    )


def first_port(sentence: str) -> str:
    """The port that a message names."""
    return sentence.split()[1]


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_foreign_address_is_named(host: str) -> None:
    """An address of another machine, or an unknown host name."""
    with pytest.raises(AddressUnusable, match=f"AUTHGRAPH_HOST={host} is not an IP address of this machine"):
        listen(host, 0)


def test_a_listener_is_duplicated_so_that_several_connections_are_accepted_in_a_turn() -> None:
    """Each duplicate accepts connections to the same address."""
    with listen("127.0.0.1", 0) as listener:
        listeners = duplicated(listener)
        try:
            assert len({other.fileno() for other in listeners}) == DESCRIPTORS
            for other in listeners:
                with socket.create_connection(listener.getsockname()), other.accept()[0]:
                    pass
        finally:
            for other in listeners:
                other.close()


def begin_to_connect(listener: socket.socket) -> socket.socket:
    """A client that has had the time to connect."""
    client = socket.socket(listener.family)
    client.setblocking(False)
    client.connect_ex(listener.getsockname())
    time.sleep(CONNECT_SECONDS)
    return client


def outcome(client: socket.socket) -> int:
    """What has become of an attempt to connect: 0 if there is a connection."""
    if not select.select([], [client], [], 0)[1]:
        return errno.EINPROGRESS
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def assert_refused_later(client: socket.socket) -> None:
    """Assert that there was no connection, not even one that was reset, and will be none."""
    with client:
        assert outcome(client) == errno.EINPROGRESS
        assert select.select([], [client], [], REPEAT_SECONDS)[1]
        assert outcome(client) == errno.ECONNREFUSED


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_connection_is_made_any_more_and_those_that_wait_are_kept(host: str) -> None:
    with (
        listening(host) as listener,
        socket.create_connection(listener.getsockname()[:2], REPEAT_SECONDS) as waiting,
    ):
        connect_no_more(listener)
        late = begin_to_connect(listener)
        waiting.send(b"sent afterwards")
        accepted = listener.accept()[0]
        with accepted:
            assert accepted.recv(100) == b"sent afterwards"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert outcome(late) == errno.EINPROGRESS
    assert_refused_later(late)


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_it_is_known_whether_only_this_machine_can_connect(host: str, expected: bool) -> None:
    """Then no time passes while a connection is being made, and a server that stops need not wait for it."""
    with listening(host) as listener:
        assert is_loopback(listener) == expected


@pytest.mark.parametrize(
    "make", [GracefulServer, lambda config: SharingServer(config, Shares(1), 0)], ids=["alone", "one of several"]
)
async def test_a_server_that_starts_does_not_let_the_accepts_of_others_wait(
    make: Callable[[Config], GracefulServer],
) -> None:
    """Workers share the listener, and whether it waits belongs to the listener. A worker gets it as a new object."""
    waits: list[bool] = []

    async def application(scope: object, receive: Callable[[], Awaitable[object]], send: Any) -> None:
        for event in ("startup", "shutdown"):
            await receive()
            waits.append(os.get_blocking(listener.fileno()))
            await send({"type": f"lifespan.{event}.complete"})

    with listen("127.0.0.1", 0) as listener:
        listener.setblocking(False)
        passed = socket.socket(listener.family, listener.type, listener.proto, fileno=os.dup(listener.fileno()))
        server = make(Config(application, lifespan="on", log_config=None))
        # It begins to stop when it has started.
        server.stop()
        await server.serve([passed])
    assert waits == [False, False]


async def test_who_connects_after_a_server_has_accepted_the_last_connection_is_refused() -> None:
    """And not reset, as a connection is that is in the backlog when the listener is closed."""
    late: list[socket.socket] = []

    class Listener(socket.socket):
        def dup(self) -> "Listener":
            return Listener(fileno=socket.dup(self.fileno()))

        def accept(self) -> tuple[socket.socket, object]:
            try:
                return super().accept()
            except BlockingIOError:
                late.append(begin_to_connect(self))
                raise

    with listen("127.0.0.1", 0) as bound:
        listener = Listener(fileno=bound.detach())
    server = GracefulServer(Config(lambda: None, factory=True, lifespan="off", log_config=None))
    # It begins to stop when it has started.
    server.stop()
    await server.serve([listener])
    (client,) = late
    assert_refused_later(client)


async def test_a_server_without_free_descriptors_stops_in_order() -> None:
    """Clients may have them all."""

    class Listener(socket.socket):
        copies = 0

        def dup(self) -> "Listener":
            if server.started:
                raise OSError(errno.EMFILE, "Too many open files")
            self.copies += 1
            return Listener(fileno=socket.dup(self.fileno()))

    with listen("127.0.0.1", 0) as bound:
        listener = Listener(fileno=bound.detach())
    server = GracefulServer(Config(lambda: None, factory=True, lifespan="off", log_config=None))
    server.stop()
    await server.serve([listener])
    assert listener.copies == 1


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [
        (256, 4096, (4096, 4096)),
        (1024, 1_048_576, (16_384, 1_048_576)),
        (1024, resource.RLIM_INFINITY, (16_384, resource.RLIM_INFINITY)),
        (65_536, 65_536, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_the_limit_of_open_files_is_raised_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: tuple[int, int] | None
) -> None:
    """It is raised as far as an ordinary user may."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    allow_files()
    assert asked == ([raised] if raised else [])


def test_a_system_that_allows_no_more_files_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server starts with the limit that it has."""

    def refuse(_: int, __: tuple[int, int]) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    allow_files()
