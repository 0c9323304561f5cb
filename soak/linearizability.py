"""Whether what concurrent callers were told can be told in one order: the search of Wing and Gong, with a memory.

A history is linearizable if each operation can be thought of as done at one moment between its call and its answer,
so that every answer is right. An operation whose outcome nobody knows may have been done at any moment after its call,
or never.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Any, Final, Protocol

MOST_CONFIGURATIONS: Final = 500_000
"""Looked at before the search gives up, which takes some seconds."""


class Unknown(Enum):
    """In place of an answer: none came, or one that does not say whether it was done."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Operation:
    """One call as its caller saw it; times are those of one clock, in seconds."""

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
    """What one object does when it is used by one caller at a time."""

    @property
    def initial(self) -> Any:
        """The state before the first operation; states can be hashed and compared."""

    def after(self, state: Any, operation: Operation) -> Iterable[Any]:
        """The states that the operation can lead to.

        None if it cannot be done in this state, or not with this answer.
        """

    def observes(self, operation: Operation) -> bool:
        """Whether an operation with this answer changes nothing, in whatever state it is done."""


class Verdict(Enum):
    """What the search came to."""

    LINEARIZABLE = "linearizable"
    VIOLATION = "no order explains the answers"
    UNDECIDED = "too many orders to try them all"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict, and in case of a violation how far the longest order got."""

    verdict: Verdict
    explained: Sequence[Operation] = ()
    unexplained: Sequence[Operation] = ()

    def __str__(self) -> str:
        lines = [self.verdict.value, "explained:", *map(str, self.explained), "left:", *map(str, self.unexplained)]
        return "\n  ".join(lines)


def check(history: Iterable[Operation], specification: Specification, most: int = MOST_CONFIGURATIONS) -> Finding:
    """Look for an order that explains the history of one object."""
    return _Search(sorted(history, key=lambda operation: operation.began), specification, most).run()


Configuration = tuple[int, Any]
"""Which operations are done, as bits, and the state they led to."""


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
            stack += [(done | 1 << place, after, (*order, place)) for place, after in self._next(done, state, answered)]
        left = [one for place, one in enumerate(self.history) if place not in longest]
        return Finding(Verdict.VIOLATION, [self.history[place] for place in longest], left)

    def _next(self, done: int, state: Any, answered: int) -> list[tuple[int, Any]]:
        """What can be done next: whatever began before everything that is not done was answered."""
        waiting = [place for place in range(len(self.history)) if not done >> place & 1]
        first_answer = min(self.history[place].ended for place in waiting if answered >> place & 1)
        following = []
        for place in waiting:
            operation = self.history[place]
            if operation.began > first_answer:
                # They are sorted by it.
                break
            for after in self.specification.after(state, operation):
                if operation.answer is UNKNOWN:
                    if after != state:
                        following.append((place, after))
                elif self.specification.observes(operation):
                    # Whatever order explains the rest explains it with this one first.
                    return [(place, after)]
                else:
                    following.append((place, after))
        return following
