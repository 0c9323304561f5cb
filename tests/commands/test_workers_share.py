"""Workers share the connections of one port, and whatever happens to one of them, the others serve those that wait."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.commands.test_workers import warnings, workers
from tests.processes import START_SECONDS, Environment, Served, refusal, run, serving
from tests.security.test_production import environment

__all__ = ["environment"]

BODY = b'{"query":"{ caller { kind } }"}'
REQUEST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
WAITING = 40
"""How many connections wait when something happens to a worker."""
FIRST = 64
"""How many connections one worker has before the others run."""
NEXT = 300
"""How many later ones may be accepted until all workers have about as many. One that waits long for a processor loses
some of them."""
LEAST = 0.75
"""The least that a worker has then, as a part of the most."""
ESTABLISHED = "01"
"""The state of a connection, in the kernel's table."""


def port(server: Served) -> int:
    """The port that a server listens at."""
    return int(server.url.rpartition(":")[2])


def connect(server: Served, stack: ExitStack, count: int) -> list[socket.socket]:
    """Open connections that have sent a request each."""
    opened = [
        stack.enter_context(socket.create_connection(("127.0.0.1", port(server)), START_SECONDS)) for _ in range(count)
    ]
    for connection in opened:
        connection.sendall(REQUEST)
    return opened


def status(connection: socket.socket) -> str:
    """The status of a response, which is read to its end."""
    received = b""
    while not (head := re.search(rb"content-length: (\d+)\r\n(?:.+\r\n)*\r\n", received)) or len(
        received
    ) < head.end() + int(head[1]):
        packet = connection.recv(65536)
        assert packet, "The server closed the connection instead of a response."
        received += packet
    return received.split()[1].decode()


def assert_served(connections: list[socket.socket]) -> None:
    """Assert that each of them gets its response."""
    assert [status(connection) for connection in connections] == ["200"] * len(connections)


