"""The request id, which appears in the response, its log lines and its errors."""

from contextvars import ContextVar

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Set by the transport before the executor runs; empty outside a request."""
