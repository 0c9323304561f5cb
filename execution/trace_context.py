"""The trace that a request belongs to: that of its `traceparent` header, as W3C Trace Context defines it."""

import re
from contextvars import ContextVar
from typing import Final, NamedTuple

LONGEST: Final = 256
"""Longer values of later versions are not read."""

_TRACEPARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class TraceContext(NamedTuple):
    """The trace, the span in it that caused the request, and the span of the request itself."""

    trace_id: str
    """32 hexadecimal digits, not all of them 0."""
    parent_id: str
    """16 hexadecimal digits; empty for a request that begins a trace."""
    sampled: bool
    """Whether the trace is recorded: by the caller, or if traces are on, here."""
    span_id: str = ""
    """16 hexadecimal digits; empty if traces are off."""

    @property
    def header(self) -> bytes:
        """The value of `traceresponse`, with which a response names the span of its request."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}".encode()


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
