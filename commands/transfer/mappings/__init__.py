"""How the file of each system is read, and what turns its records into lines of an export."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from commands.transfer.importing import Translate
from commands.transfer.records import Reader, lines
from commands.transfer.source import Source

READERS: Final[Mapping[Source, Callable[[Path], tuple[Reader, Translate | None]]]] = {
    Source.EXPORT: lambda _: (lines, None),
}
"""By system, what reads a file, and what translates its records; None if they need no translation."""
