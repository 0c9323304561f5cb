"""What a `traceparent` header says."""

import pytest

from execution.trace_context import TraceContext, read_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-00", False),
        (f"00-{TRACE}-{PARENT}-03", True),
        (f"cc-{TRACE}-{PARENT}-01-what-a-later-version-adds", True),
    ],
)
def test_a_trace_is_read_from_every_version(header: str, sampled: bool) -> None:
    assert read_traceparent(header.encode()) == TraceContext(TRACE, PARENT, sampled)


def test_a_header_that_is_not_valid_is_as_none() -> None:
    headers = [
        "",
        TRACE,
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-more",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01, 00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
        f"cc-{TRACE}-{PARENT}-01-{'x' * 300}",
    ]
    assert [header for header in headers if read_traceparent(header.encode()) is not None] == []
