"""How often and when a request is sent again: one policy for single requests and for what a batch leaves."""

import asyncio
import random
from typing import Final

from dynamo.errors import Throttled, TransactionConflict, Unavailable
from dynamo.progress import note_cut_off

CONFLICT_ATTEMPTS: Final = 6
"""Attempts at a write that meets another transaction: it is soon over."""
LONGEST_FIRST_PAUSE_SECONDS: Final = 0.05
"""The longest pause after the first attempt; it doubles with each further one."""
BATCH_ATTEMPTS: Final = 5
"""Requests for one batch, as long as DynamoDB leaves a part of it."""


def attempts_at(error: Unavailable, usual: int) -> int:
    """How many attempts there are at a request that meets an error, the first included."""
    return CONFLICT_ATTEMPTS if isinstance(error, TransactionConflict) else usual


async def pause(attempt: int) -> None:
    """Wait before the attempt after this one: longer each time, and not in step with others."""
    longest = LONGEST_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
    try:
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
    except asyncio.CancelledError:
        note_cut_off()
        raise


def still_unprocessed() -> Throttled:
    """What a batch is answered with that DynamoDB keeps leaving a part of."""
    return Throttled("DynamoDB repeatedly left a part of the batch unprocessed.")
