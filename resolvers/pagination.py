"""Relay connections over stores that are read from a position, most of them only forward.

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
    out. Of a page that was read backward, `previous` is this cursor."""

    nodes: Sequence[T]
    cursor_of: Callable[[T], str]
    next: str | None
    after: str | None
    previous: str | None = None
    before: str | None = None

    @property
    def edges(self) -> list[Edge[T]]:
        """Each node with its cursor, which is made only if it is read."""
        return [Edge(node, self.cursor_of) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Whether there are pages before and after this one, and the cursors to fetch them."""
        start = self.previous or (self.cursor_of(self.nodes[0]) if self.nodes else None)
        end = self.next or (self.cursor_of(self.nodes[-1]) if self.nodes else None)
        return PageInfo(
            has_next_page=self.next is not None or self.before is not None,
            has_previous_page=self.previous is not None or self.after is not None,
            start_cursor=start,
            end_cursor=end,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """Which page of a list is wanted: its size, the cursor that it begins at, and which way it is read."""

    size: int
    cursor: str | None
    backward: bool = False


def check_span(first: int | None, after: str | None, last: int | None, before: str | None) -> Span:
    """The page that the four arguments of a connection ask for. Raises `BadInput` if they ask for two."""
    if last is None and before is None:
        return Span(check_first(first), after)
    for name, value in (("first", first), ("after", after)):
        if value is not None:
            message = "`first` and `after` page forward, `last` and `before` backward: pass one of the two pairs."
            raise BadInput(message, name)
    return Span(check_first(last, "last"), before, backward=True)


def check_first(first: int | None, name: str = "first") -> int:
    """Return the page size, 50 for null. Raises `BadInput` outside 1 to 100."""
    if first is None:
        return USUAL_PAGE
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is {first}; it must be from 1 to {LARGEST_PAGE}.", name)
    return first


def open_cursor(cursors: Cursors, cursor: str | None, *bindings: str, backward: bool = False) -> Any:
    """The position in the cursor `after`, or `before` if the list is read backward; None for the beginning. Raises
    `InvalidCursor`."""
    if cursor is None:
        return None
    position = cursors.open(cursor, *bindings)
    if position is None:
        argument, field = ("before", "startCursor") if backward else ("after", "endCursor")
        raise InvalidCursor(f"`{argument}` is not a cursor of this list. Use `pageInfo.{field}` of the same query.")
    return position
