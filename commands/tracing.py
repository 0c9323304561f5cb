"""Traces of operations, sent with OpenTelemetry over OTLP/HTTP.

OpenTelemetry is imported only if traces are on. Which operations are recorded is decided at their beginning, by the
sampler of the `OTEL_*` variables. Those that are become spans at their end, which a thread sends.
"""

import logging
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from commands.errors import BadSettings
from dynamo.usage import Attempt
from execution import errors
from execution.metrics import OK
from execution.trace_context import TraceContext
from execution.tracing import TracedOperation
from web.settings import ServerSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE: Final = "authgraph"
"""The name of the service, unless `OTEL_SERVICE_NAME` says another."""
CLOSE_SECONDS: Final = 2.0
"""How long a stopping server waits for its last spans to be sent."""
WARN_SECONDS: Final = 60.0
"""How often at most a receiver that is down is a warning."""
OUR_FAULTS: Final = frozenset((errors.INTERNAL, errors.UNAVAILABLE, errors.TIMEOUT))
"""The codes of operations that failed, rather than being rejected for what the client sent."""
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
PROTOCOL: Final = "http/protobuf"
PARENT_BASED: Final = "parentbased_"
SAMPLERS: Final = ("always_on", "always_off", "traceidratio")
RATIO: Final = "traceidratio"

logger = logging.getLogger(__name__)


def check_tracing(settings: ServerSettings, environment: Mapping[str, str] = os.environ) -> None:
    """Raise `BadSettings` if traces are on and a variable of OpenTelemetry has no meaning here.

    A receiver that cannot be reached is no mistake: it may start later.
    """
    if not settings.traces:
        return
    for name in ENDPOINTS:
        if (url := environment.get(name)) and not _is_url(url):
            raise BadSettings(f"{name} is not a URL: write it as http://127.0.0.1:4318.")
    for name in PROTOCOLS:
        if environment.get(name, PROTOCOL) not in ("", PROTOCOL):
            raise BadSettings(f"{name} is not {PROTOCOL}, the only one that is supported: unset it.")
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").lower()
    base = sampler.removeprefix(PARENT_BASED)
    if sampler and base not in SAMPLERS:
        names = ", ".join(f"{name}, {PARENT_BASED}{name}" for name in SAMPLERS)
        raise BadSettings(f"OTEL_TRACES_SAMPLER is not a sampler: set it to one of {names}.")
    if base == RATIO and not _is_ratio(environment.get("OTEL_TRACES_SAMPLER_ARG") or "1"):
        raise BadSettings("OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1: write it as 0.01.")


class OpenTelemetryTracer:
    """Records operations as spans: one for each, with its phases, and the requests to DynamoDB below them."""

    def __init__(self, table: str, exporter: "SpanExporter | None" = None) -> None:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider, sampling
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        resource = Resource.create({} if named else {SERVICE_NAME: SERVICE})
        # The SDK's own loggers show a stack trace for each attempt to reach a receiver that is down.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._table = table
        self._samples = _sampler(os.environ)
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampling.ALWAYS_ON,
            resource,
            shutdown_on_exit=False,
            id_generator=self._ids,  # type: ignore[arg-type]
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or make_exporter()))
        self._tracer = self._provider.get_tracer(SERVICE)

    def begin(self, parent: TraceContext | None) -> TraceContext:
        """Decide whether the request is recorded, and choose its ids."""
        span_id = f"{random.getrandbits(64) or 1:016x}"
        if parent is not None:
            return TraceContext(parent.trace_id, parent.parent_id, self._samples(parent), span_id)
        trace = TraceContext(f"{random.getrandbits(128) or 1:032x}", "", False, span_id)
        return trace._replace(sampled=True) if self._samples(trace) else trace

    def record(self, operation: TracedOperation) -> None:
        """Make the spans, and leave them to the thread that sends them."""
        try:
            self._record(operation)
        except Exception:
            logger.exception("An operation could not be traced.")

    def close(self) -> None:
        """Send the last spans, and give up after `CLOSE_SECONDS`."""
        closing = Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)

    def _record(self, operation: TracedOperation) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        def at(seconds: float) -> int:
            return now + int((seconds - read) * 1e9)

        now, read = time.time_ns(), time.perf_counter()
        trace = operation.trace
        self._ids.following = [int(trace.span_id, 16)]
        self._ids.trace_id = int(trace.trace_id, 16)
        whole = self._tracer.start_span(
            operation.type or "GraphQL Operation",
            _context_of(trace) if trace.parent_id else _no_context(),
            SpanKind.SERVER,
            _attributes(operation),
            start_time=at(operation.began),
        )
        if operation.code in OUR_FAULTS:
            whole.set_status(Status(StatusCode.ERROR))
        within = set_span_in_context(whole)
        parents = []
        began = operation.began
        for phase in operation.phases:
            span = self._tracer.start_span(phase.name, within, start_time=at(began))
            span.end(at(phase.ended))
            parents.append((began, phase.ended, set_span_in_context(span)))
            began = phase.ended
        for attempt in operation.attempts:
            parent = next((each for start, end, each in parents if start <= attempt.began < end), within)
            span = self._tracer.start_span(
                f"{attempt.operation} {self._table}",
                parent,
                SpanKind.CLIENT,
                self._attributes_of(attempt),
                start_time=at(attempt.began),
            )
            if attempt.error is not None:
                span.set_status(Status(StatusCode.ERROR))
            span.end(at(attempt.ended))
        whole.end(at(operation.ended))

    def _attributes_of(self, attempt: Attempt) -> dict[str, Any]:
        attributes: dict[str, Any] = {
            "db.system.name": "aws.dynamodb",
            "db.operation.name": attempt.operation,
            "aws.dynamodb.table_names": (self._table,),
        }
        if attempt.error is None:
            consumed = f'{{"TableName":"{self._table}","CapacityUnits":{attempt.units:g}}}'
            attributes["aws.dynamodb.consumed_capacity"] = (consumed,)
        else:
            attributes["error.type"] = attempt.error
        if attempt.number > 1:
            attributes["http.request.resend_count"] = attempt.number - 1
        return attributes


