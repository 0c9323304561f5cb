"""Workers, whole servers and the engine are killed and restarted while callers write."""

import asyncio
import time
from random import Random
from typing import Final

from soak.asking import LOST
from soak.callers import callers
from soak.chaos import end, look_at_all
from soak.client import Client
from soak.plan import Plan
from soak.server import Server, ServerFailed
from soak.stage import Stage
from soak.tally import Tally

CALLERS: Final = 20
PAUSE_SECONDS: Final = (1.0, 4.0)
"""The pause between two kills, so that writes are in progress when a kill happens."""
VICTIMS: Final = ("worker", "server", "engine", "supervisor")
EXCUSED: Final = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT", "OVERLOADED", "THROTTLED", LOST})


async def run(stage: Stage, plan: Plan) -> Tally:
    """Kills in turn, then none, then a check of everything."""
    tally = Tally("kills")
    with stage.server("kills") as server:
        async with Client(server.url, tally, EXCUSED) as client:
            everybody = callers(client, tally, plan.seed, CALLERS)
            over = time.monotonic() + plan.kill_seconds
            calls = asyncio.gather(*(one.run(lambda: time.monotonic() > over) for one in everybody))
            killing = asyncio.ensure_future(_kill(stage, server, tally, Random(f"kills {plan.seed}"), over))
            haunting = asyncio.ensure_future(stage.haunt())
            await killing
            await calls
            await end([haunting])
            await look_at_all(everybody)
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    await stage.examine(tally)
    return tally


async def _kill(stage: Stage, server: Server, tally: Tally, random: Random, over: float) -> None:
    number = 0
    while time.monotonic() < over:
        await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
        victim = VICTIMS[number % len(VICTIMS)]
        try:
            await asyncio.to_thread(_kill_one, stage, server, victim, random.randrange(2))
        except ServerFailed as failed:
            tally.violate(f"after the kill of {victim} number {number}: {failed}")
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        tally.kills[victim] += 1
        number += 1


def _kill_one(stage: Stage, server: Server, victim: str, worker: int) -> None:
    """Kill a process, and return when everything runs again."""
    match victim:
        case "worker":
            server.kill_worker(worker)
        case "server":
            server.kill()
            server.start()
        case "supervisor":
            server.kill_supervisor()
            server.start()
        case _:
            stage.kill_engine()
            stage.engine.start()
    server.wait_until_ready()
