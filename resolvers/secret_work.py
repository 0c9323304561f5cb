"""How much is done to find the secrets of an item: counted in steps, so that the same is hidden however busy a machine
is."""

from typing import Final

MOST_STEPS: Final = 400_000
"""Steps for one item, each of about 50 ns: 400 KB of plain words, 60 KB of any other text, or 2,000 long names."""


class Doubt(Exception):
    """A value cannot be read for sure, or not within the work that may be done for it."""


class Work:
    """What was done, and what may still be."""

    __slots__ = ("done", "most")

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.most = most
        self.done = 0

    def take(self, steps: int) -> None:
        """Count some steps, before they are done. Raises `Doubt` where there are too few, and from then on."""
        if self.done + steps > self.most:
            self.most = -1
            raise Doubt
        self.done += steps

    @property
    def over(self) -> bool:
        """Whether nothing more is done."""
        return self.most < 0
