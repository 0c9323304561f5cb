"""Where commands write: results to standard output, remarks to standard error."""

import sys
from typing import Final

from rich.console import Console

# A file or a pipe has no edge to wrap at.
OUTPUT: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 400)
REMARKS: Final = Console(highlight=False, soft_wrap=True, stderr=True)
