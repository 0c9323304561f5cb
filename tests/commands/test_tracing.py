"""The traces of operations, as a receiver gets them."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision

from commands import tracing
from commands.errors import BadSettings
from commands.logs import JsonLines
from commands.tracing import OpenTelemetryTracer, check_tracing
from dynamo.client import Table
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.settings import Limits
from execution.trace_context import TraceContext
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from schema.build import GRAPHQL_SCHEMA, sdl
from tests.api import ADMIN_KEY, SECRET
from tests.counting_proxy import CountingProxy
from tests.otlp_receiver import Receiver, Span, receiving
from tests.web.conftest import always_ready, settings_of
from web.app import create_app

ROOT = Path(__file__).parents[2]
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
FIND = 'query Find { user(by: {userId: "ada"}) { name accounts { nodes { provider } } } }'
SERVER, CLIENT = 2, 3


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that the variables of OpenTelemetry name."""
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        # A tracer that is closed sends its last spans, however long that takes on a busy machine.
        monkeypatch.setattr(tracing, "CLOSE_SECONDS", 60)
        yield receiver


def client_of(settings: TableSettings, tracer: OpenTelemetryTracer | None) -> httpx2.AsyncClient:
    """A client of the whole server in process."""
    table = Table.connect(settings)
    service = Service(table, GlobalIds([SECRET]), Cursors([SECRET]), (ADMIN_KEY,))
    executor = Executor(GRAPHQL_SCHEMA, service, Policy(Limits(_env_file=None)), tracer)
    app = create_app(executor, settings_of(), ready=always_ready, sdl=sdl(), tracer=tracer)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://auth.example")


async def traced(settings: TableSettings, *requests: dict[str, Any]) -> list[httpx2.Response]:
    """Send requests to a server with traces, which is closed afterwards."""
    tracer = OpenTelemetryTracer(settings.table_name)
    async with client_of(settings, tracer) as client:
        responses = [
            await client.post(
                "/graphql", json={"query": FIND} | request.get("json", {}), headers=HEADERS | request.get("headers", {})
            )
            for request in requests
        ]
    tracer.close()
    return responses


def children(spans: list[Span], parent: Span) -> list[Span]:
    """The spans below one, in their order."""
    return sorted((span for span in spans if span.parent_id == parent.span_id), key=lambda span: span.began)


async def test_an_operation_is_a_span_with_its_phases_and_its_requests(
    proxied_settings: TableSettings, receiver: Receiver
) -> None:
    (response,) = await traced(proxied_settings, {"headers": {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}})
    (whole,) = (span for span in receiver.spans if span.kind == SERVER)
    assert (whole.name, whole.trace_id, whole.parent_id) == ("query", TRACE_ID, PARENT_ID)
    assert whole.attributes == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Find",
        "authgraph.cost": 51,
    }
    phases = children(receiver.spans, whole)
    assert [span.name for span in phases] == ["graphql.prepare", "graphql.authorize", "graphql.execute"]
    assert phases[0].began == whole.began
    assert [span.ended for span in phases[:2]] == [span.began for span in phases[1:]]
    assert phases[2].ended <= whole.ended
    (request,) = children(receiver.spans, phases[2])
    table = proxied_settings.table_name
    assert (request.name, request.kind) == (f"GetItem {table}", CLIENT)
    assert phases[2].began <= request.began < request.ended <= phases[2].ended
    assert request.attributes == {
        "db.system.name": "aws.dynamodb",
        "db.operation.name": "GetItem",
        "aws.dynamodb.table_names": [table],
        "aws.dynamodb.consumed_capacity": [f'{{"TableName":"{table}","CapacityUnits":0.5}}'],
    }
    assert response.headers["traceresponse"] == f"00-{TRACE_ID}-{whole.span_id}-01"
    assert receiver.resources[0]["service.name"] == "authgraph"
    assert len({span.span_id for span in receiver.spans}) == len(receiver.spans) == 5


async def test_a_request_without_a_trace_begins_one(proxied_settings: TableSettings, receiver: Receiver) -> None:
    responses = await traced(proxied_settings, {}, {"headers": {"traceparent": "nonsense"}})
    wholes = [span for span in receiver.spans if span.kind == SERVER]
    assert [span.parent_id for span in wholes] == ["", ""]
    assert len({span.trace_id for span in wholes}) == 2
    named = [f"00-{span.trace_id}-{span.span_id}-01" for span in wholes]
    assert [response.headers["traceresponse"] for response in responses] == named


async def test_requests_that_fail_and_are_repeated_are_spans_of_their_own(
    proxied_settings: TableSettings, proxy: CountingProxy, receiver: Receiver
) -> None:
    proxy.fail_next("*", "ProvisionedThroughputExceededException", times=10)
    await traced(proxied_settings, {})
    (whole,) = (span for span in receiver.spans if span.kind == SERVER)
    assert whole.failed
    assert whole.attributes["error.type"] == "SERVICE_UNAVAILABLE"
    sent = [span for span in receiver.spans if span.kind == CLIENT]
    assert all(span.failed and span.attributes["error.type"] == "throttled" for span in sent)
    numbers = [
        span.attributes.get("http.request.resend_count", 0) for span in sorted(sent, key=lambda span: span.began)
    ]
    assert numbers == [0, 1, 2]


