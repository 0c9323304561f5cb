"""The time limit of operations, with one timer for all of them: `asyncio.timeout` sets a timer for each."""

import asyncio
from types import TracebackType
from typing import Self


class Deadlines:
    """The operations in progress. Each may take `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Deadline, None] = {}
        """In the order in which they began, which is that in which they expire."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> "Deadline":
        """Begin an operation in the current task, which must enter the result at once."""
        loop = asyncio.get_running_loop()
        deadline = Deadline(loop.time() + self._seconds, self._running)
        if self._timer is None:
            self._timer = loop.call_at(deadline.ends, self._end_late, loop)
        return deadline

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the operations whose time is over, and set the timer for the next one."""
        now = loop.time()
        for deadline in [deadline for deadline in self._running if deadline.ends <= now]:
            deadline.expire()
        following = next(iter(self._running), None)
        self._timer = None if following is None else loop.call_at(following.ends, self._end_late, loop)


class Deadline:
    """The time limit of one operation. It is a context manager like that of `asyncio.timeout`: at the end of the time
    it cancels the task, and turns that cancellation into `TimeoutError`."""

    __slots__ = ("_cancellations", "_running", "_task", "ends", "expired")

    def __init__(self, ends: float, running: "dict[Deadline, None]") -> None:
        self.ends = ends
        """When it ends, on the event loop's clock."""
        self.expired = False
        self._running = running

    def __enter__(self) -> Self:
        """Note the task that is cancelled at the end of the time."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("An operation runs in a task.")
        self._task = task
        self._cancellations = task.cancelling()
        self._running[self] = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Forget the task. Raises `TimeoutError` in place of a cancellation for the end of the time alone."""
        self._running.pop(self, None)
        if self.expired and self._task.uncancel() <= self._cancellations and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """Cancel the operation, because its time is over."""
        del self._running[self]
        self.expired = True
        self._task.cancel()
