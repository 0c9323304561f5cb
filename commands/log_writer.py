"""Lines of the log, gathered and written by a thread.

A write for each line would take as long as the shortest operation, and whoever reads standard error slowly would hold
up the event loop.
"""

import logging
import os
import select
import sys
import threading
from collections import deque
from typing import Final, TextIO

from execution.metrics import LOST_LINES

GATHER_SECONDS: Final = 0.05
"""How long the writer pauses between two writes, so that many lines need one. Warnings and errors do not wait."""
MOST_CHARACTERS: Final = 4 * 1024 * 1024
"""The most characters of lines that wait. Further lines are dropped and counted."""
FLUSH_SECONDS: Final = 2.0
"""How long the end of a process waits for its last lines to be written."""


class LogWriter(logging.Handler):
    """Formats each record at once, and writes the lines soon, in their order.

    What waits is written when the process ends, unless it is killed.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream: TextIO | None = stream or sys.stderr
        """None in a process that was started without standard error."""
        self._lines: deque[str] = deque()
        self._added = 0
        self._taken = 0
        self._lost = 0
        self._is_writing = False
        self._is_awake = False
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._written = threading.Condition()
        self._writer: threading.Thread | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        """As every handler does, without calls for a lock that is free and for filters that nobody has added."""
        if self.filters or self.lock is None:
            return bool(super().handle(record))
        with self.lock:
            self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line to those that wait."""
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        # `_added` changes under the lock of the handler, and `_taken` in the writer only.
        if self._added - self._taken > MOST_CHARACTERS:
            self._lost += 1
            LOST_LINES.add(1)
            return
        self._added += len(line)
        self._lines.append(line)
        if record.levelno >= logging.WARNING:
            self._hurry.set()
        if not self._is_awake:
            self._is_awake = True
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_lines, name="log", daemon=True)
                self._writer.start()
            self._wake.set()

    def flush(self) -> None:
        """Wait until all lines are written, but not for long."""
        self._hurry.set()
        self._wake.set()
        with self._written:
            self._written.wait_for(lambda: not (self._lines or self._lost or self._is_writing), FLUSH_SECONDS)

    def _write_lines(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._lines or self._lost:
                self._write()
                self._hurry.wait(GATHER_SECONDS)
                self._hurry.clear()
            self._is_awake = False
            if self._lines or self._lost:
                # A line came in between, and found the writer awake.
                self._wake.set()

    def _write(self) -> None:
        self._is_writing = True
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        taken = sum(map(len, lines))
        lost, self._lost = self._lost, 0
        if lost:
            lines.append(self._notice(lost))
        text = "\n".join(lines) + "\n"
        try:
            self._put(text)
        except (OSError, ValueError):
            # Nobody reads the log any more; the server goes on.
            LOST_LINES.add(len(lines))
        with self._written:
            self._taken += taken
            self._is_writing = False
            self._written.notify_all()

    def _put(self, text: str) -> None:
        """Write a text without a lock of Python's, which others who write to the stream would wait for."""
        if self._stream is None:
            return
        try:
            descriptor = self._stream.fileno()
        except (AttributeError, OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
            return
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BlockingIOError:
                # Another program that has the same terminal or pipe lets no write to it wait.
                writable = select.poll()
                writable.register(descriptor, select.POLLOUT)
                writable.poll()

    def _notice(self, lost: int) -> str:
        message = f"{lost} lines of the log were dropped, because standard error took none."
        return self.format(logging.LogRecord("authgraph", logging.WARNING, __file__, 0, message, None, None))
