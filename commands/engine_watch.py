"""The local engine under a running server: it is started again when it ends, but not for ever."""

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final, Protocol

from commands.errors import EngineLost
from dynamo.errors import DynamoError
from dynamo.local.engine import LocalEngine

RESTARTS: Final = 5
"""In `SPAN_SECONDS`. Whatever needs another one ends the engine again and again."""
SPAN_SECONDS: Final = 300.0
"""Longer than all restarts take if each of them fails by waiting."""
FIRST_PAUSE_SECONDS: Final = 0.1
"""Before the first restart of a span, and twice as long before each further one."""
LOOK_SECONDS: Final = 0.2
"""Between two looks at the engine."""

logger = logging.getLogger(__name__)


class Stoppable(Protocol):
    """A server, or the supervisor of several."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""

    def stop(self) -> None:
        """Tell it to stop, from any thread."""


@contextmanager
def watched(engine: LocalEngine | None, server: Stoppable) -> Iterator[None]:
    """Keep the engine running, if there is one, while the server does. Raises `EngineLost` once that was given up."""
    if engine is None:
        yield
        return
    watch = EngineWatch(engine, server)
    thread = Thread(target=watch.run, name="engine-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.close()
        thread.join()
    if watch.failure is not None:
        raise watch.failure


class EngineWatch:
    """Starts the engine again when it has ended, and stops the server when that is no use any more."""

    def __init__(self, engine: LocalEngine, server: Stoppable) -> None:
        self.failure: EngineLost | None = None
        self._engine = engine
        self._server = server
        self._restarts: deque[float] = deque()
        """When each of the last `SPAN_SECONDS` began."""
        self._closed = Event()

    def run(self) -> None:
        """Watch until `close`, or until the server stops."""
        while not self._closed.wait(LOOK_SECONDS):
            if self._engine.pid is None and not self._revive():
                return

    def close(self) -> None:
        """End the watch, from another thread, and with it the engine: a start that is under way is broken off."""
        self._closed.set()
        self._engine.halt()

    def _revive(self) -> bool:
        """Start the engine again, in as many attempts as there may be; false when the server stops."""
        ending = self._engine.ending
        refusal: DynamoError | None = None
        while self._may_restart(ending, refusal):
            try:
                self._engine.restart()
            except DynamoError as error:
                refusal = error
            else:
                logger.warning("The local engine %s. The server has restarted it; no confirmed write is lost.", ending)
                return True
        return False

    def _may_restart(self, ending: str, refusal: DynamoError | None) -> bool:
        now = time.monotonic()
        while self._restarts and now - self._restarts[0] > SPAN_SECONDS:
            self._restarts.popleft()
        used_up = len(self._restarts) == RESTARTS
        pause = FIRST_PAUSE_SECONDS * (1 if used_up else 2 ** len(self._restarts))
        # What stops a server often ends its engine in the same moment.
        if self._closed.wait(pause) or self._server.is_stopping:
            return False
        if used_up:
            self.failure = EngineLost(_sentence(ending, refusal))
            self._server.stop()
            return False
        self._restarts.append(now)
        return True


def _sentence(ending: str, refusal: DynamoError | None) -> str:
    tried = f"The local engine {ending}, and {RESTARTS} restarts within {SPAN_SECONDS / 60:.0f} minutes did not help"
    if refusal is not None:
        return f"{tried}. {refusal}"
    return f"{tried}: find the cause, such as a lack of memory, and start the server again."