class _Ids:
    """Gives the span of a request the ids that were chosen when it began, and all others random ones."""

    def __init__(self) -> None:
        self.following: list[int] = []
        self.trace_id = 0

    def generate_span_id(self) -> int:
        return self.following.pop() if self.following else random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self.trace_id

    def is_trace_id_random(self) -> bool:
        return False


def make_exporter() -> "SpanExporter":
    """What sends spans where the `OTEL_EXPORTER_OTLP_*` variables say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    class Exporter(OTLPSpanExporter):
        """Says in a sentence, and not too often, that a receiver is down."""

        warned = float("-inf")

        def export(self, spans: "Sequence[ReadableSpan]") -> SpanExportResult:
            result = super().export(spans)
            if result is SpanExportResult.FAILURE and time.monotonic() - self.warned >= WARN_SECONDS:
                self.warned = time.monotonic()
                logger.warning(
                    "The receiver of traces (OTEL_EXPORTER_OTLP_ENDPOINT) did not take them: they are dropped until it "
                    "does."
                )
            return result

    return Exporter()


def _attributes(operation: TracedOperation) -> dict[str, Any]:
    attributes: dict[str, Any] = {"authgraph.cost": operation.cost}
    if operation.type is not None:
        attributes["graphql.operation.type"] = operation.type
    if operation.name is not None:
        attributes["graphql.operation.name"] = operation.name
    if operation.code != OK:
        attributes["error.type"] = operation.code
    return attributes


def _context_of(trace: TraceContext) -> Any:
    """The parent's span as OpenTelemetry knows it."""
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
    parent = SpanContext(int(trace.trace_id, 16), int(trace.parent_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), _no_context())


def _no_context() -> Any:
    from opentelemetry.context import Context

    return Context()


def _sampler(environment: Mapping[str, str]) -> Callable[[TraceContext], bool]:
    """Whether to record a trace, as `OTEL_TRACES_SAMPLER` says. The SDK's samplers decide the same, in twenty times the
    time.

    https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
    """
    name = environment.get("OTEL_TRACES_SAMPLER", "").lower() or "parentbased_always_on"
    base = name.removeprefix(PARENT_BASED)
    ratio = {"always_on": 1.0, "always_off": 0.0}.get(base)
    bound = round((float(environment.get("OTEL_TRACES_SAMPLER_ARG") or 1) if ratio is None else ratio) * 2**64)

    def samples(trace: TraceContext) -> bool:
        # The last 64 bits of an id are random, in every version of W3C Trace Context.
        return int(trace.trace_id[16:], 16) < bound

    def follows(trace: TraceContext) -> bool:
        return trace.sampled if trace.parent_id else samples(trace)

    return samples if name == base else follows


def _is_url(url: str) -> bool:
    try:
        address = urlsplit(url)
        return address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        return False


def _is_ratio(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
