"""What a create does that meets something in its place: it finds out whether the same create has put it there.

DynamoDB remembers a transaction by its client request token for ten minutes, and answers the same transaction with
success without doing it again. So a create looks only if that time is over, if it has no idempotency key, or if the
same create is another transaction: because it contains the time, or other conditions.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from dynamo import content
from dynamo.client import Table
from dynamo.errors import AlreadyExists, KeyReused, Rejected, Repetition, TokenUsed
from dynamo.item import Item
from dynamo.seeds import Seed

REFUSALS: Final = (AlreadyExists, TokenUsed)
"""What a create raises that meets something."""


def proof(kind: str, items: Sequence[Item], seed: Seed, ignored: Collection[str] = ()) -> Item:
    """The `id` to store that shows who created the items, if a caller may repeat the create; nothing otherwise.

    It does not depend on the `ignored` attributes, such as those that contain the time.
    """
    if not seed.repeatable:
        return {}
    return {"id": seed.uuid(kind, content.fingerprint(items, {"id", *ignored}))}


async def explained(
    table: Table,
    seed: Seed,
    wanted: Sequence[Item],
    met: AlreadyExists | TokenUsed,
    made: Callable[[Sequence[Item]], object],
    *,
    derived: bool,
    ignored: Collection[str] = (),
    proof: int | None = None,
) -> Rejected:
    """The error for a create that met something: `Repetition` if all of `wanted` is stored with equal content.

    `derived` says whether the key of the first item comes from the seed. `ignored` are attributes that may differ, such
    as those that contain the time. `proof` is the position of an item whose `id` comes from
    the seed and the content: it shows that the same caller stored the same content, whatever it was changed to since.
    """
    token = seed.request_token()
    if derived and token is None:
        # Nothing is stored under a random key.
        return met if isinstance(met, AlreadyExists) else KeyReused()
    stored = await _stored(table, wanted)
    known = derived and stored[0] is not None
    refusal: Rejected = met if isinstance(met, AlreadyExists) and not known else KeyReused()
    there = [item for item in stored if item is not None]
    if len(there) == len(wanted):
        proven = token is not None and proof is not None and there[proof].get("id") == wanted[proof]["id"]
        # Whoever has used the key for this stored an `id` of it. Otherwise the same may have been stored without it.
        must_be_proven = proof is not None and (derived or isinstance(met, TokenUsed))
        if proven or (not must_be_proven and _are_equal(there, wanted, ignored)):
            return Repetition(made(there), refusal, proven=proven, derived=derived)
    # What is taken may be the caller's own, under a key that they used for it.
    used = token is not None and isinstance(refusal, AlreadyExists) and await table.was_done(token)
    return KeyReused() if used else refusal


def _are_equal(stored: Sequence[Item], wanted: Sequence[Item], ignored: Collection[str]) -> bool:
    return all(content.is_equal(one, other, ignored) for one, other in zip(stored, wanted, strict=True))


async def _stored(table: Table, wanted: Sequence[Item]) -> list[Item | None]:
    """What is stored under the keys of items, by a consistent read."""
    places = [table.key_of(item) for item in wanted]
    found = {tuple(table.key_of(item).values()): item for item in await table.batch_get(places, consistent=True)}
    return [found.get(tuple(place.values())) for place in places]
