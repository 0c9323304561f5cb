"""Metrics for Prometheus on a port of their own, separate from the public listener."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from commands.errors import AddressUnusable
from web.settings import ServerSettings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def served_metrics(settings: ServerSettings) -> Iterator[None]:
    """Serve the metrics of all workers within the context; nothing without a port. Raises `AddressUnusable`."""
    if settings.metrics_port is None:
        yield
    elif settings.web_concurrency == 1:
        from prometheus_client import REGISTRY

        with _listening(settings.metrics_host, settings.metrics_port, REGISTRY):
            yield
    else:
        with TemporaryDirectory(prefix="authgraph-metrics-") as folder:
            # The workers inherit the variable. prometheus_client reads it once, when it is imported.
            os.environ[SHARED_FOLDER] = folder
            from prometheus_client import CollectorRegistry
            from prometheus_client.multiprocess import MultiProcessCollector

            registry = CollectorRegistry()
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
            with _listening(settings.metrics_host, settings.metrics_port, registry):
                yield


@contextmanager
def _listening(host: str, port: int, registry: "CollectorRegistry") -> Iterator[None]:
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise AddressUnusable(
            f"Metrics cannot be served at port {port} of {host} ({error.strerror}): set AUTHGRAPH_METRICS_PORT to a "
            "free port, or unset it."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
