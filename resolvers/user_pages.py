"""Pages of users: read from the list that the arguments of `users` ask for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from dynamo import directory, listing, models
from dynamo.directory import Position
from dynamo.entities import UserKey
from dynamo.listing import AccountsAt, Place, Section
from resolvers.context import Context
from resolvers.errors import BadInput, InvalidCursor
from resolvers.pagination import Connection, Span, open_cursor
from resolvers.user_lists import UserList, user_list


@dataclass(slots=True)
class UserPage(Connection[models.User]):
    """A page of users, and whether its list has all of them."""

    complete: bool = True


async def page(
    context: Context,
    span: Span,
    order: Mapping[str, Any] | None,
    conditions: Mapping[str, Any],
    *,
    children: bool,
) -> UserPage:
    """List users. `children` says whether accounts, sessions or passkeys of each user will be read too."""
    wanted = user_list(context.table, order, conditions)
    start = open_cursor(context.cursors, span.cursor, *wanted.bindings, backward=span.backward)
    if span.backward and wanted.forward_only:
        raise BadInput("`filter.search` lists users forward only: use `first` and `after`.", "last")
    if wanted.sections is None:
        return await _page_of_all(context, span, wanted, start, children=children)
    missing = await context.service.wholeness.missing(context.table, wanted.lists)
    context.incomplete.update(missing, wanted.off)
    found = await listing.read(
        context.table,
        _begun(wanted.sections, start, span),
        partial(_load, context),
        limit=span.size,
        after=None if start is None else Place.of(start),
        accepts=wanted.accepts,
        budget=context.scans,
        backward=span.backward,
    )
    places = {one.user.user_id: one.place.parts for one in found.users}
    return _connected(
        context,
        span,
        wanted,
        [one.user for one in found.users],
        lambda user: places[user.user_id],
        None if found.next is None else found.next.parts,
        complete=not (missing or wanted.off),
    )


def _begun(sections: Sequence[Section], start: Any, span: Span) -> Sequence[Section]:
    """The sections, which may know that the list is read from its beginning."""
    if span.backward or not (start is None or Place.of(start) == Place()):
        return sections
    return [replace(one, from_start=True) if isinstance(one, AccountsAt) else one for one in sections]


async def _load(context: Context, user_ids: Sequence[str]) -> list[models.User | None]:
    found = await context.loaders.entities.load_many([UserKey(user_id) for user_id in user_ids])
    return [user if isinstance(user, models.User) else None for user in found]


async def _page_of_all(context: Context, span: Span, wanted: UserList, start: Any, *, children: bool) -> UserPage:
    """A page of all users, in the order of the table."""
    position = None if start is None else Position.of(start)
    has_index = context.table.directory_index_name is not None
    if position is not None and position.indexed and not has_index:
        raise InvalidCursor(
            f"`{'before' if span.backward else 'after'}` is a cursor of the directory index, which is turned off. "
            "Start again from the first page."
        )
    if span.backward and not (has_index and (position is None or position.indexed)):
        raise BadInput(
            "`last` and `before` need the directory index, because a table can only be scanned forward: use `first` "
            "and `after`. The operator adds the index with `python server.py table create --directory-index`, sets "
            "AUTHGRAPH_DIRECTORY_INDEX_NAME to its name, and restarts the servers.",
            "last",
        )
    found = await directory.read(
        context.table,
        limit=span.size,
        after=position,
        children=children,
        accepts=wanted.accepts,
        attributes=_read_of_each(context, filtered=wanted.accepts is not None),
        budget=context.scans,
        backward=span.backward,
    )
    for user_id, partition in found.partitions.items():
        context.loaders.prime_partition(user_id, partition)
    for user in found.users:
        if user.user_id not in found.partitions:
            context.loaders.prime_user(user)
    following = None if found.next is None else found.next.parts
    return _connected(context, span, wanted, found.users, lambda user: found.position_of(user).parts, following)


def _connected(
    context: Context,
    span: Span,
    wanted: UserList,
    users: Sequence[models.User],
    position_of: Callable[[models.User], Any],
    following: Any,
    *,
    complete: bool = True,
) -> UserPage:
    """The connection of users that were read one way, in the order of the list."""

    def cursor_at(position: Any) -> str:
        return context.cursors.of(position, *wanted.bindings)

    onward = None if following is None else cursor_at(following)
    return UserPage(
        nodes=users[::-1] if span.backward else users,
        cursor_of=lambda user: cursor_at(position_of(user)),
        next=None if span.backward else onward,
        after=None if span.backward else span.cursor,
        previous=onward if span.backward else None,
        before=span.cursor if span.backward else None,
        complete=complete,
    )


LOOKED_AT: Final = frozenset[str]().union(
    *(models.User.READ_FROM[name] for name in ("name", "email", "email_verified", "disabled"))
)
"""The stored attributes that the conditions of a filter are checked against."""


def _read_of_each(context: Context, *, filtered: bool) -> Collection[str] | None:
    """The stored attributes to read: those that are selected, and those that a filter needs; None for whole items."""
    return LOOKED_AT.union(context.stored) if filtered and context.stored is not None else context.stored
