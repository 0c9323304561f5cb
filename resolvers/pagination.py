"""Relay connections over stores that can only be read forward from a position.

A connection is never changed. It is not frozen all the same: a list of users makes hundreds, and making a frozen one
takes four times as long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from resolvers.cursors import Cursors
from resolvers.errors import BadInput, InvalidCursor

T = TypeVar("T")

LARGEST_PAGE: Final = 100
USUAL_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A node, with the function that makes its cursor."""

    node: T
    cursor_of: Callable[[T], str]

    @property
    def cursor(self) -> str:
        """The cursor of the position directly after the node."""
        return self.cursor_of(self.node)


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The fields of `PageInfo` in Relay's cursor connections specification."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(slots=True)
class Connection(Generic[T]):
    """One page of a list. `next` is the cursor to continue from; even an empty page has one if its read budget ran
    out."""

    nodes: Sequence[T]
    cursor_of: Callable[[T], str]
    next: str | None
    after: str | None

    @property
    def edges(self) -> list[Edge[T]]:
        """Each node with its cursor, which is made only if it is read."""
        return [Edge(node, self.cursor_of) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Whether there are pages before and after this one, and the cursors to fetch them."""
        start = self.cursor_of(self.nodes[0]) if self.nodes else None
        end = self.next or (self.cursor_of(self.nodes[-1]) if self.nodes else None)
        return PageInfo(self.next is not None, self.after is not None, start, end)


def check_first(first: int | None, name: str = "first") -> int:
    """Return the page size, 50 for null. Raises `BadInput` outside 1 to 100."""
    if first is None:
        return USUAL_PAGE
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is {first}; it must be from 1 to {LARGEST_PAGE}.")
    return first


def open_cursor(cursors: Cursors, after: str | None, *bindings: str) -> Any:
    """The position in the cursor `after`; None for the beginning. Raises `InvalidCursor`."""
    if after is None:
        return None
    position = cursors.open(after, *bindings)
    if position is None:
        raise InvalidCursor("`after` is not a cursor of this list. Use `pageInfo.endCursor` of the same query.")
    return position
