"""What an operation costs at most, as a formula of its variables: known before anything is executed.

An object costs 1, a page costs its objects, a mutation costs 10. A list field multiplies what is below it by the
number of objects it may return; one that is narrowed by a filter costs what it may read besides. Formulas are shared
between the places a fragment is spread in, so that they stay as small as the document.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schema.fields import Cost

HIGHEST: Final = 10**9
"""Where counting ends: far beyond what any operation may cost."""

Variables = Mapping[str, Any]
Count = int | Callable[[Variables], int]
"""How many objects a field returns at most, where only the variables tell: by them."""


@dataclass(slots=True, eq=False)
class Formula:
    """A sum of terms; each is a weight and what lies below, times a count."""

    terms: list["Term"] = field(default_factory=list)
    fixed: int | None = None
    """The value, where no variable matters; known after `fix`."""
    complete: bool = False

    def fix(self) -> None:
        """Work out, once, what does not depend on variables. To be called when the terms are complete."""
        if self.complete:
            return
        self.complete = True
        for term in self.terms:
            term.below.fix()
        if all(isinstance(term.count, int) and term.below.fixed is not None for term in self.terms):
            self.fixed = self.value({})

    def value(self, variables: Variables) -> int:
        """The cost under these variables, at most `HIGHEST`."""
        return self._value(variables, {})

    def _value(self, variables: Variables, known: dict[int, int]) -> int:
        if self.fixed is not None:
            return self.fixed
        found = known.get(id(self))
        if found is None:
            total = sum(
                (term.count if isinstance(term.count, int) else term.count(variables))
                * (term.weight + term.below._value(variables, known))
                for term in self.terms
            )
            found = known[id(self)] = min(total, HIGHEST)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One field, or the fields of a fragment."""

    count: Count
    weight: int
    below: Formula


def size(given: Any, cost: Cost) -> int:
    """A page size, or the length of a list of ids; a value that cannot be meant is refused later and counts once."""
    value = cost.null_size if given is None else given
    if isinstance(value, list | tuple):
        return len(value)
    if isinstance(value, float):
        # A whole number with a point is an Int to GraphQL when it comes as a variable.
        return int(min(value, HIGHEST)) if value.is_integer() and value >= 1 else 1
    return min(int(value), HIGHEST) if isinstance(value, int) and value >= 1 else 1


def searches(given: Any) -> int:
    """One if a filter narrows a list, else zero."""
    if isinstance(given, Mapping):
        return int(any(value is not None for value in given.values()))
    return int(given is not None)
