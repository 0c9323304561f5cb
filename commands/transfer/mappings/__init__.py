"""How the file of each system is read, and what turns its records into lines of an export."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from commands.transfer.importing import Translate
from commands.transfer.mappings import auth0, clerk, cognito, firebase, prisma
from commands.transfer.records import Reader, documents, lines, rows
from commands.transfer.source import Source


def _clerk(file: Path) -> tuple[Reader, Translate]:
    return (rows, clerk.translate_csv) if file.suffix.lower() == ".csv" else (documents, clerk.translate)


READERS: Final[Mapping[Source, Callable[[Path], tuple[Reader, Translate | None]]]] = {
    Source.EXPORT: lambda _: (lines, None),
    Source.AUTH0: lambda _: (documents, auth0.translate),
    Source.CLERK: _clerk,
    Source.COGNITO: lambda _: (documents, cognito.translate),
    Source.PRISMA: lambda _: (documents, prisma.translate),
    Source.FIREBASE: lambda _: (documents, firebase.translate),
}
"""By system, what reads a file, and what translates its records; None if they need no translation."""
