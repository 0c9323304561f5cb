"""What work costs this process: time on the processor, and time of waiting for it behind others."""

import os
import time
from collections.abc import Callable
from functools import cache
from typing import Final

SCHEDULE: Final = "/proc/self/schedstat"
"""Of the main thread, which runs the event loop: nanoseconds on the processor, nanoseconds of waiting for it, turns
(Linux, Documentation/scheduler/sched-stats.rst)."""
NANOSECONDS: Final = 1e9


@cache
def processor_clock() -> Callable[[], float]:
    """A clock in seconds that advances while the process works or could work.

    Where other processes, or a limit of the container, leave it a third of a processor, work takes three times as long.
    Only Linux tells of the waiting; elsewhere it is left out.
    """
    try:
        schedule = os.open(SCHEDULE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return time.process_time
    try:
        waited_seconds(os.pread(schedule, 64, 0))
    except (OSError, ValueError, IndexError):
        os.close(schedule)
        return time.process_time
    return lambda: time.process_time() + waited_seconds(os.pread(schedule, 64, 0))


def waited_seconds(schedule: bytes) -> float:
    """The second of the numbers in the file, in seconds."""
    return int(schedule.split()[1]) / NANOSECONDS
