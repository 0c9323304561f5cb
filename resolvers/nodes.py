"""The fields `node` and `nodes`: any object by global id, with the same permissions as on its other paths."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from resolvers import accounts, api_keys, authenticators, sessions, users
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.pagination import LARGEST_PAGE

_BY_TYPE: dict[str, Callable[[Context, str], Awaitable[Any]]] = {
    "User": users.by_id,
    "Account": accounts.by_id,
    "Session": sessions.by_id,
    "Authenticator": authenticators.by_id,
    "ApiKey": api_keys.by_id,
}


async def node(context: Context, sealed: str) -> Any:
    """An object by global id; None if the id is unknown or forged, or the caller may not access the object."""
    opened = context.ids.open_id(sealed)
    return await _BY_TYPE[opened.type](context, sealed) if opened is not None else None


async def nodes(context: Context, sealed: Sequence[str]) -> list[Any]:
    """Objects by global id, in order. Raises `BadInput` for more than 100."""
    if len(sealed) > LARGEST_PAGE:
        raise BadInput(f"`ids` has {len(sealed)} ids; at most {LARGEST_PAGE} are allowed.")
    opened = {one: context.ids.open_id(one) for one in dict.fromkeys(sealed)}
    if all(one is None or one.type == "User" for one in opened.values()):
        # The most common list, read without a coroutine for each id.
        names = [opened[one] for one in sealed]
        return await users.by_raw_ids(context, [name.parts[0] if name is not None else None for name in names])
    known = [one for one, name in opened.items() if name is not None]
    found = dict(zip(known, await asyncio.gather(*(node(context, one) for one in known)), strict=True))
    return [found.get(one) for one in sealed]
