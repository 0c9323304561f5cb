"""The records of a file, one after another, so that a file of any size is read in little memory.

A file is lines of JSON, one JSON array, alone or as the only list of an object, such as `{"users": [...]}`, or CSV with
a line of names. The first character tells which.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

import orjson

from commands.transfer.line import MAX_LINE_BYTES

CHUNK_BYTES: Final = 1024 * 1024
MOST_BYTES_AT_ONCE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, or what is wrong with it. `line` is where it begins, from 1."""

    line: int
    value: Any = None
    fault: str | None = None
    size: int = 0
    """Its bytes, by which the progress is told."""


Reader = Callable[[BinaryIO], Iterator[Record]]


def lines(file: BinaryIO) -> Iterator[Record]:
    """The records of a file of JSON lines. Empty lines are skipped, and a line that is too long is passed over."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        size = len(line)
        if size > MAX_LINE_BYTES:
            while not line.endswith(b"\n") and (line := file.readline(CHUNK_BYTES)):
                size += len(line)
            yield Record(number, fault=f"the line has more than {MAX_LINE_BYTES:,} bytes", size=size)
        elif line.strip():
            try:
                yield Record(number, orjson.loads(line), size=size)
            except orjson.JSONDecodeError as error:
                yield Record(number, fault=f"the line is not JSON: {error.msg}", size=size)


def documents(file: BinaryIO) -> Iterator[Record]:
    """The records of a file of JSON lines, of a JSON array, or of an object that holds one."""
    start = file.peek(4096)[:4096].lstrip(b"\xef\xbb\xbf \t\r\n") if hasattr(file, "peek") else b""
    if not start.startswith(b"[") and not _holds_list(start):
        yield from lines(file)
        return
    yield from _Array(file).records()


def _holds_list(start: bytes) -> bool:
    """Whether a text begins with an object whose first member is a list, as `{"users": [`."""
    head, bracket, _ = start.partition(b"[")
    return bool(bracket) and head.startswith(b"{") and head.count(b'"') == 2 and head.rstrip().endswith(b":")


def rows(file: BinaryIO) -> Iterator[Record]:
    """The records of a CSV file, each an object of texts by the names in the first line."""
    csv.field_size_limit(MOST_BYTES_AT_ONCE * 4)
    reader = csv.DictReader(TextIOWrapper(file, encoding="utf-8-sig", newline="", errors="replace"))
    try:
        if reader.fieldnames is None:
            return
    except csv.Error as error:
        yield Record(1, fault=f"the line of names is not CSV: {error}")
        return
    while True:
        before = reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(before + 1, fault=f"the line is not CSV: {error}")
            continue
        named = {name: value or None for name, value in row.items() if name is not None and isinstance(value, str)}
        yield Record(before + 1, named, size=sum(len(value or "") + 1 for value in named.values()))


class _Array:
    """Reads the members of a JSON array, one at a time, from a text that is read in chunks."""

    def __init__(self, file: BinaryIO) -> None:
        self._stream = TextIOWrapper(file, encoding="utf-8-sig", errors="replace")
        self._text = ""
        self._at = 0
        self._line = 1
        self._decoder = json.JSONDecoder()

    def records(self) -> Iterator[Record]:
        """The members. After one that is not JSON, nothing more can be read."""
        if not self._pass_to("["):
            yield Record(self._line, fault="the list does not begin")
            return
        while True:
            character = self._next()
            if character == ",":
                self._move(1)
                continue
            if character in ("]", ""):
                if character == "":
                    yield Record(self._line, fault="the list does not end, so the file is cut off")
                return
            line, before = self._line, self._at
            try:
                value = self._value()
            except ValueError as error:
                yield Record(line, fault=f"{error}; what follows cannot be read")
                return
            yield Record(line, value, size=self._at - before)

    def _value(self) -> Any:
        # A member that the buffer holds in part is decoded again with twice as much, so that its length costs twice.
        wanted = CHUNK_BYTES
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                whole = True
            except RecursionError:
                raise ValueError("the member is nested too deeply") from None
            except ValueError:
                value, end, whole = None, len(self._text), False
            # A number at the end of the buffer may go on.
            if end < len(self._text):
                self._move(end - self._at)
                return value
            if len(self._text) - self._at > MAX_LINE_BYTES:
                raise ValueError(f"the member is not JSON, or has more than {MAX_LINE_BYTES:,} bytes")
            if not self._fill(wanted):
                if not whole:
                    raise ValueError("the member is not JSON")
                self._move(len(self._text) - self._at)
                return value
            wanted = len(self._text) - self._at

    def _next(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._move(1)
            if not self._fill(CHUNK_BYTES):
                return ""

    def _pass_to(self, character: str) -> bool:
        while True:
            found = self._text.find(character, self._at)
            if found >= 0:
                self._move(found + 1 - self._at)
                return True
            self._move(len(self._text) - self._at)
            if not self._fill(CHUNK_BYTES):
                return False

    def _move(self, characters: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + characters)
        self._at += characters

    def _fill(self, characters: int) -> bool:
        """Read on, and forget what was passed. Returns False at the end of the file."""
        more = self._stream.read(characters)
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)
