"""A cache that is limited by memory: the least recently used entries are dropped first."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Weighty(Protocol):
    """Something that takes memory, possibly more over time."""

    weighed: int
    """The weight with which it was last counted."""

    @property
    def grows(self) -> bool:
        """Whether its weight may change."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""


W = TypeVar("W", bound=Weighty)


class WeightedCache(Generic[W]):
    """Things by their names, together of no more than `most` bytes. `forgotten` is told of each that had to go."""

    def __init__(self, most: int, forgotten: Callable[[W], None] | None = None) -> None:
        self._most = most
        self._forgotten = forgotten
        self._kept: OrderedDict[str, W] = OrderedDict()
        self.weight = 0
        """About how many bytes all entries take."""

    def __contains__(self, name: str) -> bool:
        """Whether there is an entry with this name. It does not count as a use."""
        return name in self._kept

    def __len__(self) -> int:
        """How many entries there are, whatever their weight."""
        return len(self._kept)

    def find(self, name: str) -> W | None:
        """The entry with a name, weighed again if it grows; it becomes the most recently used."""
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
            if found.grows:
                self._weigh(found)
        return found

    def put(self, name: str, thing: W) -> None:
        """Add an entry, in place of one with the same name."""
        replaced = self.take(name)
        if replaced is not None and replaced is not thing:
            self._forget(replaced)
        thing.weighed = 0
        self._kept[name] = thing
        self._weigh(thing)

    def take(self, name: str) -> W | None:
        """Hand over what is kept under a name, and keep it no longer."""
        taken = self._kept.pop(name, None)
        if taken is not None:
            self.weight -= taken.weighed
        return taken

    def _weigh(self, thing: W) -> None:
        weight = thing.weight
        self.weight += weight - thing.weighed
        thing.weighed = weight
        while self.weight > self._most:
            _, forgotten = self._kept.popitem(last=False)
            self.weight -= forgotten.weighed
            self._forget(forgotten)

    def _forget(self, thing: W) -> None:
        if self._forgotten is not None:
            self._forgotten(thing)
