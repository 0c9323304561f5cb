"""`RESULTS.md`: one section per part, each replaced when its part is measured again."""

import re
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "RESULTS.md"
TITLE: Final = "# Measurements\n\nMade by `make bench`; what is measured and how is in `docs/performance.md`.\n"


def merged(text: str, heading: str, body: str) -> str:
    """The text with the section in place of an older one with the same heading, or at the end."""
    section = f"## {heading}\n\n{body.strip()}\n"
    found = re.search(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        return f"{text.rstrip()}\n\n{section}"
    rest = text[found.end() :]
    return text[: found.start()] + section + (f"\n{rest}" if rest else "")


def store(heading: str, body: str) -> None:
    """Put a section into `RESULTS.md`, in place of an older one with the same heading."""
    text = FILE.read_text() if FILE.exists() else TITLE
    FILE.write_text(merged(text, heading, body))
