"""How long a server takes to start, on a table that exists: until its first response, by the clock and in CPU time."""

import time
from statistics import median
from typing import Final

from benchmarks import processes
from benchmarks.comparison import Plan
from benchmarks.population import create_populated_table
from benchmarks.servers import authgraph, local_engine, serving
from benchmarks.tables import MEGABYTE, markdown

PEOPLE: Final = 20


def table(plan: Plan) -> str:
    """Seconds and megabytes of each start, and their medians."""
    rows = []
    found = []
    with local_engine() as engine:
        settings = create_populated_table(engine.endpoint_url, PEOPLE)
        for number in range(plan.rounds):
            begun = time.perf_counter()
            with serving(authgraph(), settings, engine.endpoint_url) as server:
                wall = time.perf_counter() - begun
                found.append(
                    (wall, processes.cpu_seconds(server.pid), processes.memory(server.pid).resident / MEGABYTE)
                )
            rows.append(_row(str(number + 1), *found[-1]))
            print(" | ".join(rows[-1]), flush=True)
    walls, cpus, memories = zip(*found, strict=True)
    rows.append(_row("median", median(walls), median(cpus), median(memories)))
    return markdown(["start", "seconds", "CPU seconds", "resident MB"], rows)


def _row(name: str, wall: float, cpu: float, memory: float) -> list[str]:
    return [name, f"{wall:.2f}", f"{cpu:.2f}", f"{memory:.1f}"]