async def test_a_request_that_operations_share_is_in_the_trace_of_each(
    proxied_settings: TableSettings, receiver: Receiver
) -> None:
    tracer = OpenTelemetryTracer(proxied_settings.table_name)
    query = {"query": '{ user(by: {userId: "ada"}) { name } }'}
    async with client_of(proxied_settings, tracer) as client:
        await asyncio.gather(*(client.post("/graphql", json=query, headers=HEADERS) for _ in range(3)))
    tracer.close()
    wholes = [span for span in receiver.spans if span.kind == SERVER]
    assert len(wholes) == 3
    sent = [span for span in receiver.spans if span.kind == CLIENT]
    assert {span.trace_id for span in sent} == {span.trace_id for span in wholes}


async def test_what_is_not_valid_is_a_span_without_a_type(proxied_settings: TableSettings, receiver: Receiver) -> None:
    await traced(proxied_settings, {"json": {"query": "{ nobody }"}})
    (whole,) = receiver.spans
    assert whole.name == "GraphQL Operation"
    assert whole.attributes == {"authgraph.cost": 0, "error.type": "GRAPHQL_VALIDATION_FAILED"}
    assert not whole.failed


@pytest.mark.parametrize(
    ("sampler", "argument", "flag", "recorded"),
    [
        ("always_on", "", "00", True),
        ("always_off", "", "01", False),
        ("traceidratio", "0", "01", False),
        ("traceidratio", "1", "00", True),
        ("parentbased_always_on", "", "00", False),
        ("parentbased_traceidratio", "0", "01", True),
    ],
)
async def test_the_sampler_of_the_environment_decides(
    proxied_settings: TableSettings,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    argument: str,
    flag: str,
    recorded: bool,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", argument)
    (response,) = await traced(proxied_settings, {"headers": {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-{flag}"}})
    assert bool(receiver.spans) == recorded
    assert response.headers["traceresponse"].endswith("-01" if recorded else "-00")


async def test_a_receiver_that_is_down_holds_nobody_up_and_is_one_warning(
    proxied_settings: TableSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setattr(tracing, "CLOSE_SECONDS", 30)
    # The exporter tries again for so many seconds.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.1")
    tracer = OpenTelemetryTracer(proxied_settings.table_name)
    async with client_of(proxied_settings, tracer) as client:
        assert (await client.post("/graphql", json={"query": FIND}, headers=HEADERS)).status_code == 200
    tracer.close()
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.name for record in lines] == ["commands.tracing"]
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in lines[0].getMessage()


async def test_a_receiver_that_is_silent_does_not_keep_a_server_from_stopping(
    proxied_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(tracing, "CLOSE_SECONDS", 0.01)
        tracer = OpenTelemetryTracer(proxied_settings.table_name)
        async with client_of(proxied_settings, tracer) as client:
            assert (await client.post("/graphql", json={"query": FIND}, headers=HEADERS)).status_code == 200
        tracer.close()
        connection, _ = silent.accept()
        # What still waits is the thread that sends, of which the process is not aware when it ends.
        connection.close()


async def test_without_traces_a_request_begins_none(proxied_settings: TableSettings) -> None:
    async with client_of(proxied_settings, None) as client:
        response = await client.post("/graphql", json={"query": FIND}, headers=HEADERS)
    assert "traceresponse" not in response.headers


def test_without_traces_nothing_of_opentelemetry_is_imported() -> None:
    """Nor is what serves metrics."""
    code = "import sys, commands.application; print({'opentelemetry', 'prometheus_client', 'google'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


async def test_every_line_of_the_log_names_the_trace(
    proxied_settings: TableSettings, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    texts: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            texts.append(JsonLines().format(record))

    handler = Lines()
    logging.getLogger("authgraph.operations").addHandler(handler)
    try:
        responses = await traced(
            proxied_settings, {}, {"json": {"query": "{"}}, {"headers": {"Content-Type": "text/plain"}}
        )
    finally:
        logging.getLogger("authgraph.operations").removeHandler(handler)
    traces = [response.headers["traceresponse"].split("-")[1] for response in responses]
    assert [orjson.loads(text)["traceId"] for text in texts] == traces


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT is not a URL"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:99999"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a URL"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf"),
        ({"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER is not a sampler"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1%"}, "OTEL_TRACES_SAMPLER_ARG is not"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "7"}, "OTEL_TRACES_SAMPLER_ARG is not"),
    ],
)
def test_a_variable_without_a_meaning_is_refused_if_traces_are_on(variables: dict[str, str], sentence: str) -> None:
    check_tracing(settings_of(traces=False), variables)
    with pytest.raises(BadSettings, match=sentence):
        check_tracing(settings_of(traces=True), variables)


def test_variables_with_a_meaning_are_accepted() -> None:
    check_tracing(settings_of(traces=True), {})
    check_tracing(
        settings_of(traces=True),
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example:4318/otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.01",
        },
    )


@pytest.mark.parametrize("name", tracing.SAMPLERS)
@pytest.mark.parametrize("prefix", ["", tracing.PARENT_BASED])
def test_samplers_decide_as_those_of_the_sdk_do(monkeypatch: pytest.MonkeyPatch, prefix: str, name: str) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", prefix + name)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.3")
    theirs = TracerProvider(shutdown_on_exit=False).sampler
    ours = tracing._sampler(os.environ)
    for number in range(200):
        trace_id = f"{RandomIdGenerator().generate_trace_id():032x}"
        parent_id = PARENT_ID if number % 3 else ""
        trace = TraceContext(trace_id, parent_id, number % 3 == 1)
        context = tracing._context_of(trace) if parent_id else None
        decision = theirs.should_sample(context, int(trace_id, 16), "query").decision
        assert ours(trace) == (decision is Decision.RECORD_AND_SAMPLE), trace
