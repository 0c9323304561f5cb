"""S45: a stop resets no connection that has sent a request before, and rejects later connections at once."""

import os
import re
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.processes import Environment, Served, serving
from tests.security.test_production import environment

__all__ = ["environment"]

BODY = b'{"query":"{ caller { kind } }"}'
REQUEST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
MOST_WAITING = 400
WAIT = 60
"""Seconds after which a test gives up."""


def _connect(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), WAIT)


def _answer(connection: socket.socket) -> str:
    """The status of the next response, `end`, or the error that came instead."""
    received = b""
    try:
        while not (match := re.search(rb"content-length: (\d+)\r\n(?:.+\r\n)*\r\n", received)) or len(
            received
        ) < match.end() + int(match[1]):
            packet = connection.recv(65536)
            if not packet:
                return "end"
            received += packet
    except OSError as error:
        return type(error).__name__
    return received.split()[1].decode()


def _workers(server: Served, count: int) -> list[int]:
    """The processes that accept connections."""
    pid = server.process.pid
    if count == 1:
        return [pid]
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.parametrize("count", [1, 2])
def test_s45_who_waits_at_the_door_of_a_busy_server_is_served(
    tmp_path: Path, environment: Environment, count: int
) -> None:
    """New connections in the backlog, and unread requests on kept-alive ones: both were sent before the stop."""
    with serving(tmp_path, WEB_CONCURRENCY=str(count), **environment) as server, ExitStack() as stack:
        kept = [stack.enter_context(_connect(server)) for _ in range(20)]
        for connection in kept:
            connection.sendall(REQUEST)
            assert _answer(connection) == "200"
        workers = _workers(server, count)
        assert len(workers) == count
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        stopped = time.monotonic()
        new: list[socket.socket] = []
        # Long enough that uvicorn, which checks ten times a second whether to stop, does so before it accepts any.
        while len(new) < MOST_WAITING and (len(new) < 40 or time.monotonic() < stopped + 0.5):
            new.append(stack.enter_context(_connect(server)))
            new[-1].sendall(REQUEST)
        for connection in kept:
            connection.sendall(REQUEST)
        server.process.send_signal(signal.SIGTERM)
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        assert Counter(map(_answer, new)) == {"200": len(new)}
        assert Counter(map(_answer, kept)) == {"200": 20}
        assert server.process.wait(WAIT) == 0


@pytest.mark.parametrize("count", [1, 2])
def test_s45_under_load_every_request_is_answered_or_its_connection_refused(
    tmp_path: Path, environment: Environment, count: int
) -> None:
    """Callers with one connection per request get responses, then refused connections, and nothing else."""
    with serving(tmp_path, WEB_CONCURRENCY=str(count), **environment) as server:
        seen: Counter[str] = Counter()
        warm = Event()

        def call() -> None:
            while True:
                try:
                    connection = _connect(server)
                except OSError as error:
                    seen[type(error).__name__] += 1
                    return
                with connection:
                    try:
                        connection.sendall(REQUEST)
                    except OSError as error:
                        seen[type(error).__name__] += 1
                        return
                    seen[_answer(connection)] += 1
                if seen["200"] > 200:
                    warm.set()

        callers = [Thread(target=call) for _ in range(16)]
        for caller in callers:
            caller.start()
        assert warm.wait(WAIT)
        server.process.send_signal(signal.SIGTERM)
        for caller in callers:
            caller.join(WAIT)
        assert server.process.wait(WAIT) == 0
    assert seen.keys() == {"200", "ConnectionRefusedError"}, seen
    assert seen["ConnectionRefusedError"] == 16
