"""The engine, a table for each test, and the proxy that counts requests and lets them fail."""

import asyncio
import gc
import os
import pkgutil
import signal
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import hypothesis
import pytest
from pydantic_settings import BaseSettings

from dynamo import aws
from dynamo.client import Table
from dynamo.local import engine as engine_module
from dynamo.local.engine import LocalEngine
from dynamo.seeds import Seed
from dynamo.settings import TableSettings
from dynamo.tables.layout import DIRECTORY_INDEX, table_definition
from dynamo.wire import slots
from execution import document as document_module
from resolvers.global_ids import GlobalIds
from tests.counting_proxy import CountingProxy
from tests.engine_requests import create_table, delete_table
from tests.known_documents import KnownDocuments

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TESTS = Path(__file__).parent
# Each run draws the same examples, and none is too slow: how long it takes depends on what else the machine does.
hypothesis.settings.register_profile("the same everywhere", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("the same everywhere")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so, and the servers that tests start would ignore SIGINT, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
THOROUGH = (
    "clients/",
    "commands/test_",
    "deploy/test_lambda.py",
    "deploy/test_systemd.py",
    "dynamo/local/test_engine.py",
    "execution/test_s57_one_answer.py",
    "faults/test_deletion",
    "faults/test_every_operation.py",
    "faults/test_late_attempts.py",
    "faults/test_silent_connections.py",
    "faults/test_slow_dynamodb.py",
    "federation/",
    "fuzzing/",
    "interop/",
    "resolvers/test_hostile_values.py",
    "resolvers/test_odd_audit_entries.py",
    "resolvers/test_planned_mutations.py",
    "resolvers/test_repetition",
    "security/intruder/test_s45",
    "security/test_auditors.py",
    "security/test_canaries.py",
    "security/test_cost.py",
    "security/test_production.py",
    "security/test_s46_texts_are_measured_first.py",
    "security/test_s49_documents_are_bounded_in_bytes.py",
    "security/test_s50_equal_addresses_are_one_user.py",
    "security/test_s52_tokens_are_no_order.py",
    "security/test_s54_hidden_parts_are_not_lost.py",
    "security/test_s58_keys_in_browsers.py",
    "security/test_s61_secrets_of_production.py",
    "soak/",
    "test_contributing.py",
    "test_documents.py",
    "test_server.py",
    "tools/",
)
"""Tests that take long, because they try every case, inject faults, or start servers, browsers and other languages.

`make thorough` runs them, and `make test` the others, in which alone coverage is measured."""
LONGEST = ("clients/",)
"""Where the tests are that run a whole suite of another language."""
MEASURED_FOLDERS = (
    "commands/transfer/",
    "dynamo/",
    "execution/",
    "faults/",
    "resolvers/",
    "schema/",
    "security/",
    "web/",
)
"""Where the tests are in which coverage is measured. A line that only others cover lacks a simple test."""
MEASURED_CASES = 3
"""In how many of the cases of each of these tests. A test takes twice as long if coverage is measured."""
ENDPOINT_VARIABLE = "AUTHGRAPH_TEST_ENDPOINT_URL"
TEST_ENDPOINT = os.environ.get(ENDPOINT_VARIABLE)
MEASURED = pytest.StashKey[bool]()
"""Whether coverage is measured in a test."""
MEASURES = pytest.StashKey[bool]()
"""Whether coverage is measured now."""


def pytest_configure(config: pytest.Config) -> None:
    """Start the one engine of a run that is spread over several processes, which inherit its URL."""
    spreads = getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput")
    if spreads and not TEST_ENDPOINT and not config.option.collectonly:
        engine = LocalEngine()
        with _compiled_thoroughly():
            engine.start()
        config.add_cleanup(engine.stop)
        os.environ[ENDPOINT_VARIABLE] = engine.endpoint_url
    if spreads:
        # The process that only distributes tests has nothing to measure.
        _measure(config, False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run leave out the tests that take long, or the others. Paths that are named are run in any case."""
    parser.addoption("--part", choices=("usual", "thorough"), help="run only this part of the tests; by default both")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the tests of the other part, which takes long."""
    part = config.option.part
    are_named = [Path(path).resolve() for path in config.args] != [TESTS]
    if part is None or are_named or not collection_path.name.startswith("test_"):
        return None
    is_thorough = collection_path.relative_to(TESTS).as_posix().startswith(THOROUGH)
    return True if is_thorough != (part == "thorough") else None


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, Any, Any]:
    """Measure coverage while modules are imported, and not while tests are collected, which takes twice as long if it
    is measured."""
    coverage = _coverage(session.config)
    if coverage and session.config.stash.get(MEASURES, True):
        for package in coverage.cov.get_option("run:source"):
            for module in pkgutil.walk_packages([str(TESTS.parent / package)], f"{package}."):
                import_module(module.name)
    _measure(session.config, False)
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in which coverage is measured. Begin with the tests that take longest, so that none is left over
    at the end."""
    items.sort(key=lambda item: not _path(item).startswith(LONGEST))
    cases = Counter[str]()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        item.stash[MEASURED] = _path(item).startswith(MEASURED_FOLDERS) and cases[test] <= MEASURED_CASES


def _path(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).as_posix()


def pytest_collection_finish() -> None:
    """Let garbage collection come less often, and not look through the tests again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Measure coverage in the cases that it is measured in."""
    _measure(item.config, item.stash[MEASURED])


def _measure(config: pytest.Config, is_wanted: bool) -> None:
    """Pause or resume the measurement, if there is one. It begins before this file is imported."""
    coverage = _coverage(config)
    if coverage is None or config.stash.get(MEASURES, True) is is_wanted:
        return
    if is_wanted:
        coverage.resume()
    else:
        coverage.pause()
    config.stash[MEASURES] = is_wanted


def _coverage(config: pytest.Config) -> Any:
    """What starts and stops the measurement, if there is one."""
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


@contextmanager
def _compiled_thoroughly() -> Iterator[None]:
    """Let Java compile twice, which pays off after the first 20,000 requests, and collect garbage on one processor. It
    has the time to start that it takes on a busy machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "JVM_FLAGS", ("-XX:+UseSerialGC",))
        patch.setattr(engine_module, "START_TIMEOUT_SECONDS", 60)
        yield


