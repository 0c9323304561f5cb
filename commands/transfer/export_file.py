"""The file of an export while it grows: `FILE.part`, and `FILE.state`, which says how far it is complete.

After each page, the lines are on disk before the state says so. To continue, whatever stands after the length in the
state is cut off. `FILE` itself appears when it is complete, and never in part. All three can be read by their owner
only.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from commands.errors import FileUnusable, Refused

VERSION: Final = 1
OWNER_ONLY: Final = 0o600


@dataclass(slots=True)
class Progress:
    """How far an export has come. `what` are the table and the options, which must be the same to continue."""

    what: dict[str, Any]
    length: int = 0
    """The bytes of the part that are complete."""
    segments: dict[str, str | None] = field(default_factory=dict)
    """The partition key after which each segment continues."""
    done: list[int] = field(default_factory=list)
    """The segments that are finished."""
    written: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


class ExportFile:
    """The file of one export. A context manager; leaving it without `finish` keeps what is needed to continue."""

    def __init__(self, file: Path, what: dict[str, Any], *, resume: bool) -> None:
        """Make the part or, with `resume`, continue it. Raises `Refused` and `FileUnusable`."""
        self._file = file
        self._part = file.with_name(file.name + ".part")
        self._state = file.with_name(file.name + ".state")
        if os.path.lexists(file):
            raise Refused(f"{file} exists already: name another file, or delete it.")
        self.progress = Progress({"version": VERSION, **what})
        self._failed = False
        self._stream = self._open(resume=resume)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._stream.close()

    def append(self, lines: bytes) -> None:
        """Add lines to the part. They count once `commit` was called."""
        with self._whole():
            self._stream.write(lines)
            self.progress.length += len(lines)

    def commit(self) -> None:
        """Store the lines and then the progress durably. Raises `FileUnusable` if the disk is full."""
        with self._whole():
            self._commit()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Let nothing be stored after something was stored in part: another segment may still want to."""
        if self._failed:
            raise FileUnusable(f"{self._part} could not be written.")
        try:
            yield
        except BaseException as error:
            self._failed = True
            if isinstance(error, OSError):
                raise FileUnusable(
                    f"{self._part} cannot be written ({error.strerror}): continue with --resume once it can."
                ) from error
            raise

    def _commit(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        fresh = self._state.with_name(self._state.name + ".new")
        with _created(fresh) as stream:
            stream.write(json.dumps(_as_json(self.progress)).encode())
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._state)

    def finish(self) -> None:
        """Let the file appear, complete."""
        self.commit()
        self._part.rename(self._file)
        self._state.unlink(missing_ok=True)
        _sync_folder(self._file.parent)

    def _open(self, *, resume: bool) -> BinaryIO:
        there = os.path.lexists(self._part)
        if there and not resume:
            raise Refused(
                f"{self._part} is left of an interrupted export: continue it with --resume, or delete it and "
                f"{self._state.name}."
            )
        try:
            if not there:
                self._state.unlink(missing_ok=True)
                return _created(self._part)
            if self._state.exists():
                self.progress = _read(self._state, self.progress.what)
            stream = os.fdopen(os.open(self._part, os.O_RDWR | os.O_NOFOLLOW), "r+b")
            os.fchmod(stream.fileno(), OWNER_ONLY)
            stream.truncate(self.progress.length)
            stream.seek(self.progress.length)
            return stream
        except OSError as error:
            raise FileUnusable(f"{self._part} cannot be used ({error.strerror}): name another file.") from error


def _created(file: Path) -> BinaryIO:
    file.unlink(missing_ok=True)
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb")


def _read(file: Path, what: dict[str, Any]) -> Progress:
    try:
        stored = json.loads(file.read_bytes())
        progress = Progress(**stored)
    except (ValueError, TypeError) as error:
        raise Refused(f"{file} is not the state of an export: delete it and the part, and start again.") from error
    if progress.what != what:
        raise Refused(
            f"{file} belongs to an export of another table, or with other options: use the same ones, or name another "
            "file."
        )
    return progress


def _as_json(progress: Progress) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in Progress.__slots__}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
