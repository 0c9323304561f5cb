"""Settings of the process's memory, so that memory freed by one response is used for the next."""

import ctypes
import gc
from contextlib import suppress
from typing import Final

GARBAGE_OBJECTS: Final = 10_000
"""The number of new objects between two garbage collections."""
KEPT_BYTES: Final = 8 * 1024 * 1024
"""Freed memory at the end of the heap up to this size is kept by the process."""
HEAP_BYTES: Final = 1024 * 1024
"""A larger block is requested from the system separately, and returned when it is freed."""
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""Both parameters have the names and values of glibc's malloc.h."""


def settle_memory() -> None:
    """Exclude objects that live as long as the worker from garbage collection, and keep memory that long responses
    free.

    Otherwise a garbage collection would delay every running request by about 40 ms, and a list of users alone makes
    thousands of objects, none of which is garbage before the response is sent. Returning the memory of a response of
    200 KB to the system each time would cause 65 page faults, a thirtieth of the time of a list. What only the start
    needed is returned. Garbage collections, which `serve` does without while it starts, begin.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(GARBAGE_OBJECTS)
    # Other C libraries do not have these functions, or have different ones.
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL("libc.so.6")
        libc.malloc_trim(0)
        libc.mallopt(M_MMAP_THRESHOLD, HEAP_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
