"""A graceful stop: connections that are waiting are accepted and get their responses, then the listeners are closed."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from multiprocessing import resource_tracker
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any, Final

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess, multiprocess

from commands.interruption import STOPS
from commands.listening_socket import connect_no_more, is_loopback
from commands.shared_listener import FREE, SharedListener, Shares

START_SECONDS: Final = 120.0
"""How long a worker may take to start. Its start takes a second of a whole processor."""
SPARE: Final = 8
"""How many more workers than at the start may be counted: signals start and replace some."""
HANG_SECONDS: Final = 5
"""How long a worker may take to end after the connections that it had to serve. One that takes longer hangs."""
CONNECT_SECONDS: Final = 0.005
"""How long a connection that is being made when the server stops may take: longer than from a proxy in the region.
Whoever connects meanwhile waits for a second. On one machine a connection is made at once."""
TURNS: Final = 3
"""How many iterations of the event loop read what has arrived on open connections."""

logger = logging.getLogger(__name__)


class GracefulServer(Server):
    """uvicorn's server closes its listeners, and the system resets the connections in their backlog. This one
    accepts them first, when no more can come."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._wake: Callable[[], object] = lambda: None
        self._door: socket.socket | None = None
        """The listener once more, for the connections that wait when the server stops. There may be no file descriptor
        for it then."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self.should_exit

    def stop(self) -> None:
        """Tell it to stop. It may be called from any thread."""
        self.should_exit = True
        self._wake()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop because of a signal. Later ones change nothing: for a second SIGINT uvicorn would end what it runs."""
        super().handle_exit(sig, frame)
        self.force_exit = False
        self._wake()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and then accept connections."""
        if sockets:
            # Before it is duplicated: a duplicate that waits would let the accepts of all other workers wait.
            sockets[0].setblocking(False)
            self._door = sockets[0].dup()
        await self._begin_to_accept(sockets or [])

    async def _begin_to_accept(self, sockets: list[socket.socket]) -> None:
        await super().startup(sockets)

    async def main_loop(self) -> None:
        """Wait until it is told to stop. uvicorn looks ten times a second, and all the time that one of several workers
        takes to notice, no connection is made."""
        loop = asyncio.get_running_loop()
        looking = loop.create_task(super().main_loop())
        self._wake = partial(loop.call_soon_threadsafe, looking.cancel)
        await asyncio.wait({looking})
        # The event loop will be closed, and signals may still come.
        self._wake = lambda: None
        if not looking.cancelled():
            # It has returned, or raises its error.
            await looking

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve the connections that exist by now, and no later ones."""
        if sockets:
            self._connect_no_more(sockets[0])
            if not is_loopback(sockets[0]):
                await asyncio.sleep(CONNECT_SECONDS)
            for connection in await self._close_listeners(sockets):
                await self._take(connection)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _connect_no_more(self, listener: socket.socket) -> None:
        connect_no_more(listener)

    async def _close_listeners(self, sockets: list[socket.socket]) -> list[socket.socket]:
        """Close the listeners, and return the connections that were waiting."""
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        # The event loop closes its own descriptors in its next iteration.
        await asyncio.sleep(0)
        waiting: list[socket.socket] = []
        if self._door is None:
            return waiting
        with self._door as door:
            door.setblocking(False)
            # Until no further connection is waiting, or there is no descriptor for one.
            with suppress(OSError):
                while True:
                    waiting.append(door.accept()[0])
        return waiting

    async def _take(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


class OpenConnections(set[Any]):
    """uvicorn's set of open connections. `ended` is called after each has ended."""

    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = ended

    def discard(self, connection: Any) -> None:
        """Forget a connection that has ended."""
        super().discard(connection)
        self._ended()


class SharingServer(GracefulServer):
    """A graceful server that accepts its share of the connections."""

    def __init__(self, config: Config, shares: Shares, place: int) -> None:
        super().__init__(config)
        self._shares = shares
        self._place = place
        self._listener: SharedListener | None = None
        self._taking: set[asyncio.Task[None]] = set()
        self.server_state.connections = OpenConnections(self._note)

    async def _begin_to_accept(self, sockets: list[socket.socket]) -> None:
        await super()._begin_to_accept([])
        if sockets:
            self._listener = SharedListener(sockets[0], self._shares, self._place, self._begin, self._count)

    def _connect_no_more(self, listener: socket.socket) -> None:
        """Leave new connections to the other workers. If all stop, their parent has done it."""

    async def _close_listeners(self, sockets: list[socket.socket]) -> list[socket.socket]:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        waiting = await super()._close_listeners(sockets)
        if self._taking:
            await asyncio.wait(self._taking)
        return waiting

    def _begin(self, connection: socket.socket) -> None:
        task = asyncio.get_running_loop().create_task(self._take(connection))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    def _note(self) -> None:
        if self._listener is not None:
            self._listener.note()

    def _count(self) -> int:
        return len(self.server_state.connections) + len(self._taking)


class Worker(multiprocess.Process):
    """A process that runs a graceful server."""

    ending: str = ""
    """How it ended, if it is to be replaced."""
    has_responded: bool = False
    """Whether it has imported its modules, and responds to its parent."""
    asked: float | None = None
    """When its parent asked it for the first time."""
    told: float | None = None
    """When it was told to stop."""

    def __init__(self, shares: Shares, config: Config, sockets: list[socket.socket]) -> None:
        self._shares = shares
        self._place = shares.claim()
        super().__init__(config, sockets)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the server, which makes its application without looking for garbage."""
        gc.disable()
        # Before the thread that responds to the parent asks for it.
        self._server = SharingServer(self.config, self._shares, self._place)
        super().target(sockets)

    def start(self) -> None:
        """Start it with SIGINT blocked: a terminal sends that to all, and the parent tells its workers to stop."""
        # It unblocks the signals when it starts with the first worker.
        resource_tracker.ensure_running()
        former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)

    def is_alive(self, timeout: float = 5) -> bool:
        """Whether it responds to its parent within so many seconds, or starts: that takes longer with a fraction of a
        processor, and the parent, which watches the others and handles signals, does not wait for it."""
        if self.has_responded or not self.process.is_alive():
            return super().is_alive(timeout)
        if self.asked is None:
            self.asked = monotonic()
            self.parent_conn.send(b"ping")
        if self.parent_conn.poll():
            self.parent_conn.recv()
            self.has_responded = True
        return self.has_responded or monotonic() - self.asked < START_SECONDS

    def kill(self) -> None:
        """End it, if it has not ended by itself. uvicorn does so before it replaces a worker."""
        self.ending = _ending(self.exitcode)
        super().kill()

    def terminate(self) -> None:
        """Tell it to stop, and note when, because it has so long to end."""
        self.told = monotonic()
        super().terminate()

    def join(self) -> None:
        """Wait for its end, after which another worker may have its place. One that hangs when it is told to stop is
        killed. Otherwise the parent would wait forever: it would replace no worker and handle no signal."""
        patience = (self.config.timeout_graceful_shutdown or 0) + HANG_SECONDS
        # Workers that were told at the same time have the same time.
        passed = 0 if self.told is None else monotonic() - self.told
        self.process.join(max(patience - passed, 0))
        if self.process.is_alive():
            logger.warning("Worker %d did not stop and was killed.", self.pid)
            self.process.kill()
        super().join()
        self._shares.note(self._place, FREE)


def _ending(exitcode: int | None) -> str:
    if exitcode is None:
        return "did not respond and was killed"
    if exitcode < 0:
        return f"was ended by signal {-exitcode} ({signal.strsignal(-exitcode)})"
    return f"ended with exit status {exitcode}"


class Stop(Event):
    """Whether the workers were told to stop. A signal counts before its turn, which a restart of all workers puts
    off."""

    def __init__(self, signals: Collection[int]) -> None:
        super().__init__()
        self._signals = signals

    def is_set(self) -> bool:
        """Whether it was set, or a signal will set it."""
        return super().is_set() or not {*STOPS}.isdisjoint(self._signals)


class Workers(Multiprocess):
    """All workers. The parent accepts no connections, so it must close its copies of the listeners as well."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        # uvicorn's supervisor has no parameter for its class of processes, so it is replaced here.
        shares = Shares(config.workers + SPARE)
        multiprocess.Process = partial(Worker, shares)  # type: ignore[misc, assignment]
        super().__init__(config, sockets)
        self.should_exit = Stop(self.signal_queue)

    @property
    def is_stopping(self) -> bool:
        """Whether they were told to stop."""
        return self.should_exit.is_set()

    def stop(self) -> None:
        """Tell the workers to stop. It may be called from any thread."""
        self.should_exit.set()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that ended or hang, and say so: the log leaves out the level of uvicorn's own line. A
        worker is not replaced if all are to stop meanwhile."""
        former = [*self.processes]
        super().keep_subprocess_alive()
        for process, current in zip(former, self.processes, strict=True):
            if isinstance(process, Worker) and process.ending:
                replaced = "" if process is current else " Another one replaces it."
                logger.warning("Worker %d %s.%s", process.pid, process.ending, replaced)

    def terminate_all(self) -> None:
        """Close the parent's listeners before the workers are told to stop."""
        for listener in self.sockets:
            connect_no_more(listener)
            listener.close()
        super().terminate_all()
