"""The command line: `make bench`, or `python -m benchmarks --help`."""

import re
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated

import typer

from benchmarks import (
    baseline,
    cold,
    floors,
    interpreter,
    limits,
    machine,
    parts,
    peers,
    processes,
    results,
    stalls,
    tails,
    turns,
    wrk,
)
from benchmarks.comparison import NotTheSame, Plan
from benchmarks.operations import Operation, named
from benchmarks.parts import Section
from benchmarks.servers import Kind, ServerFailed


class Part(Enum):
    """A part of the benchmark; its value is what the command line calls it."""

    ENGINE = "engine"
    ISOLATED = "isolated"
    GROWTH = "growth"
    WORKERS = "workers"
    MEMORY = "memory"
    LIMITS = "limits"
    STALLS = "stalls"
    FLOORS = "floors"
    TAILS = "tails"
    COLD = "cold"


HEADINGS = {
    Part.ENGINE: "Side by side on the real engine",
    Part.ISOLATED: "The servers alone",
    Part.GROWTH: "Growth",
    Part.WORKERS: "Two workers",
    Part.MEMORY: "Memory",
    Part.LIMITS: "Limits on documents",
    Part.STALLS: "The longest wait beside the largest answers",
    Part.FLOORS: "Floors",
    Part.TAILS: "Waits at half the load",
    Part.COLD: "Start",
}
COMPARED = (Part.ENGINE, Part.ISOLATED)
"""The parts whose ratios are stored, and checked with --check."""
QUICK = Plan(rounds=2, seconds=1, warm_up_seconds=1)
MEMORY_MINUTES = 5.0
TURNS_MINUTES = 0.5


def main(
    part: Annotated[str, typer.Option(help="Only these parts, separated by commas.")] = "",
    only: Annotated[str, typer.Option(help="Only these operations, separated by commas.")] = "",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of the alternation.")] = 7,
    seconds: Annotated[int, typer.Option(min=1, help="Seconds of load per server and round.")] = 2,
    quick: Annotated[bool, typer.Option("--quick", help="A rough look in two minutes; stores nothing.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the stored ratios; exit with 1 if one is worse.")
    ] = False,
    jit: Annotated[bool, typer.Option("--jit", help="Measure graphql-yoga with graphql-jit as well.")] = False,
    memory: Annotated[bool, typer.Option("--memory", help="Five minutes of load, watching the memory.")] = False,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.05, help="Minutes of the load for `memory` (5) and for the turns of `tails` (0.5)."),
    ] = None,
    store: Annotated[bool, typer.Option(help="Whether to store what was measured.")] = True,
) -> None:
    """Measure this server, side by side with servers in Node and in Go on the same table."""
    try:
        operations = named(only)
        wanted = _wanted(part, quick=quick, check=check, memory=memory)
        stored = baseline.read() if check else {}
        processes.require()
        wrk.require()
        compared = _peers(jit=jit)
    except (ValueError, processes.NoProcesses, wrk.LoadFailed, baseline.NoBaseline, ServerFailed) as error:
        _give_up(error)
    if sentence := interpreter.advice(interpreter.built_with()):
        print(sentence, file=sys.stderr)
    plan = QUICK if quick else Plan(rounds, seconds, warm_up_seconds=seconds)
    worse: list[str] = []
    for one in wanted:
        section = _run(one, _work(one, operations, compared, plan, minutes), store=store and not (quick or check))
        if check and section.ratios is not None:
            worse += (
                f"{one.value}: {sentence}" for sentence in baseline.worse(stored.get(one.value, {}), section.ratios)
            )
    if check:
        print("\n".join(["", *(worse or ["No ratio is worse than the stored one by more than its spread."])]))
    if worse:
        raise typer.Exit(1)


def parts_named(names: str) -> list[Part]:
    """The parts of a list such as `engine,isolated`. Raises `ValueError`."""
    wanted = re.findall(r"[^,\s]+", names)
    known = {part.value: part for part in Part}
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"There is no part {unknown[0]!r}; there are {', '.join(known)}.")
    return [known[name] for name in wanted]


def _wanted(part: str, *, quick: bool, check: bool, memory: bool) -> Sequence[Part]:
    if memory:
        return [Part.MEMORY]
    if named_parts := parts_named(part):
        return named_parts
    if check:
        return COMPARED
    usual = [Part.ENGINE, Part.ISOLATED, Part.FLOORS, Part.TAILS, Part.COLD, Part.LIMITS, Part.STALLS]
    return usual if quick else [*usual, Part.WORKERS, Part.GROWTH]


def _peers(*, jit: bool) -> list[Kind]:
    """The peers that can be measured here."""
    peers.install_yoga()
    found = [peers.yoga(), *([peers.yoga(jit=True)] if jit else [])]
    try:
        peers.build_go()
    except peers.NotInstalled as error:
        print(error, file=sys.stderr)
        return found
    return [*found, peers.go()]


def _work(
    part: Part, operations: tuple[Operation, ...], compared: list[Kind], plan: Plan, minutes: float | None
) -> Callable[[], Section]:
    match part:
        case Part.ENGINE | Part.ISOLATED:
            return lambda: parts.side_by_side(operations, compared, plan, isolated=part is Part.ISOLATED)
        case Part.GROWTH:
            return lambda: Section(parts.growth(plan))
        case Part.WORKERS:
            return lambda: Section(parts.workers(plan))
        case Part.MEMORY:
            return lambda: Section(parts.memory(operations, (minutes or MEMORY_MINUTES) * 60))
        case Part.LIMITS:
            return lambda: Section(limits.table())
        case Part.STALLS:
            return lambda: Section(stalls.table())
        case Part.FLOORS:
            return lambda: Section(floors.table(plan))
        case Part.TAILS:
            return lambda: Section(
                f"{tails.table(operations, plan)}\n{turns.table(operations, minutes or TURNS_MINUTES)}"
            )
        case Part.COLD:
            return lambda: Section(cold.table(plan))


def _run(part: Part, work: Callable[[], Section], *, store: bool) -> Section:
    print(f"\n## {HEADINGS[part]}\n", flush=True)
    busy = machine.load_average()
    try:
        section = work()
    except (wrk.LoadFailed, NotTheSame, ServerFailed) as error:
        _give_up(error)
    print(f"\n{section.text}", flush=True)
    if store:
        results.store(HEADINGS[part], f"{machine.describe()}- load average before: {busy:.1f}\n\n{section.text}")
        if section.ratios is not None:
            baseline.store(part.value, section.ratios)
    return section


def _give_up(error: Exception) -> None:
    print(error, file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(main)
