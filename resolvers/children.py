"""What a user owns: pages of accounts, sessions and passkeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from dynamo import models
from dynamo.partition import Child, Kind
from resolvers.context import Context
from resolvers.loaders import ChildrenKey, Position
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
    pages = ChildPages(context, kind, include_expired)
    found = context.loaders.first_pages(users, kind, size, include_expired=include_expired) if after is None else None
    if found is None:
        wanted = [
            ChildrenKey(user.user_id, kind, size, pages.open(user.user_id, after), include_expired) for user in users
        ]
        found = await context.loaders.children_of(wanted)
    cursor_of = pages.cursor_of
    return [
        Connection(
            children.records,
            cursor_of,
            pages.cursor(user.user_id, children.next) if children.next is not None else None,
            after,
        )
        for user, children in zip(users, found, strict=True)
    ]


@dataclass(slots=True)
class ChildPages:
    """The pages of users' accounts, sessions or passkeys. Each user has a list with cursors of its own."""

    context: Context
    kind: Kind
    include_expired: bool

    def open(self, user_id: str, after: str | None) -> Position | None:
        """The position that a cursor stands for. Raises `InvalidCursor` for a cursor of another list."""
        if after is None:
            return None
        start = open_cursor(self.context.cursors, after, *self._bindings(user_id))
        return Place(*start) if isinstance(start, list) else start

    def cursor(self, user_id: str, position: Position) -> str:
        """The encrypted cursor of a position in a user's list."""
        return self.context.cursors.of(position if isinstance(position, str) else [*position], *self._bindings(user_id))

    def cursor_of(self, record: Child) -> str:
        """The encrypted cursor of a record in the list of its user."""
        return self.cursor(record.user_id, self.context.loaders.position(record))

    def _bindings(self, user_id: str) -> tuple[str, ...]:
        """What a list's cursors are valid for: the kind, the user and `include_expired`."""
        return (self.kind.name, user_id, str(self.include_expired))
