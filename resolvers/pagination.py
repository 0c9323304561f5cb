"""Relay connections over stores that can only go forward from a position.

A connection is never changed, and not frozen all the same: a list of users makes hundreds, and a frozen one takes four
times as long.
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
    """A node and how to get its cursor."""

    node: T
    cursor_of: Callable[[T], str]

    @property
    def cursor(self) -> str:
        """The position right after the node."""
        return self.cursor_of(self.node)


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(slots=True)
class Connection(Generic[T]):
    """One page of a list. `next` is the cursor to go on from, even after an empty page that a budget cut short."""

    nodes: Sequence[T]
    cursor_of: Callable[[T], str]
    next: str | None
    after: str | None

    @property
    def edges(self) -> list[Edge[T]]:
        """The nodes with their cursors."""
        return [Edge(node, self.cursor_of) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Where the page lies in the list."""
        start = self.cursor_of(self.nodes[0]) if self.nodes else None
        end = self.next or (self.cursor_of(self.nodes[-1]) if self.nodes else None)
        return PageInfo(self.next is not None, self.after is not None, start, end)


def check_first(first: int | None, name: str = "first") -> int:
    """Return a page size, 50 for null; raises `BadInput` outside 1 to 100."""
    if first is None:
        return USUAL_PAGE
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is {first}; it must be from 1 to {LARGEST_PAGE}.")
    return first


def open_cursor(cursors: Cursors, after: str | None, *bindings: str) -> Any:
    """The position behind `after`, None for the beginning; raises `InvalidCursor`."""
    if after is None:
        return None
    position = cursors.open(after, *bindings)
    if position is None:
        raise InvalidCursor("`after` is not a cursor of this list. Use `pageInfo.endCursor` of the same query.")
    return position
