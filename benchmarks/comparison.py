"""Two or three servers under the same load in alternation, after a check that they give the same responses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import client, processes, wrk
from benchmarks.operations import CONNECTIONS, Operation, normalised
from benchmarks.population import Person
from benchmarks.servers import OURS, Server
from tests.counting_proxy import CountingProxy

SAMPLES = 5
"""Requests per server whose responses are compared and whose DynamoDB requests are counted."""
SIZE_TOLERANCE = 0.2
"""How far the mean response under load may be from the checked ones. Error responses are far smaller."""


class NotTheSame(Exception):
    """Two servers respond differently to the same request, so there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure, and in how many rounds."""

    rounds: int
    seconds: int
    warm_up_seconds: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One server in one round. CPU is in microseconds per request."""

    load: wrk.Load
    server_cpu: float
    engine_cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """An operation on every server, with one sample per round."""

    operation: Operation
    samples: dict[str, list[Sample]]
    peak_memory: dict[str, int]


FIGURES: Final[Mapping[str, Callable[[Sample], float]]] = {
    "throughput": lambda sample: sample.load.per_second,
    "server CPU": lambda sample: sample.server_cpu,
    "p99": lambda sample: sample.load.p99,
}
"""What servers are compared by."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the ratios of all rounds, with the lowest and the highest."""

    median: float
    lowest: float
    highest: float


def compare_answers(
    operations: Sequence[Operation], servers: Sequence[Server], people: Sequence[Person], proxy: CountingProxy
) -> dict[str, dict[str, float]]:
    """Check that all servers respond alike. Returns the DynamoDB requests per operation, by operation and server.

    The servers reach the engine through the proxy. Raises `NotTheSame`.
    """
    counted: dict[str, dict[str, float]] = {}
    for operation in operations:
        answers = []
        for server in servers:
            requests = client.requests_of(operation, server, people)[:SAMPLES]
            proxy.reset()
            answers.append([normalised(client.ask(server, *request)[0]) for request in requests])
            counted.setdefault(operation.name, {})[server.name] = proxy.total / len(requests)
        for server, answer in zip(servers, answers, strict=True):
            for theirs, ours in zip(answer, answers[0], strict=True):
                if theirs != ours:
                    raise NotTheSame(f"{operation.title}: {servers[0].name} answers {ours}, {server.name} {theirs}")
    return counted


def measure(
    operation: Operation, servers: Sequence[Server], people: Sequence[Person], engine_pid: int, plan: Plan
) -> Measured:
    """Put the servers under load in alternation. Raises `wrk.LoadFailed` when requests fail."""
    samples: dict[str, list[Sample]] = {server.name: [] for server in servers}
    with TemporaryDirectory() as folder:
        prepared = [_prepare(operation, server, people, Path(folder), plan) for server in servers]
        for number in range(plan.rounds):
            # The order alternates, so that it is not always the same server that follows a heavier one.
            for under_load in prepared if number % 2 == 0 else reversed(prepared):
                samples[under_load.server.name].append(
                    _sample(operation, under_load, engine_pid, plan.seconds * operation.patience)
                )
    peaks = {server.name: processes.memory(server.pid).peak for server in servers}
    return Measured(operation, samples, peaks)


@dataclass(frozen=True, slots=True)
class _UnderLoad:
    server: Server
    requests: Path
    answer_size: float


def _prepare(operation: Operation, server: Server, people: Sequence[Person], folder: Path, plan: Plan) -> _UnderLoad:
    requests = client.requests_of(operation, server, people)
    sizes = [client.ask(server, *request)[1] for request in requests]
    processes.forget_peak(server.pid)
    path = client.write_requests(folder / f"{server.pid}.tsv", requests)
    wrk.run(server.url, path, connections=CONNECTIONS, seconds=plan.warm_up_seconds * operation.patience)
    return _UnderLoad(server, path, sum(sizes) / len(sizes))


def _sample(operation: Operation, under_load: _UnderLoad, engine_pid: int, seconds: int) -> Sample:
    server = under_load.server
    before = processes.cpu_seconds(server.pid), processes.cpu_seconds(engine_pid)
    load = wrk.run(server.url, under_load.requests, connections=CONNECTIONS, seconds=seconds)
    after = processes.cpu_seconds(server.pid), processes.cpu_seconds(engine_pid)
    if load.bytes_per_request < under_load.answer_size * (1 - SIZE_TOLERANCE):
        raise wrk.LoadFailed(f"{server.name} sends shorter answers to {operation.title} under load: they are errors.")
    server_cpu, engine_cpu = ((end - start) * 1e6 / load.requests for start, end in zip(before, after, strict=True))
    return Sample(load, server_cpu, engine_cpu)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """The ratios of our figures to theirs, round by round."""
    ratios = [one / max(other, 1e-9) for one, other in zip(ours, theirs, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios))


def ratios(one: Measured) -> dict[str, dict[str, Ratio]]:
    """The ratios of our figures to those of each peer, by peer and figure."""
    ours = one.samples[OURS]
    return {
        name: {figure: ratio([*map(read, ours)], [*map(read, theirs)]) for figure, read in FIGURES.items()}
        for name, theirs in one.samples.items()
        if name != OURS
    }
