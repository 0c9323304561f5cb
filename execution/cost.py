"""The maximum cost of an operation, as a formula of its variables: known before anything is executed.

An object costs 1, a page costs its objects, a mutation costs 10. A list field multiplies the cost below it by the most
objects that it can return. A filter adds the cost of what it may read. Formulas of fragments are shared between the
places that use them, so formulas stay as small as the document.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schema.fields import Cost

HIGHEST: Final = 10**9
"""The highest cost that is computed, far beyond what any operation may cost."""

Variables = Mapping[str, Any]
Count = int | Callable[[Variables], int]
"""How many objects a field returns at most; a function of the variables if it depends on them."""


@dataclass(slots=True, eq=False)
class Formula:
    """A sum of terms. Each is a count times its weight and the cost below it."""

    terms: list["Term"] = field(default_factory=list)
    fixed: int | None = None
    """The value if it depends on no variable; known after `fix`."""
    complete: bool = False

    def fix(self) -> None:
        """Compute, once, what does not depend on variables. Call it when the terms are complete."""
        if self.complete:
            return
        self.complete = True
        for term in self.terms:
            term.below.fix()
        if all(isinstance(term.count, int) and term.below.fixed is not None for term in self.terms):
            self.fixed = self.value({})

    def value(self, variables: Variables) -> int:
        """The cost with these variables, at most `HIGHEST`."""
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
    """One field, or the fields of a fragment, as a part of a sum."""

    count: Count
    weight: int
    below: Formula


def size(given: Any, cost: Cost) -> int:
    """A page size, or the length of a list of ids. A value that is not valid counts as one, because it is rejected
    later."""
    value = cost.null_size if given is None else given
    if isinstance(value, list | tuple):
        return len(value)
    if isinstance(value, float):
        # GraphQL accepts a float without a fraction as Int if it is the value of a variable.
        return int(min(value, HIGHEST)) if value.is_integer() and value >= 1 else 1
    return min(int(value), HIGHEST) if isinstance(value, int) and value >= 1 else 1


def searches(given: Any, conditions: Collection[str]) -> int:
    """One if a filter has one of these conditions, else zero. A value that is not valid has none."""
    return int(isinstance(given, Mapping) and any(given.get(name) is not None for name in conditions))
