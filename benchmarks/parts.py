"""The parts of the benchmark, each a section of the results."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import baseline, client, comparison, processes, tables, wrk
from benchmarks.baseline import Ratios
from benchmarks.comparison import Measured, Plan
from benchmarks.operations import CONNECTIONS, LIST, OPERATIONS, Operation, named
from benchmarks.population import Person, create_populated_table, person
from benchmarks.servers import Kind, Server, authgraph, local_engine, replaying, serving
from dynamo.settings import TableSettings
from tests.counting_proxy import CountingProxy

PEOPLE: Final = 300
GROWTH: Final = (300, 3_000, 30_000)
GROWTH_OPERATIONS: Final = ("viewer", "user-by-id", "users-with-children")
SAMPLE_SECONDS: Final = 5.0
LIST_OPERATIONS: Final = ("users", "users-with-children")
SHARED_BY_WORKERS: Final = ("users-with-children", "viewer", "user-by-id")
"""The operations that two workers share, besides `LIST`."""
LEAST_TIMES: Final = 1.8
"""How many times the lists of one worker two of them answer."""
MOST_MEGABYTES: Final = 95
"""What a worker may take."""
TRACKER: Final = "resource_tracker"
"""In the command of the process that Python starts beside those of `multiprocessing`."""


WORKERS_HEADER: Final = (
    *("workers", "process", "resident MB at the start", "PSS at the start"),
    *("resident MB after all operations", "PSS after them"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """What a part found: its tables, and the ratios that later runs are checked against."""

    text: str
    ratios: Ratios | None = None


def side_by_side(operations: Sequence[Operation], peers: Sequence[Kind], plan: Plan, *, isolated: bool) -> Section:
    """All servers on one table: on the real engine or, isolated, on one that responds from memory."""
    kinds = [authgraph(), *peers]
    people = [person(number) for number in range(PEOPLE)]
    with ExitStack() as stack:
        engine = stack.enter_context(local_engine())
        table = create_populated_table(engine.endpoint_url, PEOPLE)
        counted = _compare(operations, kinds, people, table, engine.endpoint_url)
        endpoint_url = stack.enter_context(replaying(engine.endpoint_url)) if isolated else engine.endpoint_url
        servers = [stack.enter_context(serving(kind, table, endpoint_url)) for kind in kinds]
        measured = [_report(comparison.measure(one, servers, people, engine.pid or 0, plan)) for one in operations]
    return Section(f"{tables.ratios(measured)}\n{tables.absolute(measured, counted)}", baseline.of(measured))


def growth(plan: Plan, sizes: Sequence[int] = GROWTH) -> str:
    """This server on tables of several sizes, with and without the directory index."""
    rows = []
    operations = [*(one for one in OPERATIONS if one.name in GROWTH_OPERATIONS), LIST]
    for size in sizes:
        people = [person(number) for number in range(PEOPLE)]
        for indexed in (False, True):
            with local_engine() as engine:
                table = create_populated_table(engine.endpoint_url, size, directory_index=indexed)
                counted = _compare(operations, [authgraph()], people, table, engine.endpoint_url)
                with serving(authgraph(), table, engine.endpoint_url) as server:
                    for operation in operations:
                        one = comparison.measure(operation, [server], people, engine.pid or 0, plan)
                        (requests,) = counted[operation.name].values()
                        rows.append(_growth_row(one, size, indexed, requests))
                        print(" | ".join(rows[-1]), flush=True)
    header = ["operation", "users", "index", "requests/s", "p99 ms", "CPU µs, server", "CPU µs, engine"]
    return tables.markdown([*header, "DynamoDB requests"], sorted(rows, key=lambda row: row[0]))


def workers(plan: Plan) -> str:
    """Two workers beside one. DynamoDB's responses come from memory, because an engine would need the processor that is
    there for the second worker."""
    people = [person(number) for number in range(PEOPLE)]
    with ExitStack() as stack:
        engine = stack.enter_context(local_engine())
        table = create_populated_table(engine.endpoint_url, PEOPLE)
        endpoint_url = stack.enter_context(replaying(engine.endpoint_url))
        kinds = [replace(authgraph(count), name=f"workers: {count}") for count in (1, 2)]
        servers = [stack.enter_context(serving(kind, table, endpoint_url)) for kind in kinds]
        return two_workers(
            [
                _report(comparison.measure(operation, servers, people, engine.pid or 0, plan))
                for operation in (*named(",".join(SHARED_BY_WORKERS)), LIST)
            ]
        )


def two_workers(measured: Sequence[Measured]) -> str:
    """How many times the requests of one worker two of them answer. The first server of each has one."""
    rows = []
    for each in measured:
        one, two = ([sample.load.per_second for sample in samples] for samples in each.samples.values())
        times = comparison.ratio(two, one)
        target = f"≥ {LEAST_TIMES:g}" if each.operation.name in LIST_OPERATIONS else "–"
        shown = f"**{times.median:.2f}** ({times.lowest:.2f}–{times.highest:.2f})"
        rows.append([each.operation.title, tables.number(median(one)), tables.number(median(two)), shown, target])
    header = ["operation", "one worker, requests/s", "two workers, requests/s", "times", "target"]
    return (
        f"{tables.markdown(header, rows)}\n"
        "Two processors that the client and the memory share with the workers cannot show how small operations scale: "
        "one worker under load leaves less than a processor to a second one.\n"
    )


def memory(operations: Sequence[Operation], seconds: float) -> str:
    """Resident memory of this server over a long run of all operations in turn."""
    people = [person(number) for number in range(PEOPLE)]
    rows: list[tables.Row] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engine = stack.enter_context(local_engine())
        table = create_populated_table(engine.endpoint_url, PEOPLE)
        server = stack.enter_context(serving(authgraph(), table, engine.endpoint_url))
        files = {
            one.name: client.write_requests(folder / one.name, client.requests_of(one, server, people))
            for one in operations
        }
        start, served = time.monotonic(), 0
        rows.append(_memory_row(server, 0, 0))
        while time.monotonic() - start < seconds:
            for one in operations:
                load = wrk.run(server.url, files[one.name], connections=CONNECTIONS, seconds=int(SAMPLE_SECONDS))
                served += load.requests
            rows.append(_memory_row(server, time.monotonic() - start, served))
            print(" | ".join(rows[-1]), flush=True)
        each = [each for workers in (1, 2) for each in _workers_memory(workers, table, engine.endpoint_url, files)]
    return (
        f"{tables.markdown(['seconds', 'requests served', 'resident MB', 'peak MB'], rows)}\n"
        f"{tables.markdown(WORKERS_HEADER, each)}\n"
        f"The target is at most {MOST_MEGABYTES} MB resident for each worker. PSS divides the pages that several "
        "processes share among them, so that the sum is what the machine lacks.\n"
    )


def _workers_memory(workers: int, table: TableSettings, url: str, files: Mapping[str, Path]) -> list[tables.Row]:
    """The memory of each process of a server at its start, and after all operations in turn."""
    with serving(authgraph(workers), table, url) as server:
        before = {one.pid: one for one in processes.processes(server.pid)}
        for file in files.values():
            wrk.run(server.url, file, connections=CONNECTIONS, seconds=int(SAMPLE_SECONDS))
        after = [one for one in processes.processes(server.pid) if TRACKER not in one.command]
    return [
        [
            f"{workers}",
            "supervisor" if workers > 1 and one.pid == server.pid else "worker",
            *(
                f"{value / tables.MEGABYTE:.1f}" if value else "–"
                for then in (before.get(one.pid), one)
                for value in ((then.resident, then.proportional) if then else (0, 0))
            ),
        ]
        for one in after
    ]


def _compare(
    operations: Sequence[Operation], kinds: Sequence[Kind], people: Sequence[Person], table: TableSettings, url: str
) -> dict[str, dict[str, float]]:
    with CountingProxy(url) as proxy, ExitStack() as stack:
        servers = [stack.enter_context(serving(kind, table, proxy.endpoint_url)) for kind in kinds]
        return comparison.compare_answers(operations, servers, people, proxy)


def _report(measured: Measured) -> Measured:
    """Print the requests per second so far, and return the measurement."""
    for name, samples in measured.samples.items():
        rates = ", ".join(tables.number(sample.load.per_second) for sample in samples)
        print(f"{measured.operation.title}, {name}: {rates} requests/s", flush=True)
    return measured


def _growth_row(one: Measured, size: int, indexed: bool, requests: float) -> tables.Row:
    (samples,) = one.samples.values()
    middle = sorted(samples, key=lambda sample: sample.server_cpu)[len(samples) // 2]
    return [
        one.operation.title,
        f"{size:,}",
        "yes" if indexed else "no",
        tables.number(middle.load.per_second),
        f"{middle.load.p99 / 1000:.1f}",
        tables.number(middle.server_cpu),
        tables.number(middle.engine_cpu),
        f"{requests:g}",
    ]


def _memory_row(server: Server, seconds: float, served: int) -> tables.Row:
    found = processes.memory(server.pid)
    megabytes = (f"{value / tables.MEGABYTE:.1f}" for value in (found.resident, found.peak))
    return [f"{seconds:.0f}", f"{served:,}", *megabytes]
