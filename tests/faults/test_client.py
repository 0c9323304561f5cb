"""Throttling, silence, lost responses and conflicts become errors of our own, after a limited number of attempts."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
import pytest

from dynamo import accounts, api_keys, entities, sessions, users
from dynamo.client import Table
from dynamo.entities import UserKey
from dynamo.errors import DynamoError, Misconfigured, Throttled, TransactionConflict, Unavailable
from dynamo.expressions import generate_update_expression
from dynamo.settings import TableSettings
from dynamo.users import NewUser
from dynamo.wire import retries
from dynamo.wire.error_responses import error_of
from tests.counting_proxy import CountingProxy, Swallow
from tests.dynamo import samples
from tests.interop import odd_rows
from tests.interop.raw import RawTable

Call = Callable[[Table], Awaitable[object]]


def _update(table: Table) -> Awaitable[object]:
    written = generate_update_expression({"n": 1})
    assert written is not None
    return table.update(table.key("a", "b"), written)


CALLS: dict[str, Call] = {
    "GetItem": lambda table: table.get(table.key("a", "b")),
    "PutItem": lambda table: table.put(table.key("a", "b")),
    "UpdateItem": _update,
    "DeleteItem": lambda table: table.delete(table.key("a", "b")),
    "Query": lambda table: table.query_partition("a"),
    "Scan": lambda table: table.scan(limit=1, after=None),
    "BatchGetItem": lambda table: table.batch_get([table.key("a", "b")]),
    "TransactWriteItems": lambda table: table.transact([table.put_operation(table.key("a", "b"))]),
}
every_operation = pytest.mark.parametrize(("operation", "call"), CALLS.items(), ids=CALLS)
WRITES = {name: CALLS[name] for name in ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")}


@pytest.fixture
def impatient(proxied_settings: TableSettings) -> Table:
    """A client that retries once, and waits as long as a busy machine may need."""
    fields = {
        "dynamodb_max_attempts": 2,
        "dynamodb_read_timeout_seconds": 60.0,
        "dynamodb_connect_timeout_seconds": 60.0,
    }
    return Table.connect(proxied_settings.model_copy(update=fields))


@every_operation
async def test_throttling_is_told_after_bounded_attempts(
    impatient: Table, proxy: CountingProxy, operation: str, call: Call
) -> None:
    proxy.fail_next(operation, "ThrottlingException", times=100)
    with pytest.raises(Throttled):
        await call(impatient)
    assert proxy.operations == [operation] * 2


@pytest.mark.parametrize("error", ["ProvisionedThroughputExceededException", "RequestLimitExceeded"])
async def test_every_kind_of_throttling_is_told_as_such(impatient: Table, proxy: CountingProxy, error: str) -> None:
    proxy.fail_next("GetItem", error, times=100)
    with pytest.raises(Throttled):
        await CALLS["GetItem"](impatient)


@every_operation
async def test_a_failure_of_the_service_is_told_after_bounded_attempts(
    impatient: Table, proxy: CountingProxy, operation: str, call: Call
) -> None:
    proxy.fail_next(operation, "InternalServerError", times=100)
    with pytest.raises(Unavailable) as refusal:
        await call(impatient)
    assert not isinstance(refusal.value, Throttled)
    assert proxy.operations == [operation] * 2


@every_operation
async def test_a_fault_that_passes_is_not_noticed(
    impatient: Table, proxy: CountingProxy, operation: str, call: Call
) -> None:
    proxy.fail_next(operation, "InternalServerError")
    await call(impatient)
    assert proxy.operations == [operation] * 2


async def test_silence_ends_at_the_deadline(proxied_settings: TableSettings, proxy: CountingProxy) -> None:
    fields = {"dynamodb_max_attempts": 2, "dynamodb_read_timeout_seconds": 0.3}
    table = Table.connect(proxied_settings.model_copy(update=fields))
    proxy.plan("GetItem", Swallow(), times=100)
    async with asyncio.timeout(30):
        with pytest.raises(Unavailable):
            await CALLS["GetItem"](table)
    assert proxy.total <= 2


async def test_closed_connections_are_told_after_bounded_attempts(impatient: Table, proxy: CountingProxy) -> None:
    proxy.drop_next("GetItem", times=100)
    with pytest.raises(Unavailable):
        await CALLS["GetItem"](impatient)
    assert proxy.total == 2


async def test_an_address_where_nobody_listens_is_told(table_settings: TableSettings) -> None:
    fields = {"dynamodb_endpoint_url": "http://127.0.0.1:1", "dynamodb_max_attempts": 1}
    with pytest.raises(Unavailable):
        await CALLS["GetItem"](Table.connect(table_settings.model_copy(update=fields)))


@pytest.mark.parametrize("error", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"])
async def test_refused_credentials_are_a_misconfiguration_and_not_tried_again(
    impatient: Table, proxy: CountingProxy, error: str
) -> None:
    proxy.fail_next("GetItem", error, times=100)
    with pytest.raises(Misconfigured):
        await CALLS["GetItem"](impatient)
    assert proxy.total == 1


@pytest.mark.parametrize(("operation", "call"), WRITES.items(), ids=WRITES)
async def test_a_conflict_with_a_transaction_is_waited_out(
    impatient: Table, proxy: CountingProxy, operation: str, call: Call
) -> None:
    proxy.fail_next(operation, "TransactionConflictException", times=retries.CONFLICT_ATTEMPTS - 1)
    await call(impatient)
    assert proxy.operations == [operation] * retries.CONFLICT_ATTEMPTS


async def test_a_conflict_that_does_not_end_is_told_as_one_that_may_be_tried_later(
    impatient: Table, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "LONGEST_FIRST_PAUSE_SECONDS", 0)
    proxy.fail_next("DeleteItem", "TransactionConflictException", times=100)
    with pytest.raises(TransactionConflict) as refusal:
        await CALLS["DeleteItem"](impatient)
    assert isinstance(refusal.value, Unavailable)
    assert proxy.total == retries.CONFLICT_ATTEMPTS


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        (["None", "TransactionConflict"], TransactionConflict),
        (["ThrottlingError", "None"], Throttled),
        (["None", "ProvisionedThroughputExceeded"], Throttled),
        (["ItemCollectionSizeLimitExceeded"], DynamoError),
    ],
)
def test_the_reasons_of_a_cancelled_transaction_are_told_apart(reasons: list[str], error: type[DynamoError]) -> None:
    body = {"__type": "a#TransactionCanceledException", "CancellationReasons": [{"Code": code} for code in reasons]}
    assert type(error_of(400, orjson.dumps(body), "t")) is error


def test_a_page_of_a_proxy_is_no_answer_of_dynamodbs() -> None:
    assert type(error_of(404, b"<html>", "t")) is Unavailable


async def test_what_a_batch_left_is_asked_for_again(proxied: Table, proxy: CountingProxy, raw: RawTable) -> None:
    keys = [proxied.key("a", f"{i:02}") for i in range(20)]
    for key in keys:
        raw.put(raw.keys(key["pk"], key["sk"]))
    proxy.leave_unprocessed("BatchGetItem", items=15)
    assert len(await proxied.batch_get(keys)) == 20
    assert proxy.operations == ["BatchGetItem"] * 2


async def test_a_batch_that_never_gets_done_is_told(proxied: Table, proxy: CountingProxy) -> None:
    proxy.leave_unprocessed("BatchGetItem", items=10, times=100)
    with pytest.raises(Unavailable):
        await proxied.batch_get([proxied.key("a", str(i)) for i in range(20)])
    assert proxy.total <= 6


async def test_keys_that_are_left_again_and_again_are_read_one_by_one(proxied: Table, proxy: CountingProxy) -> None:
    proxy.leave_unprocessed("BatchGetItem", items=10, times=100)
    assert await entities.read(proxied, [UserKey(str(i)) for i in range(20)]) == [None] * 20
    assert (proxy.count("BatchGetItem"), proxy.count("GetItem")) == (2, 9)


async def test_a_user_whose_creation_was_not_answered_is_created_once(
    proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    for email, items in ((None, 1), ("ada@example.com", 3)):
        proxy.drop_next("TransactWriteItems", answered=True)
        await users.create(proxied, NewUser(email=email))
        assert len(raw.items()) == items


async def test_a_key_whose_creation_was_not_answered_is_created_once(
    proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    proxy.drop_next("TransactWriteItems", answered=True)
    made = await api_keys.create(proxied, "deploy", ["a"], "hash", None)
    assert [item["pk"]["S"] for item in raw.items()] == [f"APIKEY#{made.key_id}"]


async def test_tokens_whose_update_was_not_answered_are_updated(
    proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.account(raw, "u1", "github", "1")
    account = await accounts.get(proxied, "u1", "github", "1")
    assert account is not None
    proxy.drop_next("UpdateItem", answered=True)
    updated = await accounts.update_tokens(proxied, account, {"refresh_token": "new"}, {"refresh_token": None})
    assert updated.refresh_token == "new"


async def test_a_session_whose_update_was_not_answered_is_updated(proxied: Table, proxy: CountingProxy) -> None:
    await samples.user(proxied, "u1")
    session = await samples.session(proxied, "u1")
    proxy.drop_next("UpdateItem", answered=True)
    end = samples.soon()
    assert (await sessions.update(proxied, session, end, {})).expires == end.replace(microsecond=0)


async def test_an_unlink_that_was_not_answered_is_done(proxied: Table, proxy: CountingProxy, raw: RawTable) -> None:
    await samples.user(proxied, "u1")
    account = await samples.account(proxied, "u1")
    proxy.drop_next("TransactWriteItems", answered=True)
    await accounts.unlink(proxied, account, force=True)
    assert len(raw.items()) == 1


async def test_a_use_of_a_key_that_cannot_be_noted_is_no_failure(impatient: Table, proxy: CountingProxy) -> None:
    made = await api_keys.create(impatient, "deploy", ["a"], "hash", None)
    proxy.fail_next("UpdateItem", "InternalServerError", times=100)
    await api_keys.note_use(impatient, made)
    assert proxy.count("UpdateItem") == 2


async def test_locks_that_keep_changing_are_told_as_unavailable(
    proxied: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer takes and releases the lock faster than it can be read."""
    lock = "LOCK#EMAIL#ada@example.com"
    transact, get = Table.transact, Table.get

    async def overtaken(self: Table, operations: list[object], *token: object, **more: object) -> None:
        raw.put(raw.keys(lock, lock) | {"owner": {"S": "other"}, "claim": {"S": "c"}})
        await transact(self, operations, *token, **more)  # type: ignore[arg-type]

    async def released(self: Table, key: dict[str, str], *, consistent: bool = False) -> object:
        if key == self.key(lock, lock):
            await self.delete(key)
        return await get(self, key, consistent=consistent)

    monkeypatch.setattr(Table, "transact", overtaken)
    monkeypatch.setattr(Table, "get", released)
    with pytest.raises(Unavailable):
        await users.create(proxied, NewUser(email="ada@example.com"))
