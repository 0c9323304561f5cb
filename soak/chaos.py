"""Thirty callers execute every mutation while a tenth of all DynamoDB requests fail, in every way."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from soak.callers import Caller, callers
from soak.client import Client
from soak.ledger import LATEST_SECONDS
from soak.plan import Plan
from soak.stage import Stage
from soak.tally import Tally

CALLERS: Final = 30
SHARE: Final = 0.1
"""The fraction of DynamoDB requests that meet a fault."""
IMPATIENCE: Final = {"AUTHGRAPH_DYNAMODB_READ_TIMEOUT_SECONDS": "0.7"}
"""A shorter time limit than the default, so that silence takes less time and there are more faults per minute."""
OUTAGE_SHARE: Final = 0.6
OUTAGE_SECONDS: Final = 1.5
CALM_SECONDS: Final = 12.0
"""The time between two outages, in which so many requests fail that retries do not help and outcomes are unknown."""
SILENCE_SECONDS: Final = 20.0
"""The time between two moments at which all connections to DynamoDB turn into black holes."""


async def run(stage: Stage, plan: Plan) -> Tally:
    """Faults, then none, then a check of everything."""
    tally = Tally("chaos")
    with stage.server("chaos", IMPATIENCE) as server:
        async with Client(server.url, tally) as client:
            everybody = callers(client, tally, plan.seed, CALLERS)
            stage.proxy.injected.clear()
            stage.proxy.share = SHARE
            over = time.monotonic() + plan.chaos_seconds
            troubles = [asyncio.ensure_future(trouble(stage)) for trouble in (Stage.haunt, _silence, _outages)]
            calls = asyncio.gather(*(one.run(lambda: time.monotonic() > over) for one in everybody))
            await asyncio.sleep(plan.chaos_seconds)
            await end(troubles)
            stage.proxy.share = 0
            await calls
            tally.faults += stage.proxy.injected
            await stage.deliver()
            # Requests that were held back on their way to DynamoDB arrive in the meantime.
            await asyncio.sleep(min(LATEST_SECONDS / 10, plan.chaos_seconds / 5))
            await look_at_all(everybody)
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    await stage.examine(tally)
    return tally


async def look_at_all(everybody: Sequence[Caller]) -> None:
    """Let every caller check all users that it created."""
    await asyncio.gather(*(one.look_at_everybody() for one in everybody))


async def end(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancel tasks that would run forever. Raises the error of one that failed."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _silence(stage: Stage) -> None:
    while True:
        await asyncio.sleep(SILENCE_SECONDS)
        stage.proxy.silence_connections()
        stage.proxy.injected["Silence"] += 1


async def _outages(stage: Stage) -> None:
    while True:
        await asyncio.sleep(CALM_SECONDS)
        stage.proxy.share = OUTAGE_SHARE
        await asyncio.sleep(OUTAGE_SECONDS)
        stage.proxy.share = SHARE
