"""What a user owns: pages of accounts, sessions and passkeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from dynamo import models
from dynamo.partition import Child, Kind
from resolvers.context import Context
from resolvers.loaders import Children, ChildrenKey, Position
from resolvers.pagination import Connection, check_first, open_cursor
from resolvers.recency import Place


async def accounts(
    context: Context, users: Sequence[models.User], first: int | None = 50, after: str | None = None
) -> list[Connection[models.Account]]:
    """A page of each user's accounts, in order of provider and account id."""
    return cast(list[Connection[models.Account]], await _pages(context, users, Kind.ACCOUNTS, first, after))


async def sessions(
    context: Context,
    users: Sequence[models.User],
    first: int | None = 50,
    after: str | None = None,
    include_expired: bool = False,
) -> list[Connection[models.Session]]:
    """A page of each user's sessions, newest first. Expired ones are listed only with `include_expired`."""
    found = await _pages(context, users, Kind.SESSIONS, first, after, include_expired=include_expired)
    return cast(list[Connection[models.Session]], found)


async def authenticators(
    context: Context, users: Sequence[models.User], first: int | None = 50, after: str | None = None
) -> list[Connection[models.Authenticator]]:
    """A page of each user's passkeys, in order of credential id, which is no secret."""
    found = await _pages(context, users, Kind.AUTHENTICATORS, first, after)
    return cast(list[Connection[models.Authenticator]], found)


async def _pages(
    context: Context,
    users: Sequence[models.User],
    kind: Kind,
    first: int | None,
    after: str | None,
    *,
    include_expired: bool = True,
) -> list[Connection[Any]]:
    size = check_first(first)
    lists = [ChildList(context, kind, user.user_id, include_expired) for user in users]
    wanted = [ChildrenKey(each.user_id, kind, size, each.open(after), include_expired) for each in lists]
    found = await context.loaders.children_of(wanted)
    return [each.page(children, after) for each, children in zip(lists, found, strict=True)]


@dataclass(slots=True)
class ChildList:
    """The accounts, the sessions or the passkeys of one user, as a list with cursors of its own."""

    context: Context
    kind: Kind
    user_id: str
    include_expired: bool

    @property
    def bindings(self) -> tuple[str, ...]:
        """What the list's cursors are valid for: the kind, the user and `include_expired`."""
        return (self.kind.name, self.user_id, str(self.include_expired))

    def open(self, after: str | None) -> Position | None:
        """The position that a cursor stands for. Raises `InvalidCursor` for a cursor of another list."""
        if after is None:
            return None
        start = open_cursor(self.context.cursors, after, *self.bindings)
        return Place(*start) if isinstance(start, list) else start

    def cursor(self, position: Position) -> str:
        """The encrypted cursor of a position."""
        return self.context.cursors.of(position if isinstance(position, str) else [*position], *self.bindings)

    def cursor_of(self, record: Child) -> str:
        """The encrypted cursor of a record."""
        return self.cursor(self.context.loaders.position(record))

    def page(self, children: Children, after: str | None) -> Connection[Any]:
        """One page of this list, given the records that were read for it."""
        following = self.cursor(children.next) if children.next is not None else None
        return Connection(children.records, self.cursor_of, following, after)
