"""How long the process has waited for a processor behind others."""

import os
from collections.abc import Callable
from functools import cache
from typing import Final

SCHEDULE: Final = "/proc/self/schedstat"
"""Of the main thread, which runs the event loop: nanoseconds on the processor, nanoseconds of waiting for it, turns
(Linux, Documentation/scheduler/sched-stats.rst)."""
NANOSECONDS: Final = 1e9


@cache
def waiting_clock() -> Callable[[], float]:
    """A clock in seconds that advances while the process could work and has no processor.

    Where other processes, or a limit of the container, leave it a third of a processor, work takes three times as long.
    Only Linux tells; elsewhere the clock stands still.
    """
    try:
        schedule = os.open(SCHEDULE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return lambda: 0.0
    try:
        waited_seconds(os.pread(schedule, 64, 0))
    except (OSError, ValueError, IndexError):
        os.close(schedule)
        return lambda: 0.0
    return lambda: waited_seconds(os.pread(schedule, 64, 0))


def waited_seconds(schedule: bytes) -> float:
    """The second of the numbers in the file, in seconds."""
    return int(schedule.split()[1]) / NANOSECONDS
