"""The nine defects of the JavaScript adapter, each absent here, with the usual and with custom key names."""

from typing import TYPE_CHECKING

import pytest

from dynamo import accounts, deletion, sessions, users, verification_tokens
from dynamo.client import Table
from dynamo.errors import AlreadyExists, Expired, NotFound
from dynamo.expressions import REMOVE
from tests.counting_proxy import CountingProxy
from tests.dynamo import samples
from tests.dynamo.test_deletion import fill
from tests.interop import odd_rows
from tests.interop.raw import NULL, RawTable, number, text
from tests.tables import any_names

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = any_names
ADA = "ada@example.com"
NEW = "new@example.com"


async def ids(table: Table, email: str) -> list[str]:
    return [user.user_id for user in await users.find_by_email(table, email)]


async def test_defect_1_a_changed_email_finds_its_user_and_the_old_one_does_not(table: Table) -> None:
    await samples.user(table, "u1", ADA)
    await users.update(table, "u1", {"email": NEW})
    assert (await ids(table, NEW), await ids(table, ADA)) == (["u1"], [])


async def test_defect_1_an_email_that_the_adapter_changed_is_not_found_under_the_old_one(
    table: Table, raw: RawTable
) -> None:
    odd_rows.user_with_stale_index(raw, "u1", NEW, ADA)
    assert await ids(table, ADA) == []


async def test_defect_2_one_email_belongs_to_one_user(table: Table) -> None:
    await samples.user(table, "u1", ADA)
    with pytest.raises(AlreadyExists):
        await samples.user(table, "u2", ADA)
    assert await ids(table, ADA) == ["u1"]


async def test_defect_2_one_account_belongs_to_one_user(table: Table) -> None:
    await samples.user(table, "u1")
    await samples.user(table, "u2")
    await samples.account(table, "u1")
    with pytest.raises(AlreadyExists):
        await samples.account(table, "u2")
    assert [account.user_id for account in await accounts.find(table, "github", "1")] == ["u1"]


async def test_defect_3_two_accounts_with_one_sort_key_are_told_apart(table: Table, raw: RawTable) -> None:
    odd_rows.account(raw, "u1", "a#b", "c")
    assert await accounts.get(table, "u1", "a", "b#c") is None
    await samples.user(table, "u2")
    assert (await samples.account(table, "u2", "a", "b#c")).user_id == "u2"
    assert [account.user_id for account in await accounts.find(table, "a#b", "c")] == ["u1"]


async def test_defect_4_a_user_with_more_than_a_batch_of_items_is_deleted_with_all_of_them(
    table: Table, raw: RawTable, control: "DynamoDBClient"
) -> None:
    await samples.user(table, "u1", ADA)
    fill(raw, control, "u1", 30)
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_defect_4_a_user_with_more_than_a_megabyte_is_deleted_with_all_of_it(table: Table, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", ADA)
    for i in range(4):
        odd_rows.account(raw, "u1", "github", str(i), id_token=text("x" * 380_000))
    await deletion.delete(table, "u1")
    assert raw.items() == []


async def test_defect_5_an_update_that_meets_a_delete_brings_nothing_back(table: Table, raw: RawTable) -> None:
    await samples.user(table, "u1")
    session = await samples.session(table, "u1")
    await sessions.delete(table, session)
    with pytest.raises(NotFound):
        await sessions.update(table, session, samples.soon(), {})
    assert await sessions.read_all(table, "u1") == []


async def test_defect_6_any_attribute_name_can_be_updated_and_taken_off(table: Table, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", ADA, **{"not-before-policy": number(0), "a.b": number(1)})
    await users.update(table, "u1", {"not-before-policy": REMOVE, "a.b": None, "size": "x", "#n": "y"})
    item = raw.get("USER#u1", "USER#u1")
    assert item is not None
    assert "not-before-policy" not in item
    assert (item["a.b"], item["size"], item["#n"]) == (NULL, text("x"), text("y"))


async def test_defect_7_a_sign_in_is_decided_by_a_consistent_read(proxied: Table, proxy: CountingProxy) -> None:
    await samples.user(proxied, "u1")
    await samples.session(proxied, "u1")
    proxy.reset()
    assert await sessions.sign_in(proxied, "token") is not None
    (wanted,) = proxy.requests[-1].body["RequestItems"].values()
    assert wanted["ConsistentRead"] is True
    assert len(wanted["Keys"]) == 2


async def test_defect_8_what_is_over_is_over_even_while_it_is_in_the_table(table: Table, raw: RawTable) -> None:
    odd_rows.user(raw, "u1", ADA)
    odd_rows.session(raw, "u1", "token", odd_rows.whole_seconds(samples.PAST))
    odd_rows.verification_token(raw, ADA, "t1", odd_rows.whole_seconds(samples.PAST))
    assert await sessions.sign_in(table, "token") is None
    session = await sessions.find(table, "token")
    assert session is not None
    with pytest.raises(Expired):
        await sessions.update(table, session, samples.soon(), {})
    assert await verification_tokens.use(table, ADA, "t1") is None


async def test_defect_9_the_words_for_no_email_find_nobody(table: Table, raw: RawTable) -> None:
    odd_rows.users_without_email(raw)
    for email in ("null", "undefined", ""):
        assert await ids(table, email) == []