def _forget_the_developers_settings() -> None:
    for name in [name for name in os.environ if name.startswith(("AUTHGRAPH_", "AWS_")) or name == "WEB_CONCURRENCY"]:
        if name != ENDPOINT_VARIABLE:
            del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # Without this, the search for credentials waits for a metadata service that does not exist here.
        "AWS_EC2_METADATA_DISABLED": "true",
        # The tests' engine stores nothing on disk. The read after each transaction would change all counts of requests.
        "AUTHGRAPH_DYNAMODB_SETTLE_TRANSACTIONS": "false",
        # On a busy machine, the engine may take long for a response. A test that is about time limits sets its own.
        "AUTHGRAPH_DYNAMODB_CONNECT_TIMEOUT_SECONDS": "60",
        "AUTHGRAPH_DYNAMODB_READ_TIMEOUT_SECONDS": "60",
    }


# At import, before any test module reads its settings. Processes that tests start inherit it.
_forget_the_developers_settings()


@pytest.fixture(scope="session", autouse=True)
def _no_dotenv() -> None:
    """Let no settings class read the developer's `.env`. By now, every test module was imported."""
    classes = [BaseSettings]
    while classes:
        settings = classes.pop()
        settings.model_config["env_file"] = None
        classes.extend(settings.__subclasses__())


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    """The URL of DynamoDB: one in-memory engine for the whole run, or the engine that the environment names."""
    if TEST_ENDPOINT:
        yield TEST_ENDPOINT
        return
    with _compiled_thoroughly():
        engine = LocalEngine()
        engine.start()
    yield engine.endpoint_url
    engine.stop()


@pytest.fixture(scope="session")
def control(endpoint_url: str) -> "DynamoDBClient":
    """A plain boto3 client of the engine, for creating tables and for reading items without our own code."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


@pytest.fixture(scope="session", autouse=True)
def _known_documents() -> Iterator[None]:
    """Validate the same document once. It takes half of the time of a short operation."""
    known = KnownDocuments()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document_module, "parse", known.parse)
        patch.setattr(document_module, "validate", known.validate)
        yield


@pytest.fixture(scope="session", autouse=True)
def _aws_sessions() -> Iterator[None]:
    """Make one session of the AWS SDK for each environment. It takes longer to find credentials and to read the SDK's
    data than many a test takes."""
    make = aws.session
    known: dict[frozenset[tuple[str, str]], boto3.Session] = {}

    def find(settings: TableSettings) -> boto3.Session:
        if not aws.is_loopback(settings.dynamodb_endpoint_url):
            return make(settings)
        environment = frozenset((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
        if environment not in known:
            known[environment] = make(settings)
        return known[environment]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "session", find)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """Take no read for one that hangs, which would be tried another way. A test that is about that says when."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slots, "PATIENCE_SECONDS", 60)
        yield


