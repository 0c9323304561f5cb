"""The command line: `make soak`, or `python -m soak --help`."""

import asyncio
import resource
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Annotated, Final

import typer

from benchmarks import processes
from dynamo.local.engine import EngineError
from schema.build import GRAPHQL_SCHEMA
from soak import chaos, kills, memory, overload, races, stalls
from soak.plan import MINUTES, QUICK, Plan, of_minutes
from soak.recipes import NoRecipe, require_every_mutation
from soak.stage import Stage, set_stage
from soak.tally import Tally, table

FILES: Final = 8192
"""The number of file descriptors that thousands of connections need."""


class Experiment(Enum):
    """An experiment; its value is what the command line calls it."""

    CHAOS = "chaos"
    KILLS = "kills"
    RACES = "races"
    STALLS = "stalls"
    OVERLOAD = "overload"
    MEMORY = "memory"


RUNS: Final[dict[Experiment, Callable[[Stage, Plan], Awaitable[Tally]]]] = {
    Experiment.CHAOS: chaos.run,
    Experiment.KILLS: kills.run,
    Experiment.RACES: races.run,
    Experiment.STALLS: stalls.run,
    Experiment.OVERLOAD: overload.run,
    Experiment.MEMORY: memory.run,
}


def main(
    only: Annotated[list[Experiment] | None, typer.Option(help="Only this; can be given several times.")] = None,
    minutes: Annotated[float, typer.Option(min=1, help="About how long all experiments take together.")] = MINUTES,
    quick: Annotated[bool, typer.Option("--quick", help="A rough look in two minutes.")] = False,
    seed: Annotated[int, typer.Option(help="What every choice is drawn from.")] = 1,
) -> None:
    """Put the server under faults, kills, races, stalls and load, and hold it to what it has acknowledged.

    Exit code 0: nothing was lost and nothing is wrong. 1: something is. 2: it could not be run.
    """
    plan = replace(QUICK, seed=seed) if quick else of_minutes(seed, minutes)
    try:
        require_every_mutation(GRAPHQL_SCHEMA)
        processes.require()
        _allow_files()
        tallies = asyncio.run(_run(only or list(Experiment), plan))
    except (NoRecipe, processes.NoProcesses, EngineError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    print(f"\n{table(tallies)}", flush=True)
    if any(tally.violations for tally in tallies):
        raise typer.Exit(1)


async def _run(experiments: Sequence[Experiment], plan: Plan) -> list[Tally]:
    tallies = []
    with set_stage(plan.seed) as stage:
        for experiment in experiments:
            print(f"{experiment.value} …", flush=True)
            begun = time.monotonic()
            try:
                tally = await RUNS[experiment](stage, plan)
            except Exception as failed:
                # The other experiments still run, and the table lists all of them.
                traceback.print_exc()
                tally = Tally(experiment.value)
                tally.violate(f"seed {plan.seed}: it could not go on, because of {failed!r}")
            tally.seconds = time.monotonic() - begun
            tallies.append(tally)
            print(f"{experiment.value}: {len(tally.violations)} violations in {tally.seconds:.0f} s", flush=True)
    return tallies


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    typer.run(main)
