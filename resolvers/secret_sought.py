"""Search for many known secrets in a text at once, in time that does not depend on their number."""

from collections.abc import Collection
from typing import Final

from resolvers.secret_work import Work

BLOCK: Final = 8
"""How many letters are compared at once."""
_LEAST: Final = 2 * BLOCK - 1
"""The fewest letters of a secret that is sure to contain a whole block, wherever it begins."""
_FEW: Final = 1024
"""Up to this product of letters and secrets, the text is searched for one secret after the other."""


class Sought:
    """Secrets to search for in texts."""

    __slots__ = ("_blocks", "_short", "_texts")

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = tuple(texts)
        self._short = [text for text in self._texts if len(text) < _LEAST]
        self._blocks: dict[str, list[tuple[str, int]]] | None = None

    def is_in(self, text: str, work: Work) -> bool:
        """Whether a text contains one of the secrets. Raises `Doubt`."""
        if len(text) * len(self._texts) <= _FEW:
            work.take(len(text) * len(self._texts) // 4)
            return any(sought in text for sought in self._texts)
        # A secret within the text has one of its blocks at a place that is a multiple of the block length.
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
        """For each block, the secrets that contain it and the place of the block in them."""
        if self._blocks is None:
            self._blocks = {}
            for sought in self._texts:
                for start in range(BLOCK if len(sought) >= _LEAST else 0):
                    self._blocks.setdefault(sought[start : start + BLOCK], []).append((sought, start))
        return self._blocks