MakeTable = Callable[..., TableSettings]
"""`make_table(directory_index=False, **fields)`: a new table with these settings."""

_numbers = count(1)
_names: deque[str] = deque()
"""The names of deleted tables. The local engine takes longer for each table, the more names it has ever seen."""
RESTED = 8
"""How many names rest before the first of them is used again, so that no late request meets a new table."""


@pytest.fixture(scope="session")
def usual_settings(endpoint_url: str) -> TableSettings:
    """The defaults. It takes longer to read the settings than to send a request."""
    return TableSettings(dynamodb_endpoint_url=endpoint_url)


@pytest.fixture
def make_table(
    endpoint_url: str, usual_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeTable]:
    """Makes tables that are deleted after the test. Keyword arguments are fields of `TableSettings`.

    Their time to live is off: DynamoDB Local deletes expired items within seconds, while a test reads them, and uses
    one of few threads for every such table, from the pool that also creates indexes.

    A table's name is not used again if a mutation had an idempotency key: the engine remembers the transaction for ten
    minutes, and would not execute the one of another test with the same name and key.
    """
    made: list[str] = []
    seeds: list[Seed] = []
    seed = GlobalIds.seed

    def seed_and_note(ids: GlobalIds, caller: str, mutation: str, key: str) -> Seed:
        seeds.append(seed(ids, caller, mutation, key))
        return seeds[-1]

    monkeypatch.setattr(GlobalIds, "seed", seed_and_note)

    def make(*, directory_index: bool = False, **fields: Any) -> TableSettings:
        name = _names.popleft() if len(_names) > RESTED else f"t{os.getpid()}-{next(_numbers)}"
        if directory_index:
            fields = {"directory_index_name": DIRECTORY_INDEX} | fields
        if fields:
            settings = TableSettings(**{"table_name": name, "dynamodb_endpoint_url": endpoint_url} | fields)
        else:
            settings = usual_settings.model_copy(update={"table_name": name})
        create_table(endpoint_url, table_definition(settings, directory_index=directory_index))
        made.append(name)
        return settings

    yield make
    for name in made:
        delete_table(endpoint_url, name)
    if not seeds:
        _names.extend(made)


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Table]:
    """The tables that the test has connected to. The test need not close the connections."""
    connected: list[Table] = []
    connect = Table.connect

    def connect_and_note(settings: TableSettings) -> Table:
        connected.append(connect(settings))
        return connected[-1]

    monkeypatch.setattr(Table, "connect", connect_and_note)
    return connected


@pytest.fixture(autouse=True)
async def _connections_are_closed(connected: list[Table]) -> AsyncIterator[None]:
    yield
    await _close(connected)


@pytest.fixture
def runner(connected: list[Table]) -> Iterator[asyncio.Runner]:
    """Runs coroutines of a property test, which is itself not a coroutine."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(_close(connected))


async def _close(tables: list[Table]) -> None:
    for table in tables:
        await table.close()


@pytest.fixture
def table_settings(make_table: MakeTable, request: pytest.FixtureRequest) -> TableSettings:
    """A new table with the usual names. The marks of `tests.tables` ask for others."""
    return make_table(**getattr(request, "param", {}))


@pytest.fixture(scope="session")
def _proxy(endpoint_url: str) -> Iterator[CountingProxy]:
    with CountingProxy(endpoint_url) as proxy:
        yield proxy


@pytest.fixture
def proxy(_proxy: CountingProxy) -> Iterator[CountingProxy]:
    """The proxy in front of the engine, with nothing counted and no fault planned."""
    _proxy.reset()
    yield _proxy
    _proxy.reset()


@pytest.fixture
def proxied_settings(table_settings: TableSettings, proxy: CountingProxy) -> TableSettings:
    """The test's table, reached through the proxy."""
    return table_settings.model_copy(update={"dynamodb_endpoint_url": proxy.endpoint_url})
