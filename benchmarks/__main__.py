"""The command line: `make bench`, or `python -m benchmarks --help`."""

import sys
from collections.abc import Callable
from enum import Enum
from typing import Annotated

import typer

from benchmarks import limits, machine, parts, processes, results, stalls, wrk
from benchmarks.comparison import NotTheSame, Plan
from benchmarks.operations import Operation, named
from benchmarks.servers import ServerFailed, install_peer


class Part(Enum):
    """A part of the benchmark; its value is what the command line calls it."""

    ENGINE = "engine"
    ISOLATED = "isolated"
    GROWTH = "growth"
    MEMORY = "memory"
    LIMITS = "limits"
    STALLS = "stalls"


HEADINGS = {
    Part.ENGINE: "Side by side on the real engine",
    Part.ISOLATED: "The servers alone",
    Part.GROWTH: "Growth",
    Part.MEMORY: "Memory",
    Part.LIMITS: "Limits on documents",
    Part.STALLS: "The longest wait beside the largest answers",
}
QUICK = Plan(rounds=2, seconds=1, warm_up_seconds=1)
MEMORY_SECONDS = 300


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Only this part; can be given several times.")] = None,
    only: Annotated[str, typer.Option(help="Only these operations, separated by commas.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the alternation.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="Seconds of load per server and round.")] = 4,
    quick: Annotated[bool, typer.Option("--quick", help="A rough look in two minutes; stores nothing.")] = False,
    memory: Annotated[bool, typer.Option("--memory", help="Five minutes of load, watching the memory.")] = False,
    store: Annotated[bool, typer.Option(help="Whether to put what was measured into RESULTS.md.")] = True,
) -> None:
    """Measure this server, side by side with graphql-yoga on the same table."""
    try:
        operations = named(only)
        processes.require()
        wrk.require()
        install_peer()
    except (ValueError, processes.NoProcesses, wrk.LoadFailed) as error:
        _give_up(error)
    plan = QUICK if quick else Plan(rounds, seconds, warm_up_seconds=seconds)
    wanted = (
        [Part.MEMORY]
        if memory
        else part or [Part.ENGINE, Part.ISOLATED, Part.LIMITS, Part.STALLS, *([] if quick else [Part.GROWTH])]
    )
    for one in wanted:
        _run(one, _work(one, operations, plan, jit=not quick), store=store and not quick)


def _work(part: Part, operations: tuple[Operation, ...], plan: Plan, *, jit: bool) -> Callable[[], str]:
    match part:
        case Part.ENGINE | Part.ISOLATED:
            return lambda: parts.side_by_side(operations, plan, jit=jit, isolated=part is Part.ISOLATED)
        case Part.GROWTH:
            return lambda: parts.growth(plan)
        case Part.MEMORY:
            return lambda: parts.memory(operations, MEMORY_SECONDS)
        case Part.LIMITS:
            return limits.table
        case Part.STALLS:
            return stalls.table


def _run(part: Part, work: Callable[[], str], *, store: bool) -> None:
    print(f"\n## {HEADINGS[part]}\n", flush=True)
    busy = machine.load_average()
    try:
        table = work()
    except (wrk.LoadFailed, NotTheSame, ServerFailed) as error:
        _give_up(error)
    print(f"\n{table}", flush=True)
    if store:
        results.store(HEADINGS[part], f"{machine.describe()}- load average before: {busy:.1f}\n\n{table}")


def _give_up(error: Exception) -> None:
    print(error, file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(main)
