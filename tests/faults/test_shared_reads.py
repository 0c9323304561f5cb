"""A key in trouble takes neither time nor a slot from the keys that are read with it, nor from later ones."""

import asyncio

import pytest

from dynamo import entities
from dynamo.client import Table
from dynamo.entities import UserKey
from dynamo.errors import DynamoError, Throttled, Unavailable
from dynamo.models import User
from dynamo.settings import TableSettings
from dynamo.wire import coalescing, retries, slots
from tests.api import make_api
from tests.counting_proxy import CountingProxy, Error, Fault, Swallow, Unprocessed
from tests.interop import odd_rows
from tests.interop.raw import RawTable

HOT = "USER#hot"
INNOCENT = [f"innocent-{number:02}" for number in range(19)]


@pytest.fixture
def people(raw: RawTable) -> None:
    """One user whose key is in trouble, and nineteen others."""
    for user_id in ("hot", *INNOCENT):
        odd_rows.user(raw, user_id, f"{user_id}@example.com")


@pytest.fixture
def settings(proxied_settings: TableSettings, people: None, monkeypatch: pytest.MonkeyPatch) -> TableSettings:
    """The table behind the proxy. Requests that hang do so far longer than a test lasts, and patience is short."""
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(retries, "LONGEST_FIRST_PAUSE_SECONDS", 0.001)
    return proxied_settings.model_copy(update={"dynamodb_read_timeout_seconds": 60.0})


@pytest.fixture
def table(settings: TableSettings) -> Table:
    return Table.connect(settings)


async def one(table: Table, user_id: str) -> object:
    """Read for a request of its own. Returns the user's id, or the error."""
    (found,) = await entities.read(table.metered(), [UserKey(user_id)])
    return found.user_id if isinstance(found, User) else found


def make_hot(proxy: CountingProxy, *faults: tuple[str, Fault]) -> None:
    for operation, fault in faults:
        proxy.plan(operation, fault, 1_000, holding=f'"{HOT}"')


THROTTLED: list[tuple[str, Fault]] = [
    ("BatchGetItem", Unprocessed(1)),
    ("GetItem", Error("ProvisionedThroughputExceededException")),
]
HANGING: list[tuple[str, Fault]] = [("BatchGetItem", Swallow()), ("GetItem", Swallow())]
REFUSED: list[tuple[str, Fault]] = [
    ("BatchGetItem", Error("ValidationException")),
    ("GetItem", Error("ValidationException")),
]


async def test_nineteen_lookups_beside_a_throttled_key_succeed(table: Table, proxy: CountingProxy) -> None:
    make_hot(proxy, *THROTTLED)
    # The proxy leaves the last key of a batch unprocessed.
    *others, hot = await asyncio.gather(*(one(table, user_id) for user_id in (*INNOCENT, "hot")))
    assert others == INNOCENT
    assert isinstance(hot, Throttled)


async def test_nineteen_lookups_beside_a_key_that_hangs_succeed(table: Table, proxy: CountingProxy) -> None:
    make_hot(proxy, *HANGING)
    hot = asyncio.ensure_future(one(table, "hot"))
    async with asyncio.timeout(30):
        assert await asyncio.gather(*(one(table, user_id) for user_id in INNOCENT)) == INNOCENT
    assert not hot.done()
    hot.cancel()


@pytest.mark.parametrize("faults", [THROTTLED, HANGING], ids=["throttled", "hanging"])
async def test_a_crowd_that_wants_the_key_takes_no_place_from_others(
    table: Table, proxy: CountingProxy, faults: list[tuple[str, Fault]]
) -> None:
    make_hot(proxy, *faults)
    crowd = []
    async with asyncio.timeout(60):
        for _ in range(10 * coalescing.UNDER_WAY):
            crowd.append(asyncio.ensure_future(one(table, "hot")))
            assert await asyncio.gather(*(one(table, user_id) for user_id in INNOCENT)) == INNOCENT
    sent = sum(HOT in str(request.body) for request in proxy.requests)
    if faults is HANGING:
        # One read is running, and all other requests wait for the next one. A failing key is not read twice at a time.
        assert not any(asked.done() for asked in crowd)
        assert sent <= 3
    for asked in crowd:
        asked.cancel()


