"""The lines of the log, in production and in development."""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from commands.logs import JsonLines
from execution.operation_log import OperationRecord, RefusalRecord
from execution.request_id import REQUEST_ID
from execution.trace_context import TRACE, TraceContext


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    """Lines outside of a request, whatever requests earlier tests have made in this thread."""
    request, trace = REQUEST_ID.set(""), TRACE.set(None)
    yield
    REQUEST_ID.reset(request)
    TRACE.reset(trace)


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


def test_a_line_names_the_trace_of_its_request() -> None:
    token = TRACE.set(TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", True))
    try:
        line = orjson.loads(JsonLines().format(_record("text")))
    finally:
        TRACE.reset(token)
    assert line["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736"


def test_an_operation_is_logged_as_the_documentation_shows() -> None:
    """The record that is made for speed can be formatted in every way."""
    viewer = OperationRecord("Viewer", "query", "OK", 0.0031, 102, 2, "6f2a9c01d4e57b38")
    page = (Path(__file__).parents[2] / "docs" / "observability.md").read_text()
    shown = orjson.loads(page.partition("```json\n")[2].partition("```")[0])
    line = orjson.loads(JsonLines().format(viewer))
    assert {**line, "time": shown["time"]} == {name: shown[name] for name in shown if name != "requestId"}
    text = "%(asctime)s %(msecs)d %(levelname)s %(name)s %(pathname)s %(lineno)d %(threadName)s %(message)s"
    assert logging.Formatter(text).format(viewer).endswith("caller 6f2a9c01d4e57b38")
    refused = RefusalRecord("TIMEOUT", "It is late.", 0.5)
    assert logging.Formatter(text).format(refused).endswith("caller anonymous: It is late.")


def test_what_a_filter_has_made_of_the_record_of_an_operation_is_written() -> None:
    record = OperationRecord("Viewer", "query", "OK", 0.0031, 102, 2, "6f2a9c01d4e57b38")
    record.args = {"tenant": "a", **record.args, "operation": '"quoted"\\'}
    record.levelname, record.name = "NOTICE", "ours"
    line = orjson.loads(JsonLines().format(record))
    assert {name: line[name] for name in record.args} == record.args
    assert (line["level"], line["logger"], line["message"]) == ("notice", "ours", record.getMessage())


def test_the_sentence_names_the_arguments_in_whatever_order_they_are() -> None:
    one = OperationRecord("Viewer", "query", "OK", 0.0031, 102, 2, "6f2a9c01d4e57b38")
    sentence = one.getMessage()
    one.args = {"tenant": "a", **dict(reversed(one.args.items()))}
    assert one.getMessage() == sentence


DOCUMENTED = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def test_every_member_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "observability.md").read_text()
    section = page.partition("## Logs")[2].partition("\n## ")[0]
    named = {name for names in DOCUMENTED.findall(section) for name in re.findall(r"`(\w+)`", names)}
    assert named == {
        *("time", "level", "logger", "message", "requestId", "traceId", "exception"),
        *("operation", "type", "code", "milliseconds", "cost", "dynamodbRequests", "caller", "reason"),
    }