def accepted(server: Served) -> dict[int, int]:
    """How many connections each worker has."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    own = {
        f"socket:[{row[9]}]"
        for row in rows
        if int(row[1].rpartition(":")[2], 16) == port(server) and row[3] == ESTABLISHED
    }
    return {pid: len(own & {*descriptors(pid)}) for pid in workers(server)}


def descriptors(pid: int) -> Iterator[str]:
    """What a process has open."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(link.readlink())


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # A worker may end while its descriptors are read.
        with suppress(FileNotFoundError, ProcessLookupError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError(what)


def await_all(server: Served, stack: ExitStack, count: int) -> None:
    """Wait until so many workers accept connections."""

    def accept() -> bool:
        assert_served(connect(server, stack, 1))
        return sum(number > 0 for number in accepted(server).values()) == count

    wait_for(accept, "A worker accepts no connections.")


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Processes that do not run."""
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("count", [2, 3])
def test_workers_with_fewer_connections_accept_the_next_ones(
    tmp_path: Path, environment: Environment, count: int
) -> None:
    """One has all of the first ones, because the others did not run. `test_shared_listener.py` has the exact bounds."""
    with serving(tmp_path, WEB_CONCURRENCY=str(count), **environment) as server, ExitStack() as stack:
        with ExitStack() as before:
            await_all(server, before, count)
        wait_for(lambda: not any(accepted(server).values()), "Connections that were closed are still there.")
        one, *others = workers(server)
        with stopped(server.process.pid, *others):
            assert_served(connect(server, stack, FIRST))
        # The kernel's table may be read while it changes.
        alone = {one: FIRST} | dict.fromkeys(others, 0)
        wait_for(lambda: accepted(server) == alone, "Not one worker has accepted all connections.")
        for _ in range(NEXT):
            assert_served(connect(server, stack, 1))
            if min(shared := accepted(server).values()) >= LEAST * max(shared):
                break
        else:
            raise AssertionError(f"Connections are not shared: {accepted(server)}.")
        assert server.stop() == 0


def kill(server: Served, tmp_path: Path) -> None:
    """A worker ends by itself."""
    os.kill(workers(server)[0], signal.SIGKILL)


def kill_and_start_slowly(server: Served, tmp_path: Path) -> None:
    """A worker ends, and the next one does not accept connections for a long time."""
    (tmp_path / "slow").touch()
    kill(server, tmp_path)


def hang(server: Served, tmp_path: Path) -> None:
    """A worker hangs until the server ends it."""
    os.kill(workers(server)[0], signal.SIGSTOP)


SLOWLY = """\
import os, sys, time

if "--multiprocessing-fork" in sys.orig_argv:
    while os.path.exists({path!r}):
        time.sleep(0.05)
"""


@pytest.mark.parametrize(("happen", "count"), [(kill, 2), (kill_and_start_slowly, 2), (hang, 2), (hang, 3)])
def test_nothing_that_happens_to_a_worker_is_seen_by_those_who_wait(
    tmp_path: Path, environment: Environment, happen: Callable[[Served, Path], None], count: int
) -> None:
    """Those that wait when it happens, those that connect then, and those that connect after it was replaced."""
    (tmp_path / "sitecustomize.py").write_text(SLOWLY.format(path=str(tmp_path / "slow")))
    with (
        serving(tmp_path, WEB_CONCURRENCY=str(count), PYTHONPATH=str(tmp_path), **environment) as server,
        ExitStack() as stack,
    ):
        await_all(server, stack, count)
        one, *others = workers(server)
        # Until all have been served, the worker is not replaced.
        with stopped(server.process.pid):
            with stopped(*others):
                os.kill(one, signal.SIGSTOP)
                waiting = connect(server, stack, WAITING)
                happen(server, tmp_path)
            assert_served(waiting)
            assert_served(connect(server, stack, WAITING))
        with server.grown:
            assert server.grown.wait_for(lambda: warnings(server), START_SECONDS), server.errors
        assert_served(connect(server, stack, WAITING))
        (tmp_path / "slow").unlink(missing_ok=True)
        await_all(server, stack, count)
        assert_served(connect(server, stack, WAITING))
        assert one not in workers(server)
        assert server.stop() == 0


def test_workers_that_are_restarted_one_after_the_other_reset_no_connection(
    tmp_path: Path, environment: Environment
) -> None:
    """Each is told to stop. Those that wait are served, and so are callers that connect for each request."""
    with serving(tmp_path, WEB_CONCURRENCY="2", **environment) as server, ExitStack() as stack:
        await_all(server, stack, 2)
        former = workers(server)
        ended = Event()
        seen: list[str] = []

        def call() -> None:
            while not ended.is_set():
                try:
                    with ExitStack() as own:
                        seen.append(status(connect(server, own, 1)[0]))
                except (OSError, AssertionError) as error:
                    seen.append(repr(error))

        callers = [Thread(target=call) for _ in range(4)]
        with stopped(*former):
            waiting = connect(server, stack, WAITING)
            os.kill(former[0], signal.SIGTERM)
        for caller in callers:
            caller.start()
        try:
            assert_served(waiting)
            await_new(server, former[:1])
            os.kill(former[1], signal.SIGTERM)
            await_new(server, former)
        finally:
            ended.set()
            for caller in callers:
                caller.join()
        assert {*seen} == {"200"}, {*seen}
        assert server.stop() == 0


def await_new(server: Served, former: list[int]) -> None:
    """Wait until two workers accept connections that are not among these."""

    def accept() -> bool:
        with ExitStack() as stack:
            assert_served(connect(server, stack, 8))
            return sum(number > 0 for pid, number in accepted(server).items() if pid not in former) == 2

    wait_for(accept, "A worker was not replaced.")


def test_a_stop_of_three_workers_serves_those_who_wait(tmp_path: Path, environment: Environment) -> None:
    """And refuses those that connect later. `test_s45_stopping.py` stops one worker and two."""
    count = 3
    with serving(tmp_path, WEB_CONCURRENCY=str(count), **environment) as server, ExitStack() as stack:
        await_all(server, stack, count)
        with stopped(*workers(server)):
            waiting = connect(server, stack, WAITING)
            server.process.send_signal(signal.SIGTERM)
        assert_served(waiting)
        assert server.process.wait(START_SECONDS) == 0
        with pytest.raises(ConnectionRefusedError):
            connect(server, stack, 1)


@pytest.mark.parametrize("first", ["1", "2"])
def test_a_second_server_at_the_same_port_is_refused(tmp_path: Path, environment: Environment, first: str) -> None:
    """It would take connections from the first one, however many workers each has."""
    with serving(tmp_path, WEB_CONCURRENCY=first, **environment) as server, ExitStack() as stack:
        for second in ("1", "2"):
            more = environment | {"WEB_CONCURRENCY": second, "AUTHGRAPH_PORT": str(port(server))}
            assert refusal(run(tmp_path, "serve", **more)).startswith(f"Port {port(server)} of 127.0.0.1 is used")
        assert_served(connect(server, stack, 4))
        assert server.stop() == 0
