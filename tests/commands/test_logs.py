"""The lines of the log, in production and in development."""

import logging
import sys

import orjson

from commands.logs import JsonLines
from execution.request_id import REQUEST_ID


def _record(message: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    error = None
    if failed:
        try:
            raise ValueError("odd")
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("authgraph", logging.ERROR, __file__, 1, message, arguments, error)


def test_a_line_is_one_object() -> None:
    """It has the time in UTC, and no empty fields."""
    line = orjson.loads(JsonLines().format(_record("Two\nlines of %s.", "text")))

    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "error", "logger": "authgraph", "message": "Two\nlines of text."}


def test_a_line_names_its_request_and_its_exception() -> None:
    """Both are what an operator searches the log for."""
    token = REQUEST_ID.set("abc")
    try:
        text = JsonLines().format(_record("It failed.", failed=True))
    finally:
        REQUEST_ID.reset(token)

    assert "\n" not in text
    line = orjson.loads(text)
    assert line["requestId"] == "abc"
    assert line["exception"].endswith("ValueError: odd")
