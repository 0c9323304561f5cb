"""Fifty callers use a few objects over HTTP at the same time, while some DynamoDB requests fail."""

import asyncio
from typing import Final

from soak.asking import LOST
from soak.chaos import IMPATIENCE, end
from soak.client import Client
from soak.contention import clear, judged, play
from soak.linearizability import Verdict
from soak.plan import Plan
from soak.stage import Stage
from soak.tally import Tally

SHARES: Final = (0.0, 0.03, 0.1)
"""The fraction of DynamoDB requests that meet a fault, by round. Without faults, most orders can be found."""


async def run(stage: Stage, plan: Plan) -> Tally:
    """Play one round after the other, and check each by itself."""
    tally = Tally("races")
    undecided = unknown = 0
    stage.proxy.injected.clear()
    with stage.server("races", IMPATIENCE) as server:
        async with Client(server.url, tally) as client:
            haunting = asyncio.ensure_future(stage.haunt())
            for number in range(plan.races):
                stage.proxy.share = SHARES[number % len(SHARES)]
                objects = await play(client, plan.seed, number)
                stage.proxy.share = 0.0
                found = await asyncio.to_thread(judged, objects)
                tally.checks += len(found.histories)
                tally.acknowledged += found.acknowledged
                undecided += len(found.with_verdict(Verdict.UNDECIDED))
                unknown += found.unknown
                for name, finding in found.with_verdict(Verdict.VIOLATION).items():
                    tally.violate(f"seed {plan.seed}, round {number}, {name}: {finding}")
                await clear(client, objects)
            await end([haunting])
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    tally.faults += stage.proxy.injected
    tally.notes.append(f"{tally.checks} histories, {unknown} operations of unknown outcome, {undecided} undecided")
    if tally.codes[LOST]:
        tally.violate(f"{tally.codes[LOST]} connections were lost")
    await stage.deliver()
    await stage.examine(tally)
    return tally
