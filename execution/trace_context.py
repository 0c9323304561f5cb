"""The trace that a request belongs to: that of its `traceparent` header, as W3C Trace Context defines it."""

import re
from contextvars import ContextVar
from typing import Final, NamedTuple

LONGEST: Final = 256
"""Longer values of later versions are not read."""

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class TraceContext(NamedTuple):
    """The trace, and the span in it that caused the request."""

    trace_id: str
    """32 hexadecimal digits."""
    parent_id: str
    """16 hexadecimal digits."""
    sampled: bool
    """Whether the caller records the trace."""


TRACE: ContextVar[TraceContext | None] = ContextVar("trace", default=None)
"""Set by the transport before the executor runs; None for a request that says nothing of a trace."""


def read_traceparent(header: bytes) -> TraceContext | None:
    """What the header says; None if it is not valid, which is as if it was not there.

    A later version may have more at the end (https://www.w3.org/TR/trace-context/#versioning-of-traceparent).
    """
    found = _TRACEPARENT.fullmatch(header) if len(header) <= LONGEST else None
    if found is None or (found[1] == b"00" and found[5] is not None):
        return None
    return TraceContext(found[2].decode(), found[3].decode(), bool(int(found[4], 16) & 1))
