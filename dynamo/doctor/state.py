"""What an examination has to remember: in memory, or in a file if it can be interrupted.

The file is a SQLite database, so that a page and its findings are stored together or not at all, and so that data that
grows with the table is on disk. It contains keys of items, which include session tokens: protect it as you protect the
table.
"""

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from dynamo.client import Key
from dynamo.doctor.kinds import KINDS, Kind
from dynamo.doctor.report import Report, Tally
from dynamo.errors import Misconfigured

VERSION: Final = 1
MEMORY: Final = ":memory:"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS segments (
    walk TEXT, number INTEGER, last_key TEXT, done INTEGER NOT NULL, PRIMARY KEY (walk, number));
CREATE TABLE IF NOT EXISTS items (kind TEXT PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tallies (
    kind TEXT PRIMARY KEY, found INTEGER NOT NULL, mended INTEGER NOT NULL, waiting INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS examples (kind TEXT, example TEXT, PRIMARY KEY (kind, example));
CREATE TABLE IF NOT EXISTS claims (lock BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (name BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orphans (
    user_id TEXT PRIMARY KEY, since TEXT NOT NULL, seen TEXT NOT NULL, table_name TEXT NOT NULL) WITHOUT ROWID;
"""
_OF_ONE_RUN: Final = ("run", "segments", "items", "tallies", "examples", "claims", "groups")


@dataclass(frozen=True, slots=True)
class Note:
    """A finding to be counted."""

    kind: Kind
    example: dict[str, Any]
    mended: bool = False
    waiting: bool = False
    group: str | None = None
    """What several notes may be about. Notes with the same group are counted once."""


class State:
    """A run's position and findings, and when each orphan was first seen over all runs. A context manager."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or make the file.

        Raises `Misconfigured` if it cannot be written, is in use, or is no state of this version.
        """
        if path is not None:
            _make(path)
        self._db = sqlite3.connect(MEMORY if path is None else path, timeout=0)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.executescript(_SCHEMA)
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise Misconfigured(
                f"{path} cannot be used ({error}): let the other run end, or name another file with --state."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.rollback()
        self._db.close()

    def begin(self, table: str, run: dict[str, Any], now: datetime) -> bool:
        """Continue an interrupted run with the same options, or begin a new one. Returns whether a run is continued."""
        wanted = json.dumps({"version": VERSION, "table": table, **run}, sort_keys=True)
        if self._get("what") == wanted and self._get("ended") is None:
            return True
        self._db.execute("DELETE FROM orphans WHERE table_name <> ?", (table,))
        for part in _OF_ONE_RUN:
            self._db.execute(f"DELETE FROM {part}")  # noqa: S608 - a name of the list above
        self._set("what", wanted)
        self._set("table", table)
        self._set("began", now.isoformat())
        self.commit()
        return False

    def end(self) -> None:
        """End the run, so that the next one counts everything anew. Orphans that were not seen again are forgotten."""
        self._db.execute("DELETE FROM orphans WHERE seen < ?", (self._get("began"),))
        self._set("ended", "true")
        self.commit()

    @property
    def began(self) -> datetime:
        """When the run began, over all interruptions."""
        return datetime.fromisoformat(self._get("began") or "")

    def forget(self) -> None:
        """Make the next run begin from the start."""
        self._db.execute("DELETE FROM run")
        self.commit()

    def commit(self) -> None:
        """Store everything that was noted durably."""
        self._db.commit()

    def position(self, walk: str, segment: int) -> tuple[Key | None, bool]:
        """The key that a segment continues after, and whether the segment is finished."""
        row = self._db.execute(
            "SELECT last_key, done FROM segments WHERE walk = ? AND number = ?", (walk, segment)
        ).fetchone()
        if row is None:
            return None, False
        return (json.loads(row[0]) if row[0] is not None else None), bool(row[1])

    def move(self, walk: str, segment: int, last_key: Key | None) -> None:
        """Note where a segment continues; None if it is finished."""
        place = None if last_key is None else json.dumps(last_key)
        self._db.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?)", (walk, segment, place, place is None))

    def count_items(self, numbers: Mapping[str, int]) -> None:
        """Add to the number of items of each kind."""
        self._db.executemany(
            "INSERT INTO items VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET number = number + excluded.number",
            numbers.items(),
        )

    def count(self, note: Note, examples: int) -> None:
        """Count a finding, and keep it as an example if there are fewer than `examples` of its kind."""
        name = note.kind.name
        if note.group is not None and not self._is_new(note.group):
            return
        self._db.execute(
            "INSERT INTO tallies VALUES (?, 1, ?, ?) ON CONFLICT (kind) DO UPDATE SET found = found + 1, "
            "mended = mended + excluded.mended, waiting = waiting + excluded.waiting",
            (name, int(note.mended), int(note.waiting)),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO examples SELECT ?, ? WHERE (SELECT count(*) FROM examples WHERE kind = ?) < ?",
            (name, json.dumps(note.example, sort_keys=True), name, examples),
        )

    def claim(self, lock: str, user_id: str) -> str | None:
        """Note that a user should hold a lock that they do not hold. Returns another user who was noted for it, if
        any."""
        key = _digest(lock)
        self._db.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (key, user_id))
        (owner,) = self._db.execute("SELECT owner FROM claims WHERE lock = ?", (key,)).fetchone()
        return None if owner == user_id else owner

    def orphan_since(self, user_id: str, now: datetime) -> datetime:
        """Note that a partition contains an orphan. Returns when that was first seen."""
        self._db.execute(
            "INSERT INTO orphans VALUES (?, ?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET seen = excluded.seen",
            (user_id, now.isoformat(), now.isoformat(), self._get("table") or ""),
        )
        (since,) = self._db.execute("SELECT since FROM orphans WHERE user_id = ?", (user_id,)).fetchone()
        return datetime.fromisoformat(since)

    def spend(self, read_units: float, write_units: float) -> None:
        """Add to the capacity units that the run has consumed."""
        for name, units in (("read", read_units), ("write", write_units)):
            self._set(name, str(float(self._get(name) or 0) + units))

    def report(self, table: str) -> Report:
        """What was found so far, as a report."""
        tallies: dict[str, Tally] = {}
        rows = {row[0]: row[1:] for row in self._db.execute("SELECT kind, found, mended, waiting FROM tallies")}
        for name in KINDS:
            if name in rows:
                found, mended, waiting = rows[name]
                examples = self._db.execute("SELECT example FROM examples WHERE kind = ?", (name,))
                tallies[name] = Tally(found, mended, waiting, [json.loads(example) for (example,) in examples])
        items = dict(self._db.execute("SELECT kind, number FROM items ORDER BY kind"))
        return Report(table, items, tallies, float(self._get("read") or 0), float(self._get("write") or 0))

    def _is_new(self, group: str) -> bool:
        return self._db.execute("INSERT OR IGNORE INTO groups VALUES (?)", (_digest(group),)).rowcount > 0

    def _get(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM run WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def _set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (name, value))


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # For the eyes of its owner only, from the first byte on.
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be used ({error.strerror}): make it writable, or name another file with --state."
        ) from error
