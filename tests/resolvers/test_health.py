"""The state of the table and the last run of the doctor, as operators see them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Lock

import pytest

from commands.table_state import describer
from dynamo import doctor_summary
from dynamo.aws_errors import AccessDenied
from dynamo.doctor_summary import Summary, Tally
from dynamo.progress import PROGRESS, Progress
from dynamo.settings import TableSettings
from resolvers import table_state
from resolvers.table_state import TableState, TableStates
from tests.api import Api, make_api
from tests.clean_table import assert_clean
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable, text
from tests.metrics import metric_value
from tests.resolvers.people import key_with
from tests.tables import with_and_without_directory

TABLE = """{ tableState {
    name describedAt ready itemCount sizeBytes payPerRequest expiryAttribute deletionProtection pointInTimeRecovery
    indexes { name partitionKey sortKey projection ready itemCount } warnings
} }"""
LAST = """{ lastExamination {
    at repaired clean itemCount findings { kind wrong found repaired left meaning repair }
} }"""


@pytest.fixture
def described_api(table_settings: TableSettings) -> Api:
    """An API that can describe its table, as a server can."""
    return make_api(table_settings, table_states=TableStates(describer(table_settings)))


@with_and_without_directory
async def test_the_table_is_described_with_its_indexes(described_api: Api, table_settings: TableSettings) -> None:
    state = (await described_api.data(TABLE))["tableState"]
    # The tables of tests have no time to live.
    assert (state["name"], state["ready"], state["expiryAttribute"]) == (table_settings.table_name, True, None)
    assert len(state["warnings"]) == 1
    assert "never deletes expired items" in state["warnings"][0]
    wanted = [name for name in (table_settings.index_name, table_settings.directory_index_name) if name]
    assert sorted(index["name"] for index in state["indexes"]) == sorted(wanted)
    assert {(index["projection"], index["ready"]) for index in state["indexes"]} == {("ALL", True)}


async def test_a_process_that_cannot_describe_its_table_says_nothing(api: Api) -> None:
    assert await api.data(TABLE) == {"tableState": None}


class Described:
    """A table that counts how often it is described."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.number = 0
        self._lock = Lock()

    def __call__(self) -> TableState:
        """Describe it, or fail as often as it was told to."""
        with self._lock:
            self.number += 1
        if self.failures:
            raise self.failures.pop()
        return TableState("t", datetime.now(UTC), True, 0, 0, True, "expires", False, None, (), ())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time by which descriptions grow old."""
    now = [1000.0]
    monkeypatch.setattr(table_state, "monotonic", lambda: now[0])
    return iter([now])


async def test_dynamodb_is_asked_once_a_minute_whoever_wants_to_know(
    table_settings: TableSettings, clock: Iterator[list[float]]
) -> None:
    now, described = next(clock), Described()
    api = make_api(table_settings, table_states=TableStates(described))
    await asyncio.gather(*(api.data(TABLE) for _ in range(5)))
    now[0] += table_state.KEPT_SECONDS - 1
    await api.data(TABLE)
    assert described.number == 1
    now[0] += 1
    await api.data(TABLE)
    assert described.number == 2


async def test_a_failure_is_not_kept_and_says_nothing_of_the_reason(table_settings: TableSettings) -> None:
    described = Described(AccessDenied("arn:aws:iam::1:user/x may not"))
    api = make_api(table_settings, table_states=TableStates(described))
    answer = await api.answer(TABLE)
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert "arn" not in str(answer)
    assert (await api.data(TABLE))["tableState"]["name"] == "t"


async def test_the_last_run_is_said_with_what_each_finding_means(
    counted_api: Api, proxy: CountingProxy, raw: RawTable
) -> None:
    assert await counted_api.data(LAST) == {"lastExamination": None}
    at = datetime(2026, 3, 5, tzinfo=UTC)
    tallies = [Tally("lock-missing", 5, 5), Tally("expired", 2, 0), Tally("of-a-newer-version", 3, 1)]
    await doctor_summary.store(counted_api.table, Summary(at, True, 12, tallies))
    proxy.reset()
    found = (await counted_api.data(LAST))["lastExamination"]
    assert proxy.operations == ["GetItem"]
    assert (found["at"], found["repaired"], found["clean"], found["itemCount"]) == (
        "2026-03-05T00:00:00.000Z",
        True,
        False,
        12,
    )
    rows = [
        tuple(finding[name] for name in ("kind", "wrong", "found", "repaired", "left")) for finding in found["findings"]
    ]
    assert rows == [
        ("lock-missing", True, 5, 5, 0),
        ("expired", False, 2, 0, 2),
        ("of-a-newer-version", True, 3, 1, 2),
    ]
    assert [finding["meaning"] is None for finding in found["findings"]] == [False, False, True]
    await doctor_summary.store(counted_api.table, Summary(at, False, 12, tallies[:2]))
    assert (await counted_api.data(LAST))["lastExamination"]["clean"] is True
    await assert_clean(counted_api.table)


@pytest.mark.parametrize("name", ["at", "items", "findings"])
async def test_a_summary_that_cannot_be_read_counts_as_none(api: Api, raw: RawTable, name: str) -> None:
    await doctor_summary.store(api.table, Summary(datetime.now(UTC), False, 1, [Tally("ghost", 1, 0)]))
    (item,) = raw.items()
    raw.put(item | {name: text("odd")})
    assert await api.data(LAST) == {"lastExamination": None}


async def test_health_has_a_scope_of_its_own(api: Api) -> None:
    for scope, codes in (("HEALTH_READ", []), ("USERS_READ", ["FORBIDDEN"]), ("ADAPTER", ["FORBIDDEN"])):
        caller = api.acting_as(await key_with(api, scope))
        for query in (TABLE, LAST):
            assert await caller.codes(query) == codes, scope


async def test_an_answer_that_one_caller_did_not_wait_for_is_there_for_the_next() -> None:
    released, described = Event(), Described()

    def describe() -> TableState:
        released.wait()
        return described()

    states = TableStates(describe)
    impatient = asyncio.create_task(states.read())
    await asyncio.sleep(0)
    impatient.cancel()
    waiting = asyncio.create_task(states.read())
    await asyncio.sleep(0)
    released.set()
    assert (await waiting).name == "t"
    assert described.number == 1


async def test_a_caller_who_waits_in_vain_learns_that_dynamodb_did_not_answer(table_settings: TableSettings) -> None:
    """Not that the operation asks for too much. The time counts as DynamoDB's, too."""
    asked, released = Event(), Event()

    def describe() -> TableState:
        asked.set()
        released.wait()
        return Described()()

    progress = Progress()
    PROGRESS.set(progress)
    before = metric_value("authgraph_operation_dynamodb_seconds_total", type="query")
    waiting = asyncio.create_task(make_api(table_settings, table_states=TableStates(describe)).answer(TABLE))
    await asyncio.to_thread(asked.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    released.set()
    assert progress.cut_off
    assert metric_value("authgraph_operation_dynamodb_seconds_total", type="query") > before
