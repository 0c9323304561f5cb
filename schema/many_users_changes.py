"""The mutations about many users at once. A row is the input of the mutation of one user, and its result is the payload
of that mutation."""

from typing import Annotated, Any, Final

import strawberry

from resolvers import many_users
from resolvers.bulk import MOST_ROWS
from resolvers.payloads import Payload
from resolvers.scopes import SIGNED_IN, WRITE_SESSIONS, WRITE_USERS
from schema.fields import CHANGES, Info, attribute, described, field
from schema.inputs import given, required
from schema.payload import UserError
from schema.session_changes import DeleteSessionsInput, DeleteSessionsPayload
from schema.user_changes import (
    CreateUserInput,
    CreateUserPayload,
    DeleteUserInput,
    DeleteUserPayload,
    DisableUserInput,
    DisableUserPayload,
    EnableUserInput,
    EnableUserPayload,
)

EACH: Final = (
    "Each row has a result of its own, and a row that is rejected does not affect the others. Rows about the same user "
    f"are done in their order. With no rows or more than {MOST_ROWS}, the whole call is rejected."
)


def _rows(what: str) -> Any:
    return required(f"{what} 1 to {MOST_ROWS} rows.")


def _results() -> Any:
    return attribute(
        "The result of each row, in the order of the rows. Null if the whole call was rejected. The `path` of an error "
        'begins with `users` and the place of the row, as in `["users", "3", "by", "email"]`.',
        SIGNED_IN,
    )


def _user_errors() -> Any:
    return attribute(
        "Why the whole call was rejected and changed nothing. Empty if the rows were done; their errors are in "
        "`results`.",
        SIGNED_IN,
    )


@strawberry.input(description="The users to create.")
class CreateUsersInput:
    users: list[CreateUserInput] = _rows("The users to create, each with its own idempotency key.")


@strawberry.input(description="The users to disable.")
class DisableUsersInput:
    users: list[DisableUserInput] = _rows("The users to disable, and for how long.")


@strawberry.input(description="The users to enable.")
class EnableUsersInput:
    users: list[EnableUserInput] = _rows("The users to enable.")


@strawberry.input(description="The users to delete.")
class DeleteUsersInput:
    users: list[DeleteUserInput] = _rows("The users to delete.")


@strawberry.input(description="The users whose sessions to revoke.")
class DeleteSessionsOfUsersInput:
    users: list[DeleteSessionsInput] = _rows("The users whose sessions to revoke, each with a session to keep or none.")


@strawberry.type(description="The result of `createUsers`.")
class CreateUsersPayload:
    results: list[CreateUserPayload] | None = _results()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The result of `disableUsers`.")
class DisableUsersPayload:
    results: list[DisableUserPayload] | None = _results()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The result of `enableUsers`.")
class EnableUsersPayload:
    results: list[EnableUserPayload] | None = _results()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The result of `deleteUsers`.")
class DeleteUsersPayload:
    results: list[DeleteUserPayload] | None = _results()
    user_errors: list[UserError] = _user_errors()


@strawberry.type(description="The result of `deleteSessionsOfUsers`.")
class DeleteSessionsOfUsersPayload:
    results: list[DeleteSessionsPayload] | None = _results()
    user_errors: list[UserError] = _user_errors()


@strawberry.type
class ManyUsersMutations:
    """The mutations about many users; `schema.mutation` gathers them."""

    @field(f"Create up to {MOST_ROWS} users. {EACH}", WRITE_USERS, type=CreateUsersPayload, cost=CHANGES)
    async def create_users(
        self, info: Info, input: Annotated[CreateUsersInput, described("The users to create.")]
    ) -> Payload:
        return await many_users.create(info.context, info.refused(), **given(input))

    @field(
        f"Delete up to {MOST_ROWS} users with all that belongs to them. Safe to repeat. {EACH}",
        WRITE_USERS,
        type=DeleteUsersPayload,
        cost=CHANGES,
    )
    async def delete_users(
        self, info: Info, input: Annotated[DeleteUsersInput, described("The users to delete.")]
    ) -> Payload:
        return await many_users.delete(info.context, info.refused(), **given(input))

    @field(
        f"Prevent up to {MOST_ROWS} users from signing in, and revoke all their sessions. Safe to repeat. {EACH}",
        WRITE_USERS,
        type=DisableUsersPayload,
        cost=CHANGES,
    )
    async def disable_users(
        self, info: Info, input: Annotated[DisableUsersInput, described("The users to disable, and for how long.")]
    ) -> Payload:
        return await many_users.disable(info.context, info.refused(), **given(input))

    @field(
        f"Allow up to {MOST_ROWS} disabled users to sign in again. Safe to repeat. {EACH}",
        WRITE_USERS,
        type=EnableUsersPayload,
        cost=CHANGES,
    )
    async def enable_users(
        self, info: Info, input: Annotated[EnableUsersInput, described("The users to enable.")]
    ) -> Payload:
        return await many_users.enable(info.context, info.refused(), **given(input))

    @field(
        f"Revoke the sessions of up to {MOST_ROWS} users: of each all, or all except one. Safe to repeat. {EACH}",
        WRITE_SESSIONS,
        type=DeleteSessionsOfUsersPayload,
        cost=CHANGES,
    )
    async def delete_sessions_of_users(
        self, info: Info, input: Annotated[DeleteSessionsOfUsersInput, described("The users, and what they keep.")]
    ) -> Payload:
        return await many_users.delete_sessions(info.context, info.refused(), **given(input))
