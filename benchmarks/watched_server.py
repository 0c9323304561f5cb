"""This server, with a note of each long turn of its event loop: `python -m benchmarks.watched_server FILE`.

A timer of a millisecond is due in every turn. So the time between two of its calls is that of a turn, and at most two
milliseconds more. The CPU time that the process has used meanwhile tells a turn that was long by our own doing from one
in which the machine ran other programs.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import orjson

from execution import metrics

EACH_SECONDS: Final = 0.001
LONG_SECONDS: Final = 0.004
"""Shorter turns are not noted."""
MOST_TURNS: Final = 200_000
LIST_COST: Final = 100
"""An operation that costs as much is a list: the others of the benchmarks cost a tenth of it."""

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the event loop. Times are in seconds; `at` is by the clock of `perf_counter`, which all processes of
    a machine share."""

    at: float
    wall: float
    cpu: float
    """CPU time of all threads of the process, because others may hold the lock of the interpreter; at most `wall`."""
    operations: int
    """How many operations ended in it."""
    lists: int
    """How many of them were lists."""


@dataclass(slots=True)
class Watch:
    """Notes the long turns of the loop that it is started in."""

    clock: Callable[[], float] = perf_counter
    cpu_clock: Callable[[], float] = process_time
    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))
    _at: float = 0.0
    _cpu: float = 0.0
    _operations: int = 0
    _lists: int = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at every turn from now on, until the loop ends."""
        self._at, self._cpu = self.clock(), self.cpu_clock()

        def look() -> None:
            self.look()
            loop.call_later(EACH_SECONDS, look)

        loop.call_later(EACH_SECONDS, look)

    def look(self) -> None:
        """End a turn of the event loop, and note it if it was long."""
        at, cpu = self.clock(), self.cpu_clock()
        wall = at - self._at
        if wall >= LONG_SECONDS:
            self.turns.append(Turn(at, wall, min(cpu - self._cpu, wall), self._operations, self._lists))
        self._at, self._cpu, self._operations, self._lists = at, cpu, 0, 0

    def count(self, cost: int) -> None:
        """Note that an operation has ended."""
        self._operations += 1
        self._lists += cost >= LIST_COST


def write(file: Path, turns: Iterable[Turn]) -> None:
    """Store turns as JSON, in the form that `read` takes."""
    file.write_bytes(orjson.dumps([asdict(turn) for turn in turns]))


def read(file: Path) -> list[Turn]:
    """The turns that a server has noted until it ended."""
    return [Turn(**turn) for turn in orjson.loads(file.read_bytes())]


def watched(application: Asgi, file: Path, watch: Watch) -> Asgi:
    """The application. The turns of its loop are written to the file when it ends."""

    async def run(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        watch.start(asyncio.get_running_loop())
        try:
            await application(scope, receive, send)
        finally:
            write(file, watch.turns)

    return run


def create_application() -> Asgi:
    """What uvicorn calls in place of the function of this name in `server`."""
    from server import create_application

    watch = Watch()
    count_operation = metrics.count_operation

    def count(kind: str, code: str, seconds: float, waited: float, cost: int) -> None:
        watch.count(cost)
        count_operation(kind, code, seconds, waited, cost)

    vars(metrics)["count_operation"] = count
    return watched(create_application(), Path(sys.argv[1]), watch)


def main() -> None:
    """Serve as `server.py serve` does, by the settings of the environment."""
    from commands import serve

    vars(serve)["FACTORY"] = f"{Path(__file__).parent.name}.{Path(__file__).stem}:create_application"
    serve.main()


if __name__ == "__main__":
    main()
