"""How long a server takes to start, on a table that exists: until it listens and until its first response, by the clock
and in CPU time."""

import time
from statistics import median
from typing import Final

from benchmarks import processes
from benchmarks.comparison import Plan
from benchmarks.population import create_populated_table
from benchmarks.servers import authgraph, local_engine, serving
from benchmarks.tables import MEGABYTE, markdown

PEOPLE: Final = 20
MOST_SECONDS: Final = 1.0
"""How long a server may take to listen, and to respond, on a quiet machine."""


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
                cpu = processes.cpu_seconds(server.pid)
                memory = processes.memory(server.pid).resident / MEGABYTE
                found.append((server.listened_after, wall, cpu, memory))
            rows.append(_row(str(number + 1), *found[-1]))
            print(" | ".join(rows[-1]), flush=True)
    rows.append(_row("median", *map(median, zip(*found, strict=True))))
    rows.append(["target", *[f"≤ {MOST_SECONDS:.2f}"] * 2, "–", "–"])
    return markdown(["start", "seconds to listen", "seconds to the first response", "CPU seconds", "resident MB"], rows)


def _row(name: str, listens: float, answers: float, cpu: float, memory: float) -> list[str]:
    return [name, f"{listens:.2f}", f"{answers:.2f}", f"{cpu:.2f}", f"{memory:.1f}"]
