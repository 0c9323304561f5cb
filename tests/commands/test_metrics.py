"""The metrics as Prometheus reads them, of one worker and of several."""

import errno
import os
import socket
import tempfile
from pathlib import Path
from typing import ClassVar, cast

import httpx2
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

import commands.metrics
from commands.errors import AddressUnusable, BadSettings
from commands.metrics import FOLDER, Collector, WorkerFolder, answered_metrics, served_metrics
from dynamo.metrics import Counter, Gauge, Histogram
from execution import metrics
from tests.free_ports import free_port
from tests.processes import fetch
from web.settings import ServerSettings


@pytest.fixture(autouse=True)
def _own_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """One metric of each kind, with numbers that this test knows."""
    counter = Counter("authgraph_words_total", "words", "language")
    counter.add(2, "en")
    gauge = Gauge("authgraph_open", "open")
    gauge.add(3)
    histogram = Histogram("authgraph_seconds", "seconds", bounds=(0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7):
        histogram.observe(seconds)
    silent = Counter("authgraph_silent_total", "nothing yet")
    monkeypatch.setattr(metrics, "METRICS", (counter, gauge, histogram, silent))


def shown(collector: Collector) -> dict[str, float]:
    """The samples that Prometheus reads, by name and labels."""
    registry = CollectorRegistry()
    registry.register(collector)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        " ".join([sample.name, *map("=".join, sample.labels.items())]): sample.value
        for family in families
        for sample in family.samples
    }


EXPECTED = {
    "authgraph_words_total language=en": 2,
    "authgraph_open": 3,
    "authgraph_seconds_bucket le=0.1": 2,
    "authgraph_seconds_bucket le=1.0": 3,
    "authgraph_seconds_bucket le=+Inf": 4,
    "authgraph_seconds_count": 4,
    "authgraph_seconds_sum": 7.65,
    "authgraph_silent_total": 0,
}


def test_prometheus_reads_every_kind_of_metric() -> None:
    assert shown(Collector(lambda: [metrics.snapshot()])) == pytest.approx(EXPECTED)


def test_the_numbers_of_workers_are_added_and_those_that_end_stay_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    folder = WorkerFolder(tmp_path)
    collector = Collector(folder.read)
    with answered_metrics():
        monkeypatch.setattr(os, "getpid", lambda: 2)
        with answered_metrics():
            assert shown(collector) == pytest.approx({name: 2 * number for name, number in EXPECTED.items()})
        after = {name: 2 * number for name, number in EXPECTED.items()} | {"authgraph_open": 3}
        assert shown(collector) == pytest.approx(after), "a worker that ended has nothing open"
    assert shown(collector) == pytest.approx(after | {"authgraph_open": 0})
    assert {path.suffix for path in tmp_path.iterdir()} == {".json"}


def test_a_worker_that_was_killed_counts_as_when_it_last_answered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    collector = Collector(WorkerFolder(tmp_path).read)
    with answered_metrics():
        shown(collector)
        (tmp_path / f"{os.getpid()}.sock").unlink()
        # Its socket stays where it was, and nobody listens at it.
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / f"{os.getpid()}.sock"))
        assert shown(collector) == pytest.approx(EXPECTED | {"authgraph_open": 0})


def test_without_a_folder_a_worker_answers_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    with answered_metrics():
        pass


ALL = metrics.METRICS


def test_a_name_says_the_kind_of_its_metric() -> None:
    """Prometheus asks for such names: https://prometheus.io/docs/practices/naming/."""
    for metric in ALL:
        assert metric.name.startswith("authgraph_")
        is_total = isinstance(metric, Counter) and not isinstance(metric, Gauge)
        assert metric.name.endswith("_total") == is_total, metric.name
        assert metric.name.endswith("_seconds") == isinstance(metric, Histogram), metric.name
    assert len({metric.name for metric in ALL}) == len(ALL)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_port_can_be_at_another_address_to_be_reached_from_outside(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setenv(FOLDER, "")
    port = free_port()
    settings = ServerSettings(_env_file=None, metrics_host="127.0.0.2", metrics_port=port, web_concurrency=workers)
    with served_metrics(settings):
        text = fetch(f"http://127.0.0.2:{port}/metrics").text
        with pytest.raises(httpx2.ConnectError):
            fetch(f"http://127.0.0.1:{port}/metrics")
    assert ("authgraph_words_total{" in text) == (workers == 1)
    assert "authgraph_silent_total 0.0" in text


def test_an_address_that_is_not_of_this_machine_is_one_sentence() -> None:
    settings = ServerSettings(_env_file=None, metrics_host="192.0.2.1", metrics_port=0)
    with (
        pytest.raises(AddressUnusable, match="AUTHGRAPH_METRICS_HOST to an address of this machine"),
        served_metrics(settings),
    ):
        pass


def test_a_worker_without_a_file_descriptor_answers_again_when_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.metrics, "PAUSE_SECONDS", 0)
    asking, answering = socket.socketpair()

    class Listener:
        """Accepts one connection, after the system had no descriptor for it, and is closed then."""

        results: ClassVar[list[object]] = [OSError(errno.EMFILE, "too many"), OSError(errno.ENFILE, "too"), answering]

        def accept(self) -> tuple[object, None]:
            result = self.results.pop(0) if self.results else OSError(errno.EBADF, "closed")
            if isinstance(result, OSError):
                raise result
            return result, None

        def fileno(self) -> int:
            return 7 if self.results else -1

    commands.metrics._answer(cast(socket.socket, Listener()))
    with asking, asking.makefile("rb") as answer:
        assert b"authgraph_words_total" in answer.read()


@pytest.mark.parametrize("folder", ["missing", "long"])
def test_a_folder_in_which_workers_cannot_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    name = "x" * commands.metrics.LONGEST_FOLDER if folder == "long" else folder
    if folder == "long":
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    settings = ServerSettings(metrics_port=0, web_concurrency=2, _env_file=None)
    with pytest.raises(BadSettings, match="TMPDIR"), served_metrics(settings):
        pass


def test_the_longest_folder_for_temporary_files_has_room_for_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 4194304)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        longest = Path(short, "x" * (commands.metrics.LONGEST_FOLDER - len(short) - 1))
        longest.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(longest))
        with commands.metrics._folder() as folder:
            monkeypatch.setenv(FOLDER, folder)
            with answered_metrics():
                assert WorkerFolder(Path(folder)).read() == [metrics.snapshot()]
