"""The field `_entities` of Apollo Federation: objects by representation, with the same permissions as by global id.

A representation is what another subgraph knows of an object: `{"__typename": "User", "userId": "…"}`. A gateway builds
it from the keys in our schema. So one without a type and a key of ours is a mistake in the gateway, and an error. A key
that finds nothing is null, as in `nodes`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from resolvers import accounts, api_keys, authenticators, sessions, users
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.pagination import LARGEST_PAGE

Lookup = Callable[[Context, str], Awaitable[Any]]

LOOKUPS: Final[Mapping[str, Mapping[str, Lookup]]] = {
    "User": {"id": users.by_id, "userId": users.by_raw_id},
    "Account": {"id": accounts.by_id},
    "Session": {"id": sessions.by_id},
    "Authenticator": {"id": authenticators.by_id},
    "ApiKey": {"id": api_keys.by_id},
}
"""How an object of each type is found by each of its keys. Of several keys in a representation, the first counts."""


class _Reference(NamedTuple):
    """What a representation says of an object."""

    type: str
    key: str
    value: str


async def entities(context: Context, representations: Sequence[object]) -> list[Any]:
    """Objects by representation, in order; None for each that does not exist or that the caller may not access.

    Raises `BadInput` for more than 100, and for one without a type and a key of ours. Nothing was read then.
    """
    if len(representations) > LARGEST_PAGE:
        raise BadInput(
            f"`representations` has {len(representations)} representations; at most {LARGEST_PAGE} are allowed."
        )
    references = [_read(place, one) for place, one in enumerate(representations)]
    wanted = list(dict.fromkeys(references))
    if all(one.type == "User" for one in wanted):
        # The most common list, read without a coroutine for each representation.
        found = await users.by_raw_ids(context, [_raw_id(context, one) for one in wanted])
    else:
        found = await asyncio.gather(*(LOOKUPS[one.type][one.key](context, one.value) for one in wanted))
    objects = dict(zip(wanted, found, strict=True))
    return [objects[one] for one in references]


def _raw_id(context: Context, reference: _Reference) -> str | None:
    """The raw id of a user; None for the global id of anything else."""
    if reference.key == "userId":
        return reference.value
    key = context.ids.key_of(reference.value, "User")
    return key[0] if key is not None else None


def _read(place: int, representation: object) -> _Reference:
    """What a representation refers to. Fields that are no keys are ignored: they are for other subgraphs."""
    name = f"`representations.{place}`"
    if not isinstance(representation, Mapping):
        raise BadInput(f"{name} is not an object.")
    type_ = representation.get("__typename")
    if not isinstance(type_, str) or type_ not in LOOKUPS:
        raise BadInput(f"{name} has no `__typename` of an entity: {', '.join(LOOKUPS)}.")
    keys = LOOKUPS[type_]
    for key in keys:
        value = representation.get(key)
        # An id may be written as a number.
        if isinstance(value, str | int) and not isinstance(value, bool):
            return _Reference(type_, key, str(value))
        if value is not None:
            raise BadInput(f"`{key}` of {name} is not a string.")
    raise BadInput(f"{name} has no key of {type_}: {' or '.join(f'`{key}`' for key in keys)}.")
