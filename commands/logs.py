"""Logging to standard error, set up in one place: lines of JSON in production, plain text in development."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Final

import orjson

from commands.log_writer import LogWriter
from execution.request_id import REQUEST_ID
from execution.trace_context import TRACE

OURS: Final = ("authgraph", "commands", "dynamo", "execution", "resolvers", "schema", "web")

THOUSANDTHS: Final = tuple(f".{number:03}+00:00" for number in range(1000))
"""The end of a time in UTC, by its milliseconds. Looking it up takes half as long as writing it."""


class JsonLines(logging.Formatter):
    """Formats each log record as one JSON object on one line. `docs/observability.md` describes its members."""

    def __init__(self) -> None:
        super().__init__()
        self._second = 0
        self._until_second = ""

    def format(self, record: logging.LogRecord) -> str:
        """The message and its context. Named arguments of the message become members of the object."""
        line: dict[str, object] = {
            "time": self._time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        members = record.args
        if type(members) is dict or isinstance(members, Mapping):
            line |= members
        if request_id := REQUEST_ID.get():
            line["requestId"] = request_id
        if (trace := TRACE.get()) is not None:
            line["traceId"] = trace.trace_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()

    def _time(self, created: float) -> str:
        """The time in UTC. What lines of one second have in common is made once."""
        second = int(created)
        if second != self._second:
            self._until_second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._second = second
        return self._until_second + THOUSANDTHS[int((created - second) * 1000)]


def configure_logs(*, production: bool, gathered: bool = True) -> None:
    """Log our own loggers from INFO on and all others from WARNING on, to standard error.

    `gathered` lines are written by a thread. Otherwise each is written at once.
    """
    # Do not collect what no line shows, which saves a quarter of a line's time (logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    handler = LogWriter(sys.stderr) if gathered else logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if production else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def flush_logs() -> None:
    """Write the lines that wait. A process that a signal ends does not do so by itself."""
    for handler in logging.getLogger().handlers:
        handler.flush()
