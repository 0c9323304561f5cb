"""Many users at once: the mutations whose input has a row for each user."""

from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from typing import Any, Final

from dynamo import disablement, models, sessions
from dynamo import email as addresses
from dynamo.seeds import Seed
from resolvers import sessions as session_changes
from resolvers import targets, users
from resolvers.bulk import Batch, bulk
from resolvers.payloads import Result
from resolvers.scopes import Scope

UNIQUE: Final = ("user_id", "idempotency_key")
"""The fields of a new user that make two rows about the same user, besides the e-mail address."""


@bulk
async def create(batch: Batch) -> None:
    """Create users. Of two rows with the same id, e-mail address or idempotency key, the first one comes first."""

    async def do(place: int) -> Result:
        return await users.created(batch.context, **batch.rows[place])

    subjects = {place: set(_claimed(row)) for place, row in enumerate(batch.rows)}
    await batch.answer_each(do, subjects=subjects)


def _claimed(row: Mapping[str, Any]) -> Iterator[Hashable]:
    for name in UNIQUE:
        if row.get(name) is not None:
            yield name, row[name]
    if row.get("email") is not None:
        yield "email", addresses.normalise(row["email"])


@bulk
async def disable(batch: Batch) -> None:
    """Disable users, all in one transaction, and revoke their sessions. A user who is named twice is disabled twice."""
    context = batch.context

    async def checked(place: int) -> disablement.Disablement:
        return await users.disablement_of(context, **batch.rows[place])

    wanted = await batch.each(checked)
    for places in batch.rounds({place: one.user_id for place, one in wanted.items()}):
        marking = disablement.mark_many(context.table, [wanted[place] for place in places])
        disabled = await batch.together(places, marking)

        async def end_sessions(place: int, disabled: Mapping[int, models.User] = disabled) -> Result:
            # It belongs to the disablement, which has its entry in the audit log.
            await sessions.delete_all(context.table.acting(None), wanted[place].user_id)
            return {"user": disabled[place]}

        await batch.answer_each(end_sessions, disabled)


@bulk
async def enable(batch: Batch) -> None:
    """Enable users, all in one transaction."""
    named = await batch.each(_named(batch))
    for places in batch.rounds(named):
        enabling = disablement.enable_many(batch.context.table, [named[place] for place in places])
        for place, user in (await batch.together(places, enabling)).items():
            batch.answer(place, {"user": user})


def _named(batch: Batch) -> Callable[[int], Awaitable[str]]:
    async def named(place: int) -> str:
        return await targets.user(batch.context, batch.rows[place]["by"], Scope.USERS_WRITE)

    return named


@bulk
async def delete(batch: Batch) -> None:
    """Delete users. For a row whose user an earlier row has deleted, there is no user any more."""
    context = batch.context

    async def found(place: int) -> tuple[str | None, Seed]:
        return await users.to_delete(context, **batch.rows[place])

    named = await batch.each(found)

    async def do(place: int) -> Result:
        return await users.deleted(context, batch.rows[place]["by"], *named[place])

    await batch.answer_each(do, subjects={place: (user_id,) for place, (user_id, _) in named.items()})


@bulk
async def delete_sessions(batch: Batch) -> None:
    """Revoke the sessions of users. For a row whose user an earlier row names, what that row kept is left."""
    context = batch.context

    async def checked(place: int) -> session_changes.Revocation:
        return await session_changes.revocation(context, **batch.rows[place])

    wanted = await batch.each(checked)

    async def do(place: int) -> Result:
        return await session_changes.revoked(context, wanted[place])

    await batch.answer_each(do, subjects={place: (one.user_id,) for place, one in wanted.items()})
