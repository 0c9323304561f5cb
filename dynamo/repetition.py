"""What a create does that meets something in its place: it finds out whether the same create has put it there.

DynamoDB remembers a transaction by its client request token for ten minutes, and answers the same transaction with
success without doing it again. So a create looks only if that time is over, if it has no idempotency key, or if its
transaction contains the time.
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

    `derived` says whether the key of the first item comes from the seed. `ignored` are attributes that may differ.
    `proof` is the position of an item whose `id` comes from the seed and the content: if it is stored, the same caller
    stored the same content, whatever it was changed to since.
    """
    refusal: Rejected = met if isinstance(met, AlreadyExists) else KeyReused()
    if derived and not seed.repeatable:
        # Nothing is stored under a random key.
        return refusal
    stored = await _stored(table, wanted)
    if derived and stored[0] is not None:
        refusal = KeyReused()
    there = [item for item in stored if item is not None]
    if len(there) < len(wanted):
        return refusal
    proven = seed.repeatable and proof is not None and there[proof].get("id") == wanted[proof]["id"]
    if proven or all(content.is_equal(one, other, ignored) for one, other in zip(there, wanted, strict=True)):
        return Repetition(made(there), refusal, proven=proven, derived=derived)
    return refusal


async def _stored(table: Table, wanted: Sequence[Item]) -> list[Item | None]:
    """What is stored under the keys of items, by a consistent read."""
    places = [table.key_of(item) for item in wanted]
    found = {tuple(table.key_of(item).values()): item for item in await table.batch_get(places, consistent=True)}
    return [found.get(tuple(place.values())) for place in places]
