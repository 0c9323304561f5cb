"""Exclusive use of the tables in a data folder: by one server and its engine at a time.

DataFolderError
├── DataFolderInUse       another server uses the folder
└── DataFolderUnusable    the folder cannot be created or written
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dynamo.errors import DynamoError

ORPHAN_TIMEOUT_SECONDS: Final = 3.0


class DataFolderError(DynamoError):
    """The data folder cannot be used; the message says what to do."""


class DataFolderInUse(DataFolderError):
    """Another process uses the folder."""


class DataFolderUnusable(DataFolderError):
    """The folder cannot be created or written."""


class DataFolder:
    """The tables in a folder, locked by a server and its engine for as long as one of them runs.

    The lock is on a file descriptor that the engine inherits. So the folder is free only when both processes have
    ended, and two engines never write the same files. The lock file names the two processes.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        with _folder_errors(database):
            database.mkdir(0o700, parents=True, exist_ok=True)
            self.fd = os.open(database / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not self._acquire(0):
            self._end_orphan()
        self.record(0)

    def record(self, engine_pid: int) -> None:
        """Write the ids of both processes to the lock file, for the error message of a second server and for the
        next start."""
        with _folder_errors(self._database):
            os.ftruncate(self.fd, 0)
            os.pwrite(self.fd, f"{os.getpid()} {engine_pid}".encode(), 0)

    def release(self) -> None:
        """Release the folder for this process. The engine keeps it until it ends."""
        os.close(self.fd)

    def _acquire(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)

    def _end_orphan(self) -> None:
        """Take over from an engine whose server was killed. It usually ends by itself; if it is stuck, it is killed."""
        server_pid, engine_pid = self._holders()
        if server_pid and command_line(server_pid) is not None:
            self._refuse(server_pid)
        if self._acquire(ORPHAN_TIMEOUT_SECONDS):
            return
        # The id may belong to a new process by now. Only a process with our folder on its command line is our engine.
        arguments = command_line(engine_pid) if engine_pid else None
        if not arguments or f"-dbPath {self._database} " not in arguments:
            self._refuse(engine_pid)
        os.kill(engine_pid, signal.SIGKILL)
        if not self._acquire(ORPHAN_TIMEOUT_SECONDS):
            self._refuse(engine_pid)

    def _holders(self) -> tuple[int, int]:
        try:
            server_pid, engine_pid = os.pread(self.fd, 64, 0).split()
            return int(server_pid), int(engine_pid)
        except ValueError:
            return 0, 0

    def _refuse(self, pid: int) -> None:
        self.release()
        holder = f"process {pid}" if pid else "another process"
        raise DataFolderInUse(
            f"The data folder {self._database.parent} is in use by {holder}: stop that one, "
            "or set AUTHGRAPH_DATA_DIR to a folder of its own."
        )


def command_line(pid: int) -> str | None:
    """The arguments of a running process; None if there is no such process, or it is a zombie."""
    command = ("ps", "-ww", "-o", "args=", "-p", str(pid))
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") or None
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None  # noqa: S603


@contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataFolderUnusable(
            f"The data folder {folder.parent} cannot be used ({error.strerror}): make it writable, make room, "
            "or set AUTHGRAPH_DATA_DIR to another folder."
        ) from error
