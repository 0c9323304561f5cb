"""How long and how large the experiments are."""

from dataclasses import dataclass
from typing import Final

MINUTES: Final = 30.0
"""All experiments together, at scale 1."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of everything; `of_minutes` makes one of a length."""

    seed: int
    chaos_seconds: float = 400
    kill_seconds: float = 300
    overload_seconds: float = 60
    stall_seconds: float = 45
    races: int = 100
    """Rounds of fifty callers on a few objects."""
    memory_requests: int = 200_000
    memory_seconds: float = 600
    """The requests end after this, however many there were."""
    judges_memory: bool = True
    """Whether there are requests enough for the memory to have levelled off."""


def of_minutes(seed: int, minutes: float = MINUTES) -> Plan:
    """A plan for about so many minutes."""
    whole, scale = Plan(seed), minutes / MINUTES
    return Plan(
        seed,
        whole.chaos_seconds * scale,
        whole.kill_seconds * scale,
        max(whole.overload_seconds * scale, 5),
        max(whole.stall_seconds * scale, 8),
        max(round(whole.races * scale), 1),
        max(round(whole.memory_requests * scale), 1000),
        max(whole.memory_seconds * scale, 20),
        judges_memory=scale >= MEMORY_SCALE,
    )


MEMORY_SCALE: Final = 0.4
"""Below this part of all requests, caches are still filling."""
QUICK: Final = Plan(0, 20, 20, 5, 8, 3, 3000, 20, judges_memory=False)
"""For trying it out; the seed is another's."""
