"""A deletion that is interrupted, hindered or overtaken: nobody signs in during it, and repeating it finishes it."""

from typing import TYPE_CHECKING

import pytest

from dynamo import accounts, deletion, sessions, users
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import Disabled, NotFound, Unavailable
from dynamo.settings import TableSettings
from dynamo.wire import retries
from tests.counting_proxy import ANY, CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.dynamo.test_deletion import fill
from tests.interop.raw import RawTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADA = "ada@example.com"
REQUESTS = 9
"""The requests that deleting a user with an account and a session sends."""


@pytest.fixture
def crashing(proxied_settings: TableSettings) -> Table:
    """A client that gives up at once, so that what happens after the cut equals a crash."""
    return Table.connect(proxied_settings.model_copy(update={"dynamodb_max_attempts": 1}))


async def fill_mixed(table: Table, raw: RawTable, control: "DynamoDBClient") -> list[str]:
    """Store a user with an account, a passkey, 60 rows as the adapter writes them and a session. Returns the tokens."""
    await samples.user(table, "u1", ADA)
    await samples.account(table, "u1", "google", "g1")
    await passkey(table, "u1")
    fill(raw, control, "u1", 60)
    await samples.session(table, "u1", "last")
    return ["last", *(f"u1-{i}" for i in range(60) if i % 3)]


@pytest.mark.parametrize("successes", range(2, 9))
async def test_after_a_crash_no_session_signs_in_and_a_second_delete_finishes(
    table: Table,
    crashing: Table,
    proxy: CountingProxy,
    raw: RawTable,
    control: "DynamoDBClient",
    successes: int,
) -> None:
    tokens = await fill_mixed(table, raw, control)
    proxy.cut_after(successes)
    with pytest.raises(Unavailable):
        await deletion.delete(crashing, "u1")
    proxy.reset()
    for token in tokens:
        assert await sessions.sign_in(table, token) is None
    await deletion.delete(crashing, "u1")
    assert raw.items() == []


async def test_a_delete_that_was_begun_lets_nothing_be_added(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    await samples.user(table, "u1", ADA)
    proxy.cut_after(2)
    with pytest.raises(Unavailable):
        await deletion.delete(crashing, "u1")
    with pytest.raises(Disabled):
        await samples.session(table, "u1")
    for refused in (
        samples.account(table, "u1"),
        passkey(table, "u1"),
        users.update(table, "u1", {"name": "Ada"}),
        users.update(table, "u1", {"email": "new@example.com"}),
    ):
        with pytest.raises(NotFound):
            await refused
    assert len(raw.items()) == 2


async def test_until_it_is_finished_the_address_is_taken(
    table: Table, crashing: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    await samples.user(table, "u1", ADA)
    proxy.cut_after(2)
    with pytest.raises(Unavailable):
        await deletion.delete(crashing, "u1")
    found = await users.find_by_email(table, ADA)
    assert [user.deleting for user in found] == [True]


async def test_a_conflict_with_another_transaction_is_waited_out(
    table: Table, proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    await samples.user(table, "u1", ADA)
    await samples.account(table, "u1")
    proxy.fail_next("TransactWriteItems", "TransactionConflictException", times=2)
    await deletion.delete(proxied, "u1")
    assert raw.items() == []


async def test_conflicts_without_end_are_told_and_can_be_finished_later(
    table: Table, proxied: Table, proxy: CountingProxy, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "LONGEST_FIRST_PAUSE_SECONDS", 0)
    await samples.user(table, "u1", ADA)
    proxy.fail_next("TransactWriteItems", "TransactionConflictException", times=100)
    with pytest.raises(Unavailable):
        await deletion.delete(proxied, "u1")
    proxy.reset()
    await deletion.delete(proxied, "u1")
    assert raw.items() == []


async def test_a_lost_answer_to_any_request_changes_nothing(
    table: Table, proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    lost, requests = 0, 1
    while lost < requests:
        await samples.user(table, "u1", ADA)
        await samples.account(table, "u1")
        await samples.session(table, "u1")
        proxy.reset()
        proxy.delay_next(ANY, 0, times=lost)
        proxy.drop_next(ANY, answered=True)
        deleted = await deletion.delete(proxied, "u1")
        assert deleted is not None
        assert raw.items() == []
        lost, requests = lost + 1, proxy.total - 1
    assert requests == REQUESTS


async def test_locks_that_keep_changing_hands_are_told_and_can_be_finished_later(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await samples.user(table, "u1", ADA)
    monkeypatch.setattr(deletion, "ATTEMPTS", 1)
    lock = f"LOCK#EMAIL#{ADA}"
    raw.put(raw.keys(lock, lock) | {"owner": {"S": "other"}})
    with pytest.raises(Unavailable):
        await deletion.delete(table, "u1")
    monkeypatch.undo()
    await deletion.delete(table, "u1")
    assert raw.items() == [raw.keys(lock, lock) | {"owner": {"S": "other"}}]


async def test_a_sign_in_during_a_delete_never_succeeds_once_it_has_begun(
    table: Table, raw: RawTable, control: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await fill_mixed(table, raw, control)
    transact = Table.transact
    signed_in: list[object] = []
    begun: list[list[TransactWriteItem]] = []

    async def watched(self: Table, operations: list[TransactWriteItem], *token: object, **more: object) -> None:
        if begun:
            signed_in.extend([await sessions.sign_in(table, token) for token in tokens[:5]])
        begun.append(operations)
        await transact(self, operations, *token, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "transact", watched)
    await deletion.delete(table, "u1")
    assert len(signed_in) >= 5
    assert not any(signed_in)
    assert await accounts.find(table, "google", "g1") == []
