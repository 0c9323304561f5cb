"""The data folder of development: the engine's files, the generated secrets, and the engine's URL."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from commands.errors import FileUnusable
from web.settings import MIN_SECRET_LENGTH

ADMIN_KEY: Final = "admin-key"
SECRET_KEY: Final = "secret-key"
ENDPOINT: Final = "endpoint"


class DevelopmentFolder:
    """`AUTHGRAPH_DATA_DIR`. Only its owner may read it, because it contains session tokens."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Create the folder unless it exists."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(self.path, error) from error

    def secret(self, name: str) -> str:
        """A random value that is made once and then stays the same."""
        file = self.path / name
        self.make()
        try:
            if not file.exists():
                self._write_once(file, secrets.token_urlsafe(32))
            value = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(file, error) from error
        if len(value) < MIN_SECRET_LENGTH:
            raise FileUnusable(f"{file} has fewer than {MIN_SECRET_LENGTH} characters: delete it, and start again.")
        return value

    def record_endpoint(self, url: str) -> None:
        """Store the engine's URL, so that other commands find it."""
        file = self.path / ENDPOINT
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
                # A file that an earlier version created keeps its mode, so set it.
                os.fchmod(stream.fileno(), 0o600)
                stream.write(url)
        except OSError as error:
            raise self._unusable(file, error) from error

    def forget_endpoint(self) -> None:
        """The engine is about to end. The file may stay behind: it is read only while an engine has this folder."""
        with contextlib.suppress(OSError):
            (self.path / ENDPOINT).unlink(missing_ok=True)

    def recorded_endpoint(self) -> str | None:
        """The URL of the engine that uses this folder; None if none is stored."""
        try:
            return (self.path / ENDPOINT).read_text().strip() or None
        except OSError:
            return None

    def _write_once(self, file: Path, value: str) -> None:
        """Store a whole file or none, so that two servers that start at the same time read the same value."""
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(value + "\n")
        try:
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()

    @staticmethod
    def _unusable(file: Path, error: OSError | UnicodeDecodeError) -> FileUnusable:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return FileUnusable(
            f"{file} cannot be used ({reason}): correct it, or set AUTHGRAPH_DATA_DIR to another folder."
        )
