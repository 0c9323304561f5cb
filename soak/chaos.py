"""Thirty callers make every mutation while a tenth of all DynamoDB requests fail, in every way there is."""

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
"""Of DynamoDB's requests that meet a fault."""
READ_TIMEOUT_SECONDS: Final = 0.7
"""Less than by default, so that silence costs less time and there are more faults in a minute."""
SILENCE_SECONDS: Final = 20.0
"""How often all connections to DynamoDB turn into black holes at once."""


async def run(stage: Stage, plan: Plan) -> Tally:
    """Chaos, then quiet, then a look at everything."""
    tally = Tally("chaos")
    impatience = {"AUTHGRAPH_DYNAMODB_READ_TIMEOUT_SECONDS": str(READ_TIMEOUT_SECONDS)}
    with stage.server("chaos", **impatience) as server:
        async with Client(server.url, tally) as client:
            everybody = callers(client, tally, plan.seed, CALLERS)
            stage.proxy.injected.clear()
            stage.proxy.share = SHARE
            over = time.monotonic() + plan.chaos_seconds
            troubles = [asyncio.ensure_future(stage.haunt()), asyncio.ensure_future(_silence(stage))]
            quiet = asyncio.get_running_loop().call_later(plan.chaos_seconds, _calm, stage)
            await asyncio.gather(*(one.run(lambda: time.monotonic() > over) for one in everybody))
            quiet.cancel()
            await end(troubles)
            _calm(stage)
            tally.faults += stage.proxy.injected
            await stage.deliver()
            # What was held back on its way to DynamoDB arrives within these.
            await asyncio.sleep(min(LATEST_SECONDS / 10, plan.chaos_seconds / 5))
            await look_at_all(everybody)
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    await stage.examine(tally)
    return tally


async def look_at_all(everybody: Sequence[Caller]) -> None:
    """Every caller looks at everybody they have made."""
    await asyncio.gather(*(one.look_at_everybody() for one in everybody))


async def end(tasks: Sequence[asyncio.Future[None]]) -> None:
    """End what would go on for ever; what it failed with is raised."""
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


def _calm(stage: Stage) -> None:
    stage.proxy.share = 0
