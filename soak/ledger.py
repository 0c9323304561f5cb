"""A record of what the server has acknowledged, with which its later responses are compared.

Each caller writes about users of its own, one write after the other. So it is known at any moment what must be stored,
except for writes without a response: such a write may take effect, even late, until it is seen that it did not.
"""

import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Fact = tuple[str, ...]
"""The name of a fact: `("name",)`, `("account", provider, id)`, `("session", token)` …"""

EXISTS: Final[Fact] = ("exists",)
OF_NOBODY: Final = ("token", "key")
"""Facts that deleting the user does not change."""
LATEST_SECONDS: Final = 30.0
"""After this, an attempt without a response has arrived or never will. The proxy holds none back for so long."""
KEPT: Final = 15
"""How many attempts are kept for each user, to show what led to a violation."""


@dataclass(slots=True)
class Known:
    """What is known of one fact: its value, and values that it may have because of writes without a response."""

    value: Any
    maybe: dict[Any, float] = field(default_factory=dict)
    """Possible values, and when the write was given up."""

    @property
    def possible(self) -> Collection[Any]:
        """All values that may be found."""
        return {self.value, *self.maybe}

    def see(self, value: Any, now: float) -> None:
        """Note that a possible value was found."""
        self.value = value
        for other, since in list(self.maybe.items()):
            if now - since > LATEST_SECONDS:
                del self.maybe[other]


@dataclass(slots=True)
class Person:
    """What is known of one user. A fact that was never written is None."""

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
        """Whether no write without a response can change it any more."""
        return not self.known(fact).maybe

    def existing(self, kind: str) -> list[str]:
        """The last parts of the names of existing facts of a kind, such as the tokens of all sessions."""
        return [fact[-1] for fact, known in self.facts.items() if fact[0] == kind and known.value is not None]

    def settle(self, effects: Mapping[Fact, Any]) -> None:
        """Apply the effects of a write that was acknowledged."""
        for fact, value in effects.items():
            self.known(fact).value = value

    def doubt(self, effects: Mapping[Fact, Any]) -> None:
        """Note the effects of a write without a response, which may have been executed, or may still be."""
        for fact, value in effects.items():
            self.known(fact).maybe[value] = time.monotonic()

    def everything_gone(self) -> dict[Fact, Any]:
        """The effects of deleting the user."""
        gone: dict[Fact, Any] = {fact: None for fact in self.facts if fact[0] not in OF_NOBODY}
        return gone | {EXISTS: False}

    def compare(self, found: Mapping[Fact, Any]) -> Iterator[tuple[Fact, Collection[Any], Any]]:
        """The facts that are not as acknowledged: the fact, its possible values, and the value that was found."""
        now = time.monotonic()
        if found.get(EXISTS) is True and self.value(*EXISTS) is False and True in self.known(EXISTS).possible:
            # A create without a response has arrived after the delete, with all of its attributes.
            return
        for fact in self.facts.keys() | found.keys():
            known, value = self.known(fact), found.get(fact)
            if value in known.possible:
                known.see(value, now)
            else:
                yield fact, known.possible, value