async def test_different_keys_that_hang_do_not_use_up_the_places(
    table: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    for number in range(coalescing.UNDER_WAY + coalescing.APART + 1):
        proxy.plan("GetItem", Swallow(), 1_000, holding=f'"USER#stuck-{number:02}"')
    stuck = []
    async with asyncio.timeout(60):
        for number in range(coalescing.UNDER_WAY + coalescing.APART + 1):
            stuck.append(asyncio.ensure_future(one(table, f"stuck-{number:02}")))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert await one(table, INNOCENT[0]) == INNOCENT[0]
    for asked in stuck:
        asked.cancel()


@pytest.mark.parametrize("faults", [THROTTLED, REFUSED], ids=["throttled", "refused"])
async def test_a_key_that_is_well_again_is_read_with_the_others(
    table: Table, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, faults: list[tuple[str, Fault]]
) -> None:
    # On a busy machine, any read may take long.
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 60)
    make_hot(proxy, *faults)
    *_, hot = await asyncio.gather(*(one(table, user_id) for user_id in (*INNOCENT, "hot")))
    assert isinstance(hot, DynamoError)
    proxy.reset()
    async with asyncio.timeout(60):
        assert await asyncio.gather(*(one(table, user_id) for user_id in ("hot", *INNOCENT))) == ["hot", *INNOCENT]
    assert proxy.operations == ["BatchGetItem"]


async def test_a_slow_batch_that_answers_first_counts(table: Table, proxy: CountingProxy) -> None:
    """If all of DynamoDB is slow, requests must not have to wait for the separate reads of each key."""
    proxy.delay_next("BatchGetItem", 0.6)
    proxy.plan("GetItem", Swallow(), 1_000)
    async with asyncio.timeout(30):
        assert await asyncio.gather(*(one(table, user_id) for user_id in INNOCENT)) == INNOCENT


async def test_a_key_that_dynamodb_refuses_is_refused_alone(table: Table, proxy: CountingProxy) -> None:
    make_hot(proxy, *REFUSED)
    hot, *others = await asyncio.gather(*(one(table, user_id) for user_id in ("hot", *INNOCENT)))
    assert others == INNOCENT
    assert type(hot) is DynamoError


async def test_what_all_of_dynamodb_refuses_is_not_asked_for_key_by_key(
    table: Table, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine, even the rejections may take long.
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 60)
    proxy.fail_next("BatchGetItem", "InternalServerError", times=100)
    found = await asyncio.gather(*(one(table, user_id) for user_id in INNOCENT))
    assert all(isinstance(error, Unavailable) for error in found)
    assert proxy.operations == ["BatchGetItem"] * 3


async def test_in_one_answer_every_field_has_its_own_fate(settings: TableSettings, proxy: CountingProxy) -> None:
    make_hot(proxy, *THROTTLED)
    api = make_api(settings)
    ids = [*INNOCENT[:14], "hot"]
    fields = " ".join(f'u{place}: user(by: {{userId: "{user_id}"}}) {{ userId }}' for place, user_id in enumerate(ids))
    answer = await api.answer(f"{{ {fields} }}")
    assert [(user or {}).get("userId") for user in answer["data"].values()] == [*INNOCENT[:14], None]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["u14"], "SERVICE_UNAVAILABLE")
    ]


async def test_pages_that_hang_leave_their_places_to_others(table: Table, proxy: CountingProxy) -> None:
    proxy.plan("Scan", Swallow(), 1_000, holding='"Limit":7')
    stuck = [
        asyncio.ensure_future(table.metered().scan(limit=7, after=table.key(str(number), "x")))
        for number in range(coalescing.UNDER_WAY)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        assert (await table.metered().scan(limit=50, after=None)).items
    for asked in stuck:
        asked.cancel()
