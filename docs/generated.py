"""Writes every file that is generated from the Python code: `python -m docs.generated`, with `--check` to compare only.

`make generate` and `make lint` run it, and then the code generation of the TypeScript packages.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from commands import permissions
from docs import metrics_reference, schema_reference, settings_reference
from schema.build import sdl


def files() -> Iterator[tuple[Path, str]]:
    """Each generated file, with the text that it should have."""
    root = Path(__file__).parents[1]
    yield root / "schema.graphql", sdl()
    yield root / "docs" / "permissions.md", permissions.page()
    yield schema_reference.PAGE, schema_reference.render(sdl())
    yield metrics_reference.PAGE, metrics_reference.filled(metrics_reference.PAGE.read_text(encoding="utf-8"))
    yield settings_reference.PAGE, settings_reference.filled(settings_reference.PAGE.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Write the files that are out of date; with `--check`, name them and fail."""
    stale = [(file, text) for file, text in files() if not file.is_file() or file.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for file, _ in stale:
            print(f"{file.name} is out of date: run `make generate`.", file=sys.stderr)
        return 1 if stale else 0
    for file, text in stale:
        file.write_text(text, encoding="utf-8")
        print(f"Wrote {file.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
