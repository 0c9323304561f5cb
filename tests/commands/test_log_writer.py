"""The thread that writes the lines of the log."""

import io
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from typing import Final

import pytest

from commands import log_writer
from commands.log_writer import LogWriter
from tests.metrics import metric_value

PATIENCE_SECONDS: Final = 60.0
"""How long a test waits for lines that do not come. Lines that are written come within a fraction of a second."""
DROPPED = re.compile(rb"^(\d+) lines of the log were dropped, because standard error took none[.]$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the thread that writes, which on a busy machine may get its turn late."""
    monkeypatch.setattr(log_writer, "FLUSH_SECONDS", PATIENCE_SECONDS)


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    """A record of the log."""
    return logging.LogRecord("authgraph", level, __file__, 1, text, None, None)


@contextmanager
def pipe() -> Iterator[tuple[LogWriter, int]]:
    """A writer to a pipe, and the end to read from."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        yield LogWriter(stream), reading
    os.close(reading)


def test_lines_are_written_in_their_order_and_none_is_lost_at_the_end() -> None:
    with pipe() as (writer, reading):
        for number in range(1000):
            writer.handle(record(f"line {number}"))
        writer.flush()
        assert os.read(reading, 65536).decode().splitlines() == [f"line {number}" for number in range(1000)]


def test_many_lines_need_few_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "GATHER_SECONDS", 3600)
    writes: list[bytes] = []
    written = threading.Semaphore(0)
    write = os.write

    def note(descriptor: int, data: memoryview) -> int:
        writes.append(bytes(data))
        written.release()
        return write(descriptor, data)

    with pipe() as (writer, _):
        monkeypatch.setattr(os, "write", note)
        writer.handle(record("the first"))
        assert written.acquire(timeout=PATIENCE_SECONDS)
        for number in range(100):
            writer.handle(record(f"line {number}"))
        writer.handle(record("a warning does not wait", logging.WARNING))
        assert written.acquire(timeout=PATIENCE_SECONDS)
        writer.flush()
        monkeypatch.undo()
    assert writes[0] == b"the first\n"
    assert len(writes) == 2
    assert writes[1].count(b"\n") == 101


def test_a_reader_who_takes_nothing_holds_nobody_up_and_learns_what_was_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_writer, "MOST_CHARACTERS", 200_000)
    monkeypatch.setattr(log_writer, "FLUSH_SECONDS", 0.001)
    before = metric_value("authgraph_log_lines_lost_total")
    with pipe() as (writer, reading):
        # A pipe holds 64 KiB: after that, each write of the thread waits, and none of these does.
        for _ in range(5000):
            writer.handle(record("x" * 99))
        lost = metric_value("authgraph_log_lines_lost_total") - before
        assert lost > 0
        writer.flush()
        text = b""
        while sum(map(int, DROPPED.findall(text))) < lost:
            text += os.read(reading, 65536)
    assert text.count(b"x" * 99 + b"\n") == 5000 - lost


def test_nobody_reading_ends_no_server() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        writer = LogWriter(stream)
        for text in ("nobody reads this", "nor this"):
            writer.handle(record(text))
            writer.flush()
        assert not writer._lines


def test_a_stream_without_a_descriptor_gets_the_lines_too() -> None:
    stream = io.StringIO()
    writer = LogWriter(stream)
    writer.handle(record("a line"))
    writer.flush()
    assert stream.getvalue() == "a line\n"


def test_no_line_is_lost_where_another_program_has_made_standard_error_non_blocking() -> None:
    with pipe() as (writer, reading):
        assert writer._stream is not None
        os.set_blocking(writer._stream.fileno(), False)
        for number in range(3000):
            writer.handle(record(f"{number:0100}"))
        text = b""
        while text.count(b"\n") < 3000:
            assert select([reading], [], [], PATIENCE_SECONDS)[0], "Nothing more is written."
            text += os.read(reading, 65536)
    assert text.decode().splitlines() == [f"{number:0100}" for number in range(3000)]


def test_a_process_without_standard_error_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    writer = LogWriter()
    for _ in range(2):
        writer.handle(record("nobody reads this"))
        writer.flush()
    assert not writer._lines
    assert writer._taken == writer._added
