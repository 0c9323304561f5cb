"""Whether one order of operations explains the responses that concurrent callers got: the search of Wing and Gong, with
a cache.

A history is linearizable if each operation can be placed at one moment between its request and its response so that
every response is right. An operation with an unknown outcome may have been executed at any moment after its request, or
never.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Any, Final, Protocol

MOST_CONFIGURATIONS: Final = 500_000
"""The most configurations that the search visits before it gives up, after some seconds."""


class Unknown(Enum):
    """Instead of an outcome: there was no response, or one that does not say whether the operation was executed."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as its caller saw it. Times are those of one clock, in seconds."""

    name: str
    argument: Any
    answer: Any
    began: float
    ended: float = inf
    caller: int = 0

    def __str__(self) -> str:
        return (
            f"{self.began:.6f}–{self.ended:.6f} caller {self.caller}: {self.name}({self.argument!r}) → {self.answer!r}"
        )


class Specification(Protocol):
    """How one object behaves if one caller uses it at a time."""

    @property
    def initial(self) -> Any:
        """The state before the first operation. States must be hashable and comparable."""

    def after(self, state: Any, operation: Operation) -> Sequence[Any]:
        """The states that the operation can lead to.

        Empty if it cannot be executed in this state, or not with this outcome.
        """

    def observes(self, operation: Operation) -> bool:
        """Whether an operation with this outcome changes nothing, whatever the state."""


class Verdict(Enum):
    """The result of the search for an order."""

    LINEARIZABLE = "linearizable"
    VIOLATION = "no order explains the answers"
    UNDECIDED = "too many orders to try them all"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict and, for a violation, how far the longest order got."""

    verdict: Verdict
    explained: Sequence[Operation] = ()
    unexplained: Sequence[Operation] = ()

    def __str__(self) -> str:
        lines = [self.verdict.value, "explained:", *map(str, self.explained), "left:", *map(str, self.unexplained)]
        return "\n  ".join(lines)


def check(history: Iterable[Operation], specification: Specification, most: int = MOST_CONFIGURATIONS) -> Finding:
    """Search for an order that explains the history of one object."""
    return _Search(sorted(history, key=lambda operation: operation.began), specification, most).run()


Configuration = tuple[int, Any]
"""The set of executed operations, as bits, and the state that they led to."""


@dataclass(slots=True)
class _Search:
    history: Sequence[Operation]
    specification: Specification
    most: int
    seen: set[Configuration] = field(default_factory=set)

    def run(self) -> Finding:
        answered = sum(1 << place for place, one in enumerate(self.history) if one.answer is not UNKNOWN)
        stack: list[tuple[int, Any, tuple[int, ...]]] = [(0, self.specification.initial, ())]
        longest: tuple[int, ...] = ()
        while stack:
            done, state, order = stack.pop()
            if done & answered == answered:
                return Finding(Verdict.LINEARIZABLE)
            if (done, state) in self.seen:
                continue
            self.seen.add((done, state))
            if len(self.seen) > self.most:
                return Finding(Verdict.UNDECIDED)
            if len(order) > len(longest):
                longest = order
            # The last one is tried first: the one with the first response, which most orders begin with.
            stack += [(done | 1 << place, after, (*order, place)) for place, after in self._next(done, state, answered)]
        left = [one for place, one in enumerate(self.history) if place not in longest]
        return Finding(Verdict.VIOLATION, [self.history[place] for place in longest], left)

    def _next(self, done: int, state: Any, answered: int) -> list[tuple[int, Any]]:
        """The operations that can come next: those that began before the first response of the remaining ones. Those
        with the last response are first.

        Of operations that differ only in their times, only the one with the first response is tried: in any order that
        begins with another one, the two can change places.
        """
        waiting = [place for place in range(len(self.history)) if not done >> place & 1]
        first_answer = min(self.history[place].ended for place in waiting if answered >> place & 1)
        following: dict[tuple[str, Any, Any], tuple[int, Sequence[Any]]] = {}
        for place in waiting:
            operation = self.history[place]
            if operation.began > first_answer:
                # The operations are sorted by when they began.
                break
            like = operation.name, operation.argument, operation.answer
            if like in following and self.history[following[like][0]].ended <= operation.ended:
                continue
            afters = self.specification.after(state, operation)
            if operation.answer is UNKNOWN:
                afters = [after for after in afters if after != state]
            elif afters and self.specification.observes(operation):
                # It changes nothing, so if any order explains the rest, one with this operation first does.
                return [(place, after) for after in afters]
            following[like] = place, afters
        latest_first = sorted(following.values(), key=lambda step: self.history[step[0]].ended, reverse=True)
        return [(place, after) for place, afters in latest_first for after in afters]
