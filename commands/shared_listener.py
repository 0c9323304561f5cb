"""The listener that all workers accept from, each no more than its share of the connections.

All wait at the same listener, so a connection needs no certain worker: whichever hangs, starts or ends, another one
accepts it. A worker that has more connections than the mean leaves those that wait to the others. If they are still
there a moment later, the others are busy or hang, and it accepts some.
"""

import asyncio
import mmap
import os
import socket
from collections.abc import Callable
from multiprocessing.reduction import DupFd
from tempfile import TemporaryFile
from typing import Any, Final

MOST_AT_ONCE: Final = 16
"""The most connections that a worker accepts in one iteration of its event loop."""
LEAVE_SECONDS: Final = 0.002
"""How long a worker that is ahead leaves the listener to the others. Those that are idle need a tenth of that."""
PATIENCE: Final = 8
"""When a worker that is ahead returns, it accepts one connection, and one more for every so many returns in a row. The
others may hang, or only wait for a processor."""
SLACK: Final = 32
"""A worker is ahead if it has more than the mean and one of so many parts of it. Otherwise a thousand connections that
are opened at once would be accepted in pairs."""
ABSENT: Final = -1
"""Instead of a number of connections: the worker starts or stops, and accepts none."""
FREE: Final = -2
"""Instead of a number of connections: no worker has the place."""


class Shares:
    """How many connections each worker has, in memory that the workers and their parent share.

    Each worker has a place there, which only it writes while it runs. The numbers are those of a moment ago, which is
    enough to share evenly, so nobody waits for a lock.
    """

    def __init__(self, places: int) -> None:
        self._file = _memory(8 * places)
        self._map()
        self._counts[:] = memoryview(FREE.to_bytes(8, "little", signed=True) * places).cast("q")

    def __getstate__(self) -> Any:
        """What is passed to a process that starts."""
        return DupFd(self._file)

    def __setstate__(self, file: Any) -> None:
        self._file = file.detach()
        self._map()

    def _map(self) -> None:
        self._counts = memoryview(mmap.mmap(self._file, 0)).cast("q")

    @property
    def counts(self) -> list[int]:
        """The connections of each worker that accepts some."""
        return [count for count in self._counts.tolist() if count >= 0]

    def claim(self) -> int:
        """A place for a worker that starts. Only their parent calls it. Workers beyond the places share one."""
        counts = self._counts.tolist()
        place = counts.index(FREE) if FREE in counts else 0
        self.note(place, ABSENT)
        return place

    def note(self, place: int, count: int) -> None:
        """Note how many connections a worker has, or `ABSENT` or `FREE`."""
        self._counts[place] = count

    def is_ahead(self, count: int) -> bool:
        """Whether a worker with so many connections leaves the next one to the others."""
        counts = self.counts
        total = sum(counts)
        return SLACK * (count * len(counts) - total) > total


def _memory(size: int) -> int:
    """The descriptor of a file in memory, because a container may have no file system that can be written."""
    try:
        file = os.memfd_create("connections")
    except (AttributeError, OSError):
        # Other systems have none, and a container may forbid it.
        with TemporaryFile() as temporary:
            file = os.dup(temporary.fileno())
    os.ftruncate(file, size)
    return file


class SharedListener:
    """Accepts connections for one worker until it is closed, which leaves the socket itself open.

    `take` is called with each connection, and `count` returns how many the worker has, with those just taken.
    """

    def __init__(
        self,
        listener: socket.socket,
        shares: Shares,
        place: int,
        take: Callable[[socket.socket], None],
        count: Callable[[], int],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._shares = shares
        self._place = place
        self._take = take
        self._count = count
        self._return: asyncio.TimerHandle | None = None
        """Set while the listener is left to the others."""
        self._returns = 0
        """How many times in a row it was still ahead when it returned, and connections were waiting."""
        listener.setblocking(False)
        self.note()
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Leave the connections that wait to the other workers."""
        self._loop.remove_reader(self._listener)
        if self._return is not None:
            self._return.cancel()
        self._shares.note(self._place, ABSENT)

    def note(self) -> int:
        """Let the others see how many connections this worker has. Returns their number."""
        count = self._count()
        self._shares.note(self._place, count)
        return count

    @property
    def _is_ahead(self) -> bool:
        return self._shares.is_ahead(self.note())

    def _accept(self) -> None:
        """Accept what waits, until this worker is ahead."""
        for _ in range(MOST_AT_ONCE):
            if self._is_ahead:
                self._leave()
                return
            if not self._accept_one():
                return
            self._returns = 0

    def _accept_one(self) -> bool:
        """Whether there was a connection."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            # Another worker was faster.
            return False
        except OSError:
            # There is no descriptor for it, and it stays where it is.
            self._leave()
            return False
        self._take(connection)
        return True

    def _leave(self) -> None:
        self._loop.remove_reader(self._listener)
        self._return = self._loop.call_later(LEAVE_SECONDS, self._come_back)

    def _come_back(self) -> None:
        self._return = None
        self._loop.add_reader(self._listener, self._accept)
        if not self._is_ahead:
            self._accept()
            return
        self._returns += 1
        for _ in range(min(1 + self._returns // PATIENCE, MOST_AT_ONCE)):
            if not self._accept_one():
                self._returns = 0
                return
