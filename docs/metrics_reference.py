"""The table of metrics in docs/observability.md, from their descriptions: `make generate` writes it."""

import re
from pathlib import Path
from typing import Final

from execution.metrics import METRICS

PAGE: Final = Path(__file__).parent / "observability.md"
HEAD: Final = "| name | labels | meaning |\n|---|---|---|\n"


def filled(page: str) -> str:
    """The page with the table as the code has it. Raises `ValueError` if the page has no such table."""
    found = re.search(rf"^{re.escape(HEAD)}((?:\|.*\n)*)", page, re.MULTILINE)
    if found is None:
        raise ValueError(f"{PAGE.name} has no table of metrics.")
    rows = "".join(
        f"| `{metric.name}` | {', '.join(f'`{label}`' for label in metric.labels) or '–'} | {metric.description} |\n"
        for metric in METRICS
    )
    return page[: found.start(1)] + rows + page[found.end(1) :]
