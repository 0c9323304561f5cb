"""Deleting a user leaves nothing of theirs and changes nothing else, however many items they have."""

from typing import TYPE_CHECKING, Any

import pytest

from dynamo import accounts, deletion, users
from dynamo.client import Table, TransactWriteItem
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_authenticators import passkey
from tests.interop import odd_rows
from tests.interop.raw import RawTable, number, text
from tests.tables import any_names

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADA = "ada@example.com"


def fill(raw: RawTable, control: "DynamoDBClient", user_id: str, items: int) -> None:
    """Store so many accounts and sessions of a user at once, as the adapter writes them."""
    names = raw.settings
    rows = []
    for i in range(items):
        if i % 3 == 0:
            sort, index = f"ACCOUNT#github#{user_id}-{i}", ("ACCOUNT#github", f"ACCOUNT#{user_id}-{i}")
        else:
            sort, index = f"SESSION#{user_id}-{i}", (f"SESSION#{user_id}-{i}", f"SESSION#{user_id}-{i}")
        rows.append(
            {
                names.partition_key: text(f"USER#{user_id}"),
                names.sort_key: text(sort),
                names.index_partition_key: text(index[0]),
                names.index_sort_key: text(index[1]),
                "userId": text(user_id),
                "expires": number(samples.FUTURE_SECONDS),
            }
        )
    for start in range(0, len(rows), 25):
        requests = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
        answer = control.batch_write_item(RequestItems={names.table_name: requests})  # type: ignore[dict-item]
        assert not answer["UnprocessedItems"]


@any_names
@pytest.mark.parametrize("items", [0, 1, 24, 25, 26, 101])
async def test_nothing_of_the_user_is_left_and_everything_of_others_is(
    table: Table, raw: RawTable, control: "DynamoDBClient", items: int
) -> None:
    await samples.user(table, "other", "other@example.com")
    await samples.account(table, "other", "github", "other")
    before = raw.items()
    await samples.user(table, "u1", ADA)
    await samples.account(table, "u1", "google", "g1")
    await passkey(table, "u1")
    fill(raw, control, "u1", items)
    deleted = await deletion.delete(table, "u1")
    assert deleted is not None
    assert deleted.email == ADA
    assert raw.items() == before


