"""The trace of a request, by its headers."""

from execution.trace_context import TRACE, read_traceparent
from execution.tracing import Tracer
from web.headers import RequestHeaders
from web.http_response import HeaderPairs


def begin_trace(headers: RequestHeaders, tracer: Tracer | None) -> HeaderPairs:
    """Set `TRACE` for a request. Returns the headers with which the response names its trace: none if traces are
    off."""
    traceparent = headers.get(b"traceparent")
    parent = read_traceparent(traceparent) if traceparent is not None else None
    if tracer is not None:
        trace = tracer.begin(parent)
        TRACE.set(trace)
        return ((b"traceresponse", trace.header),)
    # None too: other servers begin a pipelined request in the context of the one before it.
    if parent is not None or TRACE.get() is not None:
        TRACE.set(parent)
    return ()
