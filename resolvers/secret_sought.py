"""Known secrets, sought in texts: many at once, in time that does not depend on how many they are."""

from collections.abc import Collection
from typing import Final

from resolvers.secret_work import Work

BLOCK: Final = 8
"""Letters that are compared at once."""
_LEAST: Final = 2 * BLOCK - 1
"""Letters of a text that hold a whole block, wherever it stands."""
_FEW: Final = 1024
"""Letters, times texts sought, that are searched text by text."""


class Sought:
    """Texts that are sought in others."""

    __slots__ = ("_blocks", "_short", "_texts")

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = tuple(texts)
        self._short = [text for text in self._texts if len(text) < _LEAST]
        self._blocks: dict[str, list[tuple[str, int]]] | None = None

    def is_in(self, text: str, work: Work) -> bool:
        """Whether one of them stands in a text. Raises `Doubt`."""
        if len(text) * len(self._texts) <= _FEW:
            work.take(len(text) * len(self._texts) // 4)
            return any(sought in text for sought in self._texts)
        # Whatever stands in a text has one of its blocks in a place that can be divided by their length.
        work.take(len(text) * (1 + len(self._short)) // 2)
        if any(sought in text for sought in self._short):
            return True
        blocks = self._made_blocks()
        for place in range(0, len(text), BLOCK):
            for sought, start in blocks.get(text[place : place + BLOCK], ()):
                work.take(10)
                if place >= start and text.startswith(sought, place - start):
                    return True
        return False

    def _made_blocks(self) -> dict[str, list[tuple[str, int]]]:
        """By each block that may be met: whose it is, and where it stands there."""
        if self._blocks is None:
            self._blocks = {}
            for sought in self._texts:
                for start in range(BLOCK if len(sought) >= _LEAST else 0):
                    self._blocks.setdefault(sought[start : start + BLOCK], []).append((sought, start))
        return self._blocks
