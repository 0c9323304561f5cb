"""How the process keeps memory: what one response frees, the next one needs."""

import ctypes
import gc
from contextlib import suppress
from typing import Final

GARBAGE_OBJECTS: Final = 10_000
"""New objects between two collections."""
KEPT_BYTES: Final = 8 * 1024 * 1024
"""Freed memory at the end of the heap that is not given back to the system."""
HEAP_BYTES: Final = 1024 * 1024
"""What is larger gets memory of its own from the system, and is given back when it is freed."""
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""Names of glibc's malloc.h."""


def settle_memory() -> None:
    """Leave what lives as long as the worker alone, and keep what long responses free.

    Collecting garbage among all of it, too, would hold up every request under way for some 40 ms; and a list of users
    alone makes thousands of objects, none of them garbage until it is answered. A response of 200 KB that is given
    back to the system each time costs 65 page faults, a thirtieth of the time of a list.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    # Other C libraries have no such function, or another one.
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(M_MMAP_THRESHOLD, HEAP_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
