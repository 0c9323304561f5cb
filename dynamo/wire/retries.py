"""How often and when a request is sent again: one policy for single requests and for what a batch leaves
unprocessed."""

import asyncio
import random
from typing import Final

from dynamo.errors import Throttled, TransactionConflict, Unavailable
from dynamo.progress import note_cut_off

CONFLICT_ATTEMPTS: Final = 6
"""Attempts for a write that conflicts with another transaction, because transactions end soon."""
LONGEST_FIRST_PAUSE_SECONDS: Final = 0.05
"""The longest pause after the first attempt. It doubles with each further attempt."""
BATCH_ATTEMPTS: Final = 5
"""The most requests for one batch, as long as DynamoDB leaves a part of it unprocessed."""


def attempts_at(error: Unavailable, usual: int) -> int:
    """How many attempts a request gets if it meets an error, including the first."""
    return CONFLICT_ATTEMPTS if isinstance(error, TransactionConflict) else usual


async def pause(attempt: int) -> None:
    """Wait before the next attempt: longer each time, and for a random time, so that clients do not retry together."""
    longest = LONGEST_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
    try:
        await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret
    except asyncio.CancelledError:
        note_cut_off()
        raise


def still_unprocessed() -> Throttled:
    """The error if DynamoDB keeps leaving a part of a batch unprocessed."""
    return Throttled("DynamoDB repeatedly left a part of the batch unprocessed.")
