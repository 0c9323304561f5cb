"""How much is done to find the secrets of an item: counted in steps, so that the same is hidden however busy a machine
is."""

from typing import Final

from resolvers.secret_names import Said, said_by

MOST_STEPS: Final = 600_000
"""Steps for one item, most of them of 20 to 40 ns: 400 KB of plain words, 90 KB of any other text, or 2,000 members."""
AGAIN: Final = 5
"""Steps that a name takes which has been met in the item before."""


class Doubt(Exception):
    """A value cannot be read for sure, or not within the work that may be done for it."""


class Work:
    """What was done, and what may still be."""

    __slots__ = ("_names", "done", "most", "over")

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.most = most
        self.done = 0
        self.over = False
        """Whether nothing more is done."""
        self._names: dict[str, Said] = {}

    def take(self, steps: int) -> None:
        """Count some steps, before they are done. Raises `Doubt` where there are too few, and from then on."""
        done = self.done + steps
        if self.over or done > self.most:
            self.over = True
            raise Doubt
        self.done = done

    def said_by(self, name: str) -> Said:
        """What a name says, which is found out once. Raises `Doubt`."""
        said = self._names.get(name)
        if said is None:
            said = self._names[name] = said_by(name)
            self.take(said.steps)
        else:
            self.take(AGAIN)
        return said

    def sounds_secret(self, name: str) -> bool:
        """Whether a name says that its value is a secret. Raises `Doubt`."""
        return bool(self.said_by(name).secrets)