async def test_fifteen_hundred_items_go(table: Table, raw: RawTable, control: "DynamoDBClient") -> None:
    await samples.user(table, "u1", ADA)
    fill(raw, control, "u1", 1500)
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_a_partition_over_a_megabyte_goes(table: Table, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", ADA, bio=text("x" * 380_000))
    for i in range(3):
        odd_rows.account(raw, "u1", "github", str(i), id_token=text("x" * 380_000))
        raw.put(raw.keys("USER#u1", f"ZZZ#{i}") | {"blob": text("x" * 380_000)})
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_more_accounts_with_locks_than_a_transaction_holds_go(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1", ADA)
    for i in range(51):
        await samples.account(table, "u1", "github", str(i))
    await deletion.delete(table, "u1")
    assert raw.items() == []


@pytest.mark.parametrize("user_id", ["nobody", "", "a\0", "\ud800"])
async def test_nobody_is_none(table: Table, raw: RawTable, user_id: str) -> None:
    assert await deletion.delete(table, user_id) is None
    assert raw.items() == []


async def test_what_an_earlier_delete_left_without_its_user_goes(table: Table, raw: RawTable) -> None:
    odd_rows.account(raw, "u1", "github", "1")
    odd_rows.session(raw, "u1", "s1", number(samples.FUTURE_SECONDS))
    odd_rows.zombie_session(raw, "u1", "s2", samples.FUTURE)
    assert await deletion.delete(table, "u1") is None
    assert raw.items() == []


async def test_odd_rows_go(table: Table, raw: RawTable) -> None:
    odd_rows.ghost_user(raw, "u1")
    raw.put(raw.keys("USER#u1", "ACCOUNT#") | {"provider": number(1)})
    raw.put(raw.keys("USER#u1", "ACCOUNT#" + "a" * 1016))
    raw.put(raw.keys("USER#u1", "AUTHENTICATOR#" + "a" * 1010))
    raw.put(raw.keys("USER#u1", "CUSTOM"))
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_two_rows_that_claim_to_be_one_account_go(table: Table, raw: RawTable) -> None:
    same = {"provider": text("github"), "providerAccountId": text("1")}
    odd_rows.user(raw, "u1", ADA)
    raw.put(raw.keys("USER#u1", "ACCOUNT#github#1") | same)
    raw.put(raw.keys("USER#u1", "ACCOUNT#github#copy") | same)
    await deletion.delete(table, "u1")
    assert raw.items() == []


@pytest.mark.parametrize("email", [None, "null", ADA, "Ada@Example.com", "a" * 900])
async def test_a_user_with_any_email_or_none_goes(table: Table, raw: RawTable, email: str | None) -> None:
    if email is None:
        odd_rows.user_without_email(raw, "u1", "USER#null", {"email": {"NULL": True}})
    else:
        odd_rows.user(raw, "u1", email)
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_the_lock_of_an_address_that_the_adapter_changed_goes_too(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1", ADA)
    odd_rows.user_with_stale_index(raw, "u1", "new@example.com", ADA)
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_locks_that_are_somebody_elses_stay(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u2", ADA)
    await samples.account(table, "u2")
    before = raw.items()
    odd_rows.user(raw, "u1", ADA)
    odd_rows.account(raw, "u1", "github", "1")
    odd_rows.account(raw, "u1", "github", "2")
    await deletion.delete(table, "u1")
    assert raw.items() == before


async def test_what_the_adapter_adds_while_it_runs_goes_too(
    table: Table, raw: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    await samples.user(table, "u1", ADA)
    await samples.account(table, "u1")
    transact = Table.transact
    late: list[str] = []

    async def overtaken(self: Table, operations: list[TransactWriteItem], **recorded: Any) -> None:
        await transact(self, operations, **recorded)
        (action,) = operations[0]
        late.append(action)
        if len(late) == 2 or action == "Put":
            odd_rows.account(raw, "u1", "github", f"late{len(late)}")
            odd_rows.session(raw, "u1", f"late{len(late)}", number(samples.FUTURE_SECONDS))

    monkeypatch.setattr(Table, "transact", overtaken)
    await deletion.delete(table, "u1")
    # The mark, the account, the tombstone, what was added late, and the end.
    assert late == ["Update", "Update", "Put", "Update", "Delete"]
    assert raw.items() == []


async def test_two_concurrent_deletes_leave_nothing(table: Table, raw: RawTable, control: "DynamoDBClient") -> None:
    await samples.user(table, "u1", ADA)
    fill(raw, control, "u1", 60)
    _, refused = await samples.outcomes(deletion.delete(table, "u1") for _ in range(2))
    assert refused == []
    assert raw.items() == []


async def test_links_and_sessions_that_meet_a_delete_leave_nothing(table: Table, raw: RawTable) -> None:
    for turn in range(10):
        user_id = f"u{turn}"
        await samples.user(table, user_id, f"{user_id}@example.com")
        await samples.outcomes(
            [
                samples.account(table, user_id, "github", user_id),
                deletion.delete(table, user_id),
                samples.session(table, user_id, user_id),
                users.update(table, user_id, {"email": f"new-{user_id}@example.com"}),
            ]
        )
        assert raw.items() == []


async def test_a_deleted_users_account_can_be_linked_by_another(table: Table) -> None:
    await samples.user(table, "u1")
    await samples.account(table, "u1")
    await deletion.delete(table, "u1")
    await samples.user(table, "u2")
    await samples.account(table, "u2")
    assert [account.user_id for account in await accounts.find(table, "github", "1")] == ["u2"]


async def test_twenty_five_sessions_are_deleted_in_one_request(
    proxied: Table, proxy: CountingProxy, raw: RawTable
) -> None:
    odd_rows.user(raw, "u1", ADA)
    for i in range(25):
        odd_rows.session(raw, "u1", f"s{i}", number(samples.FUTURE_SECONDS))
    await deletion.delete(proxied, "u1")
    assert proxy.operations == [
        *("GetItem", "TransactWriteItems"),
        *("Query", "TransactWriteItems", "Query"),
        *("TransactWriteItems", "Query", "TransactWriteItems"),
    ]
