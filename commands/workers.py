"""A stop that resets nobody: who is at the door is let in and answered, then the door is closed everywhere."""

import asyncio
import signal
import socket
from multiprocessing import resource_tracker
from typing import Final

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess, multiprocess

from commands.interruption import STOPS

TURNS: Final = 3
"""Turns of the event loop in which what has arrived on open connections is read."""


class GracefulServer(Server):
    """uvicorn's server closes its listeners, and the system resets the connections that wait in their backlog."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self.should_exit

    def stop(self) -> None:
        """Tell it to stop, from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve who has come until now, and nobody later."""
        for connection in await self._close_listeners(sockets or []):
            await self._take(connection)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    async def _close_listeners(self, sockets: list[socket.socket]) -> list[socket.socket]:
        """The connections that were waiting. Between the last of them and the end is no time to make another."""
        if not sockets:
            return []
        door = sockets[0].dup()
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        # The event loop closes its own descriptors in a turn of its own.
        await asyncio.sleep(0)
        door.setblocking(False)
        waiting = []
        while True:
            try:
                waiting.append(door.accept()[0])
            except OSError:
                # There is no other, or no descriptor for another.
                door.close()
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


class Worker(multiprocess.Process):
    """A process that runs a graceful server."""

    @property
    def server(self) -> Server:
        """Made in the process that runs it."""
        if self._server is None:
            self._server = GracefulServer(self.config)
        return self._server

    def start(self) -> None:
        """Start it with SIGINT blocked: a terminal sends that to all, and the parent tells its workers to stop."""
        # It unblocks the signals when it starts with the first worker.
        resource_tracker.ensure_running()
        former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, former)


class Workers(Multiprocess):
    """All workers. The parent accepts nobody, so it must not keep the door open when they have closed it."""

    def __init__(self, config: Config, sockets: list[socket.socket]) -> None:
        # uvicorn's supervisor finds its class of processes here, and takes no other.
        multiprocess.Process = Worker  # type: ignore[misc]
        super().__init__(config, sockets)

    @property
    def is_stopping(self) -> bool:
        """Whether they were told to stop; a signal waits up to half a second before it is acted upon."""
        return self.should_exit.is_set() or not {*STOPS}.isdisjoint(self.signal_queue)

    def stop(self) -> None:
        """Tell them to stop, from any thread."""
        self.should_exit.set()

    def terminate_all(self) -> None:
        """Tell them to stop."""
        for listener in self.sockets:
            listener.close()
        super().terminate_all()
