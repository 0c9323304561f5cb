"""Restarts the local engine of a running server when it ends, a limited number of times."""

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
"""The most restarts within `SPAN_SECONDS`. If more are needed, something ends the engine again and again."""
SPAN_SECONDS: Final = 300.0
"""Longer than all restarts take if each of them fails by waiting."""
FIRST_PAUSE_SECONDS: Final = 0.1
"""The pause before the first restart of a span. It doubles with each further restart."""
LOOK_SECONDS: Final = 0.2
"""The time between two checks of the engine."""

logger = logging.getLogger(__name__)


class Stoppable(Protocol):
    """A server, or the supervisor of several."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""

    def stop(self) -> None:
        """Tell it to stop. It may be called from any thread."""


@contextmanager
def watched(engine: LocalEngine | None, server: Stoppable) -> Iterator[None]:
    """Keep the engine running while the server runs. Raises `EngineLost` if it could not be restarted."""
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
    """Restarts the engine when it has ended, and stops the server if that does not help any more."""

    def __init__(self, engine: LocalEngine, server: Stoppable) -> None:
        self.failure: EngineLost | None = None
        self._engine = engine
        self._server = server
        self._restarts: deque[float] = deque()
        """When each restart of the last `SPAN_SECONDS` began."""
        self._closed = Event()

    def run(self) -> None:
        """Watch until `close`, or until the server stops."""
        while not self._closed.wait(LOOK_SECONDS):
            if self._engine.pid is None and not self._revive():
                return

    def close(self) -> None:
        """End the watch and the engine, from another thread. A restart in progress is interrupted."""
        self._closed.set()
        self._engine.halt()

    def _revive(self) -> bool:
        """Restart the engine, in as many attempts as are left. Returns False if the server stops."""
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
        # The server and its engine are often stopped at the same moment.
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
