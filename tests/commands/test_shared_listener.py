"""Workers accept from one listener, each its share of the connections."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import uvloop

from commands.listening_socket import listen
from commands.shared_listener import ABSENT, FREE, SLACK, SharedListener, Shares

WAIT: Final = 60
"""Seconds after which a test gives up."""
HELD: Final = 10
"""The connections that a worker has from before."""


class Accepting(SharedListener):
    """The listener of a worker that keeps what it accepts, as many workers as a test needs in one process."""

    def __init__(self, listener: socket.socket, shares: Shares, held: int = 0) -> None:
        self.taken: list[socket.socket] = []
        super().__init__(listener, shares, shares.claim(), self.taken.append, lambda: held + len(self.taken))


@dataclass(slots=True)
class Scene:
    """A listener, and the connections to it."""

    listener: socket.socket
    stack: ExitStack
    workers: list[Accepting] = field(default_factory=list)

    def worker(self, shares: Shares, held: int = 0, of: type[socket.socket] = socket.socket) -> Accepting:
        """One more worker, which has some connections from before."""
        listener = self.stack.enter_context(of(fileno=self.listener.dup().detach()))
        worker = Accepting(listener, shares, held)
        self.stack.callback(worker.close)
        self.workers.append(worker)
        return worker

    def connect(self, count: int) -> None:
        """Open connections, which wait until the event loop runs."""
        for _ in range(count):
            self.stack.enter_context(socket.create_connection(self.listener.getsockname(), WAIT))

    async def accepted(self, count: int) -> list[int]:
        """Wait until so many are accepted, and return how many each worker has accepted."""
        while sum(len(worker.taken) for worker in self.workers) < count:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.001)
        for worker in self.workers:
            for connection in worker.taken:
                self.stack.enter_context(connection)
        return [len(worker.taken) for worker in self.workers]


@contextmanager
def scene() -> Iterator[Scene]:
    """A listener that has no workers yet."""
    with ExitStack() as stack:
        yield Scene(stack.enter_context(listen("127.0.0.1", 0)), stack)


def run(test: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    """Run a test in the event loop that workers have."""

    async def within() -> None:
        with scene() as made:
            async with asyncio.timeout(WAIT):
                await test(made)

    uvloop.run(within())


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("count", [16, 64, 256, 1024])
def test_connections_that_are_opened_at_once_are_shared(workers: int, count: int) -> None:
    """Nobody has more than the mean, the slack, the one that puts it ahead, and one that it accepts when it returns in
    the same moment as the others."""

    async def share(made: Scene) -> None:
        shares = Shares(workers)
        for _ in range(workers):
            made.worker(shares)
        made.connect(count)
        accepted = await made.accepted(count)
        mean = count / workers
        assert sum(accepted) == count
        assert max(accepted) <= mean + mean / SLACK + 2, accepted

    run(share)


@pytest.mark.parametrize("count", [1, 5, HELD])
def test_the_one_with_fewer_connections_accepts_the_next_ones(count: int) -> None:
    async def share(made: Scene) -> None:
        shares = Shares(2)
        made.worker(shares, HELD)
        made.worker(shares)
        made.connect(count)
        assert await made.accepted(count) == [0, count]

    run(share)


@pytest.mark.parametrize("count", [1, 16, 64, 256])
@pytest.mark.parametrize("places", [2, 3])
def test_what_a_worker_that_hangs_leaves_is_accepted_by_another(count: int, places: int) -> None:
    """It accepted no connection before, so the other one is ahead all the time."""

    async def share(made: Scene) -> None:
        shares = Shares(places)
        for _ in range(places - 1):
            shares.note(shares.claim(), 0)
        made.worker(shares)
        made.connect(count)
        assert await made.accepted(count) == [count]

    run(share)


@pytest.mark.parametrize("number", [ABSENT, FREE])
def test_nobody_waits_for_a_worker_that_accepts_no_connections(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """It starts or stops, or there is none. The other one is never ahead, and never leaves."""
    monkeypatch.setattr(SharedListener, "_leave", lambda _: pytest.fail("It left."))

    async def share(made: Scene) -> None:
        shares = Shares(2)
        shares.note(shares.claim(), number)
        made.worker(shares)
        made.connect(64)
        assert await made.accepted(64) == [64]

    run(share)


@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_listener_that_is_closed_leaves_everything_to_the_others(is_ahead: bool) -> None:
    """Also if it would have returned a moment later."""

    async def share(made: Scene) -> None:
        shares = Shares(2)
        closed = made.worker(shares)
        if is_ahead:
            shares.note(1, 0)
            made.connect(1)
            assert await made.accepted(1) == [1]
            made.connect(1)
            while closed._return is None:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)
        closed.close()
        shares.note(1, FREE)
        assert shares.counts == []
        already = len(closed.taken)
        made.connect(16)
        made.worker(shares)
        assert await made.accepted(16 + 2 * already) == [already, 16 + already]

    run(share)


class WithoutDescriptors(socket.socket):
    """A listener of a process that has no descriptors left for some time."""

    refused = 0

    def accept(self) -> Any:
        """Fail a few times, as the system does."""
        if self.refused < 3:
            self.refused += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_a_connection_waits_for_a_descriptor_and_the_worker_does_not_ask_all_the_time() -> None:
    async def share(made: Scene) -> None:
        worker = made.worker(Shares(1), of=WithoutDescriptors)
        made.connect(1)
        while worker._return is None:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)
        assert await made.accepted(1) == [1]

    run(share)


@pytest.mark.parametrize(
    ("counts", "count", "is_ahead"),
    [
        ((), 0, False),
        ((7,), 7, False),
        ((0, 0), 0, False),
        ((1, 0), 1, True),
        ((1, 0), 0, False),
        ((8, 8), 8, False),
        ((9, 8), 9, True),
        ((33, 31), 33, False),
        ((34, 30), 34, True),
        ((330, 310), 330, False),
        ((331, 309), 331, True),
        ((5, 3, 1), 3, False),
        ((5, 3, 1), 5, True),
        ((5, ABSENT, FREE), 5, False),
        ((5, ABSENT, 4, FREE), 5, True),
    ],
)
def test_a_worker_is_ahead_with_more_than_the_mean_and_a_32nd_of_it(
    counts: tuple[int, ...], count: int, is_ahead: bool
) -> None:
    """Workers that start or stop do not count."""
    shares = Shares(max(1, len(counts)))
    for place, number in enumerate(counts):
        shares.note(place, number)
    assert shares.is_ahead(count) is is_ahead


def test_a_place_is_claimed_again_once_it_is_free() -> None:
    """Workers beyond the places share the first one: their balance suffers, and nothing else."""
    shares = Shares(3)
    assert [shares.claim() for _ in range(3)] == [0, 1, 2]
    assert shares.counts == []
    shares.note(1, FREE)
    assert [shares.claim(), shares.claim()] == [1, 0]
    shares.note(2, 4)
    assert shares.counts == [4]


@pytest.mark.parametrize("refused", [False, True], ids=["as on macOS", "forbidden in a container"])
def test_without_files_in_memory_a_temporary_one_is_used(refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> int:
        raise PermissionError

    if refused:
        monkeypatch.setattr("os.memfd_create", refuse)
    else:
        monkeypatch.delattr("os.memfd_create")
    shares = Shares(2)
    shares.note(shares.claim(), 6)
    assert shares.counts == [6]
