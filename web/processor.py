"""How long the process has waited for a processor that others used."""

import os
from collections.abc import Callable
from functools import cache
from typing import Final

SCHEDULE: Final = "/proc/self/schedstat"
"""For the main thread, which runs the event loop: nanoseconds on a processor, nanoseconds of waiting for one, and
the number of time slices (Linux, Documentation/scheduler/sched-stats.rst)."""
NANOSECONDS: Final = 1e9


@cache
def waiting_clock() -> Callable[[], float]:
    """A clock in seconds that advances while the process could run and has no processor.

    If other processes, or a limit of the container, leave it a third of a processor, work takes three times as long.
    Only Linux provides this; elsewhere the clock stands still.
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
    """The second number of the file, converted to seconds."""
    return int(schedule.split()[1]) / NANOSECONDS
