"""What the server has acknowledged, so that it can be held to it.

Each caller writes about people of its own, one write after the other, so what should be there is known at any moment,
but for writes that were never answered: such a one may take effect, even late, until it is seen that it has not.
"""

import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Fact = tuple[str, ...]
"""What there is to know: `("name",)`, `("account", provider, id)`, `("session", token)` …"""

EXISTS: Final[Fact] = ("exists",)
OF_NOBODY: Final = ("token", "key")
"""Facts that a delete of the user leaves as they are."""
LATEST_SECONDS: Final = 30.0
"""After this, an attempt that nobody answered has arrived, or never will. The proxy keeps none for so long."""
KEPT: Final = 15
"""Attempts that are remembered of a person, to tell what led to a violation."""


@dataclass(slots=True)
class Known:
    """What is known of one fact: its value, and others that unanswered writes may still give it."""

    value: Any
    maybe: dict[Any, float] = field(default_factory=dict)
    """Values, and when the write was given up."""

    @property
    def possible(self) -> Collection[Any]:
        """Every value that may be found."""
        return {self.value, *self.maybe}

    def see(self, value: Any, now: float) -> None:
        """It was found to have a possible value."""
        self.value = value
        for other, since in list(self.maybe.items()):
            if now - since > LATEST_SECONDS:
                del self.maybe[other]


@dataclass(slots=True)
class Person:
    """What is known of one user. A fact that nobody has written is None."""

    id: str
    facts: dict[Fact, Known] = field(default_factory=dict)
    attempts: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT))

    def known(self, fact: Fact) -> Known:
        """What is known of a fact."""
        return self.facts.setdefault(fact, Known(None))

    def value(self, *fact: str) -> Any:
        """The value that was acknowledged last."""
        return self.known(fact).value

    def is_sure(self, *fact: str) -> bool:
        """Whether no unanswered write can change it any more."""
        return not self.known(fact).maybe

    def existing(self, kind: str) -> list[str]:
        """The last parts of the facts of a kind that are there, such as the tokens of all sessions."""
        return [fact[-1] for fact, known in self.facts.items() if fact[0] == kind and known.value is not None]

    def settle(self, effects: Mapping[Fact, Any]) -> None:
        """A write was acknowledged."""
        for fact, value in effects.items():
            self.known(fact).value = value

    def doubt(self, effects: Mapping[Fact, Any]) -> None:
        """A write was not answered: it may have been done, or may yet be."""
        for fact, value in effects.items():
            self.known(fact).maybe[value] = time.monotonic()

    def everything_gone(self) -> dict[Fact, Any]:
        """The effects of a delete."""
        gone: dict[Fact, Any] = {fact: None for fact in self.facts if fact[0] not in OF_NOBODY}
        return gone | {EXISTS: False}

    def compare(self, found: Mapping[Fact, Any]) -> Iterator[tuple[Fact, Collection[Any], Any]]:
        """What is not as it was acknowledged: the fact, what it may be, and what was found."""
        now = time.monotonic()
        if found.get(EXISTS) is True and self.value(*EXISTS) is False and True in self.known(EXISTS).possible:
            # A create that nobody answered has arrived after the delete, with whatever it brings.
            return
        for fact in self.facts.keys() | found.keys():
            known, value = self.known(fact), found.get(fact)
            if value in known.possible:
                known.see(value, now)
            else:
                yield fact, known.possible, value
