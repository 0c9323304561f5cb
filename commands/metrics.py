"""Metrics for Prometheus on a port of their own, separate from the public listener.

With one worker, its numbers are read where they are. Of several workers, each answers with its numbers at a socket in a
folder of the server, and leaves a file with the last ones when it stops, so that no sum ever shrinks.
"""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Final

import orjson

from commands.errors import AddressUnusable, BadSettings
from dynamo.metrics import Gauge, Histogram, Metric
from execution import metrics
from execution.metrics import Snapshot
from web.settings import ServerSettings

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

FOLDER: Final = "METRICS_OF_WORKERS"
"""The variable in which the workers find the folder of their sockets."""
PATIENCE_SECONDS: Final = 1.0
"""How long a worker has to answer before its numbers of the last time count."""
PAUSE_SECONDS: Final = 0.1
"""How long a worker waits before it answers again, if the system had no file descriptor left for an answer."""
LONGEST_FOLDER: Final = 103 - len("/authgraph-metrics-12345678/4194304.sock")
"""The most bytes of a folder for temporary files: of a socket's path, every system allows 103."""

Written = list[tuple[str, list[tuple[list[str], list[float]]]]]
"""A snapshot as JSON, whose objects could have no labels as keys."""


class Collector:
    """What prometheus_client asks for the metrics, each time somebody reads them."""

    def __init__(self, read: Callable[[], Iterable[Snapshot]]) -> None:
        self._read = read

    def collect(self) -> Iterator["Family"]:
        """Each metric, as the sum over the workers."""
        total: Snapshot = {}
        for snapshot in self._read():
            _add(total, snapshot)
        for metric in metrics.METRICS:
            yield _family(metric, total)


class WorkerFolder:
    """The folder with the sockets of the workers, as the server sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Snapshot] = {}

    def read(self) -> list[Snapshot]:
        """The numbers of every worker that has ever answered. Gauges are those of workers that run."""
        for worker in {path.stem for path in self._folder.iterdir()}:
            self._known[worker] = self._numbers(worker) or self._last(worker)
        return list(self._known.values())

    def _numbers(self, worker: str) -> Snapshot | None:
        try:
            with socket.socket(socket.AF_UNIX) as asked:
                asked.settimeout(PATIENCE_SECONDS)
                asked.connect(str(self._folder / f"{worker}.sock"))
                with asked.makefile("rb") as answer:
                    return _read(answer.read())
        except (OSError, ValueError):
            return None

    def _last(self, worker: str) -> Snapshot:
        try:
            last = _read((self._folder / f"{worker}.json").read_bytes())
        except (OSError, ValueError):
            last = self._known.get(worker, {})
        gauges = {metric.name for metric in metrics.METRICS if isinstance(metric, Gauge)}
        return {name: values for name, values in last.items() if name not in gauges}


@contextmanager
def served_metrics(settings: ServerSettings) -> Iterator[None]:
    """Serve the metrics of all workers within the context; nothing without a port. Raises `AddressUnusable`,
    and `BadSettings` if several workers have no folder for their sockets."""
    if settings.metrics_port is None:
        yield
    elif settings.web_concurrency == 1:
        from prometheus_client import GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR

        beside = (GC_COLLECTOR, PLATFORM_COLLECTOR, PROCESS_COLLECTOR)
        collector = Collector(lambda: [metrics.snapshot()])
        with _listening(settings.metrics_host, settings.metrics_port, collector, *beside):
            yield
    else:
        with _folder() as folder:
            # The workers inherit the variable.
            os.environ[FOLDER] = folder
            collector = Collector(WorkerFolder(Path(folder)).read)
            with _listening(settings.metrics_host, settings.metrics_port, collector):
                yield


def _folder() -> "TemporaryDirectory[str]":
    try:
        if len(os.fsencode(gettempdir())) <= LONGEST_FOLDER:
            return TemporaryDirectory(prefix="authgraph-metrics-")
        reason = "has a path that is too long"
    except OSError:
        reason = "is missing or cannot be written to"
    raise BadSettings(
        f"AUTHGRAPH_METRICS_PORT: several workers need a folder for temporary files, and it {reason}: set TMPDIR "
        f"to one with at most {LONGEST_FOLDER} bytes, such as /tmp."
    )


@contextmanager
def answered_metrics() -> Iterator[None]:
    """Let a worker answer with its numbers within the context, if the server collects them."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        yield
        return
    own = Path(folder) / str(os.getpid())
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(own.with_suffix(".sock")))
        listener.listen()
        # A thread, so that the numbers of an event loop that is held up can be read.
        Thread(target=_answer, args=(listener,), name="metrics", daemon=True).start()
        try:
            yield
        finally:
            own.with_suffix(".json").write_bytes(_written(metrics.snapshot()))
            own.with_suffix(".sock").unlink(missing_ok=True)


def _answer(listener: socket.socket) -> None:
    while True:
        try:
            asking, _ = listener.accept()
        except OSError:
            if listener.fileno() < 0:
                return
            # The system has no file descriptor left. It will have one when connections of clients end.
            sleep(PAUSE_SECONDS)
            continue
        with asking:
            asking.settimeout(PATIENCE_SECONDS)
            try:
                asking.sendall(_written(metrics.snapshot()))
            except OSError:
                continue


def _written(snapshot: Snapshot) -> bytes:
    return orjson.dumps([(name, list(values.items())) for name, values in snapshot.items()])


def _read(text: bytes) -> Snapshot:
    written: Written = orjson.loads(text)
    return {name: {tuple(labels): numbers for labels, numbers in values} for name, values in written}


def _add(total: Snapshot, snapshot: Snapshot) -> None:
    for name, values in snapshot.items():
        sums = total.setdefault(name, {})
        for labels, numbers in values.items():
            before = sums.get(labels)
            sums[labels] = [*numbers] if before is None else [a + b for a, b in zip(before, numbers, strict=True)]


def _family(metric: Metric, total: Snapshot) -> "Family":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
    from prometheus_client.utils import floatToGoString

    values = total.get(metric.name, {})
    if not metric.labels and not values:
        # A counter that is missing until it counts could not be told from one that does not exist.
        values = {(): [0.0] * (len(metric.bounds) + 2 if isinstance(metric, Histogram) else 1)}
    if isinstance(metric, Histogram):
        histogram = HistogramMetricFamily(metric.name, metric.description, labels=metric.labels)
        bounds = [*map(floatToGoString, metric.bounds), "+Inf"]
        for labels, numbers in values.items():
            below = [sum(numbers[: place + 1]) for place in range(len(bounds))]
            histogram.add_metric(labels, list(zip(bounds, below, strict=True)), numbers[-1])
        return histogram
    kind = GaugeMetricFamily if isinstance(metric, Gauge) else CounterMetricFamily
    family = kind(metric.name, metric.description, labels=metric.labels)
    for labels, numbers in values.items():
        family.add_metric(labels, numbers[0])
    return family


@contextmanager
def _listening(host: str, port: int, *collectors: object) -> Iterator[None]:
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)  # type: ignore[arg-type]
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise AddressUnusable(
            f"Metrics cannot be served at port {port} of {host} ({error.strerror}): set AUTHGRAPH_METRICS_PORT to a "
            "free port and AUTHGRAPH_METRICS_HOST to an address of this machine, or unset both."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
