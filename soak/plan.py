"""The duration and size of each experiment."""

from dataclasses import dataclass
from typing import Final

MINUTES: Final = 30.0
"""The duration of all experiments together, at scale 1."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of all experiments. `of_minutes` makes a plan for a duration."""

    seed: int
    chaos_seconds: float = 400
    kill_seconds: float = 300
    overload_seconds: float = 60
    stall_seconds: float = 45
    races: int = 100
    """Rounds in which fifty callers use a few objects."""
    memory_requests: int = 200_000
    memory_seconds: float = 600
    """After this time no more requests are sent, however many there were."""
    judges_memory: bool = True
    """Whether there are enough requests for the memory to level off."""


def of_minutes(seed: int, minutes: float = MINUTES) -> Plan:
    """A plan that takes about so many minutes."""
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
"""Below this scale, caches are not full at the end."""
QUICK: Final = Plan(0, 20, 20, 5, 8, 3, 3000, 20, judges_memory=False)
"""A plan for trying it out. The seed is replaced."""
