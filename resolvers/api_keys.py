"""API keys, which administrators list, create and revoke."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dynamo import api_keys, models
from dynamo.api_keys import Position
from dynamo.entities import ApiKeyKey
from dynamo.errors import Repetition
from resolvers import inputs, repetition, targets
from resolvers.api_key_secrets import format_api_key, hash_secret, new_secret
from resolvers.checks import Checks
from resolvers.context import Context
from resolvers.pagination import Connection, check_first, open_cursor
from resolvers.payloads import Result, mutation
from resolvers.principal import in_force
from resolvers.scopes import Scope


async def by_id(context: Context, sealed: str) -> models.ApiKey | None:
    """A key by global id; None if there is none or the caller is not an administrator."""
    key = context.ids.key_of(sealed, "ApiKey")
    if key is None or not context.principal.administrator:
        return None
    found = await context.loaders.entities.load(ApiKeyKey(key[0]))
    return found if isinstance(found, models.ApiKey) else None


async def page(context: Context, first: int | None, after: str | None) -> Connection[models.ApiKey]:
    """A page of keys, in order of their ids."""
    opened = open_cursor(context.cursors, after, "apiKeys")
    start = None if opened is None else Position.of(opened)
    found, following = await api_keys.page(context.table, limit=check_first(first), after=start)

    def cursor_at(position: Position) -> str:
        return context.cursors.of(position.parts, "apiKeys")

    return Connection(
        nodes=found,
        cursor_of=lambda key: cursor_at(api_keys.position(key)),
        next=cursor_at(following) if following is not None else None,
        after=after,
    )


def scopes(key: models.ApiKey) -> list[Scope]:
    """The scopes that the key was created with. A name that is not a scope any more is left out."""
    known = {scope.value: scope for scope in Scope}
    return [known[name] for name in key.scopes if name in known]


@mutation
async def create(
    context: Context,
    *,
    name: str,
    scopes: Sequence[Scope],
    expires: datetime | None = None,
    idempotency_key: str | None = None,
) -> Result:
    """Create a key. Only this payload and that of a repetition contain its secret."""
    check = Checks()
    seed = check(repetition.seed, context, "createApiKey", idempotency_key)
    with check:
        api_keys.check_name(name)
        inputs.text(name, "name")
    check(api_keys.check_scopes, scopes)
    end = check(inputs.future, expires) if expires is not None else None
    check.done()
    secret = new_secret(seed)
    granted = [scope.value for scope in scopes]
    try:
        key = await api_keys.create(context.table, name, granted, hash_secret(secret), end, seed)
    except Repetition as repeated:
        key = repetition.recognised(context, repeated)
    return {"api_key": key, "secret": format_api_key(key.key_id, secret) if in_force(key) else None}


@mutation
async def revoke(context: Context, *, by: Mapping[str, Any]) -> Result:
    """Revoke a key. It is rejected from the next request on."""
    return {"api_key": await api_keys.revoke(context.table, targets.api_key(context, by))}
