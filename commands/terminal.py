"""Where commands write: results to standard output, remarks to standard error."""

import sys
from functools import partial
from typing import Any, Final

from rich.console import Console
from rich.text import Text


class _Plain(Console):
    """Prints text as it is, without control characters, because names come from the table."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text, with a replacement character for each character that is not printable."""
        return super().render_str("".join(map(visible, text)), **options)


def visible(character: str) -> str:
    """The character, or a replacement character for one that would steer a terminal."""
    return character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"


_console = partial(_Plain, highlight=False, soft_wrap=True, markup=False, emoji=False)

# A file or a pipe has no width, so lines must not be wrapped.
OUTPUT: Final = _console(width=None if sys.stdout.isatty() else 400)
REMARKS: Final = _console(stderr=True)
