"""How much work is done to find the secrets of an item. It is counted in steps, not in time, so that the result does
not depend on how busy the machine is."""

from typing import Final

from resolvers.secret_names import Said, said_by

MOST_STEPS: Final = 600_000
"""The most steps for one item; most take 20 to 40 ns. Enough for 400 KB of plain words, 90 KB of any other text, or
2,000 members."""
AGAIN: Final = 5
"""Steps for a name that was checked in the same item before."""


class Doubt(Exception):
    """A value cannot be checked reliably, or not within the steps that are left."""


class Work:
    """The steps that were taken, and the most that may be."""

    __slots__ = ("_names", "done", "most", "over")

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.most = most
        self.done = 0
        self.over = False
        """Whether the steps are used up, so that nothing more is checked."""
        self._names: dict[str, Said] = {}

    def take(self, steps: int) -> None:
        """Count steps before they are done. Raises `Doubt` if not enough are left, and on every later call."""
        done = self.done + steps
        if self.over or done > self.most:
            self.over = True
            raise Doubt
        self.done = done

    def said_by(self, name: str) -> Said:
        """What a name says, checked once per item. Raises `Doubt`."""
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
