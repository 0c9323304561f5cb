"""The client: what each request does and costs, and DynamoDB's errors as errors of our own."""

import pytest

from dynamo import expressions
from dynamo.client import Table, TransactWriteItem
from dynamo.errors import ConditionFailed, DynamoError, Misconfigured, TransactionCancelled
from dynamo.settings import TableSettings
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable, number
from tests.tables import any_names


def update(**attributes: object) -> expressions.Update:
    written = expressions.generate_update_expression(attributes)
    assert written is not None
    return written


class TestItems:
    @any_names
    async def test_what_is_put_is_there_and_what_is_deleted_is_not(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key | {"n": 1})
        assert await table.get(key, consistent=True) == key | {"n": 1}
        assert await table.delete(key) == key | {"n": 1}
        assert await table.delete(key) is None
        assert await table.get(key) is None

    @any_names
    async def test_an_update_returns_the_whole_new_item(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key | {"n": 1})
        assert await table.update(key, update(m=2)) == key | {"n": 1, "m": 2}

    @any_names
    async def test_an_update_that_happens_once_returns_the_whole_new_item(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key | {"n": 1})
        present = expressions.exists(table.partition_key)
        assert await table.update_once(key, update(m=2), present) == key | {"n": 1, "m": 2}

    async def test_an_update_that_happens_once_is_refused_with_the_item_that_stands_there(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key | {"n": 1})
        for other, item in ((key, key | {"n": 1}), (table.key("c", "d"), None)):
            with pytest.raises(ConditionFailed) as refusal:
                await table.update_once(other, update(m=2), expressions.equals("n", 2))
            assert refusal.value.item == item

    async def test_every_attempt_of_a_transaction_is_counted_and_a_refused_one_that_came_first_costs_no_more(
        self, proxied: Table, proxy: CountingProxy
    ) -> None:
        absent = proxied.delete_operation(proxied.key("a", "b"), expressions.exists("pk"))
        with pytest.raises(TransactionCancelled):
            await proxied.transact([absent])
        assert (proxy.total, proxied.usage.requests) == (1, 1)
        proxy.drop_next("TransactWriteItems")
        with pytest.raises(TransactionCancelled):
            await proxied.transact([absent])
        # Two attempts, and a request that uses up the token of the lost one.
        assert (proxy.total, proxied.usage.requests) == (4, 4)

    @any_names
    async def test_items_are_scanned_queried_and_got_in_batches(self, table: Table) -> None:
        keys = [table.key("a", f"b{i}") for i in range(3)]
        for key in keys:
            await table.put(key)
        page = await table.query_partition("a", limit=2)
        assert (page.items, page.last_key) == (keys[:2], keys[1])
        rest = await table.query_partition("a", limit=2, after=page.last_key)
        assert (rest.items, rest.last_key) == (keys[2:], None)
        assert (await table.query_partition("a", prefix="b2")).items == keys[2:]
        assert (await table.scan(limit=10, after=None)).items == keys
        assert (await table.scan(limit=10, after=None, sort_prefix="b1")).items == keys[1:2]
        assert sorted(await table.batch_get(keys), key=lambda item: str(item[table.sort_key])) == keys
        for key in keys:
            await table.delete(key)
        assert (await table.scan(limit=10, after=None)).items == []

    @any_names
    async def test_the_key_of_an_item_is_its_table_key(self, table: Table) -> None:
        item = table.key("a", "b") | table.index_keys("c", "d") | {"n": 1}
        assert table.key_of(item) == table.key("a", "b")


class TestUsage:
    async def test_requests_and_units_are_counted(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key)
        await table.get(key, consistent=True)
        assert (table.usage.requests, table.usage.write_units, table.usage.read_units) == (2, 1, 1)

    async def test_a_metered_handle_counts_on_its_own(self, table: Table) -> None:
        metered = table.metered()
        await metered.get(table.key("a", "b"))
        assert (metered.usage.requests, table.usage.requests) == (1, 0)

    async def test_a_request_that_is_refused_counts(self, table: Table) -> None:
        with pytest.raises(ConditionFailed):
            await table.delete(table.key("a", "b"), expressions.exists("pk"))
        assert table.usage.requests == 1

    async def test_no_request_is_sent_before_one_is_asked_for(
        self, proxied_settings: TableSettings, proxy: CountingProxy
    ) -> None:
        Table.connect(proxied_settings)
        assert proxy.total == 0


class TestConditions:
    async def test_a_refused_write_brings_the_item_that_stands_there(self, table: Table) -> None:
        key = table.key("a", "b")
        await table.put(key | {"n": 1})
        free, other = expressions.not_exists("pk"), expressions.equals("n", 2)
        for write in (table.put(key, free), table.update(key, update(n=3), other), table.delete(key, other)):
            with pytest.raises(ConditionFailed) as refusal:
                await write
            assert refusal.value.item == key | {"n": 1}

    async def test_where_nothing_stands_there_is_no_item(self, table: Table) -> None:
        with pytest.raises(ConditionFailed) as refusal:
            await table.delete(table.key("a", "b"), expressions.exists("pk"))
        assert refusal.value.item is None


class TestTransactions:
    @any_names
    async def test_all_of_it_happens(self, table: Table, raw: RawTable) -> None:
        for name in ("gone", "changed"):
            await table.put(table.key(name, name) | {"n": 1})
        await table.transact(
            [
                table.put_operation(table.key("new", "new")),
                table.update_operation(table.key("changed", "changed"), update(n=2)),
                table.delete_operation(table.key("gone", "gone")),
            ]
        )
        assert raw.items() == [raw.keys("changed", "changed") | {"n": number(2)}, raw.keys("new", "new")]

    async def test_or_nothing_and_it_says_which_conditions_failed(self, table: Table, raw: RawTable) -> None:
        there = expressions.exists("pk")
        operations: list[TransactWriteItem] = [
            table.put_operation(table.key("0", "0")),
            table.delete_operation(table.key("1", "1"), there),
            table.put_operation(table.key("2", "2")),
            table.update_operation(table.key("3", "3"), update(n=1), there),
        ]
        with pytest.raises(TransactionCancelled) as refusal:
            await table.transact(operations)
        assert refusal.value.failed == {1, 3}
        assert raw.items() == []


class TestMisconfiguration:
    async def test_a_missing_table_is_named(self, table_settings: TableSettings) -> None:
        table = Table.connect(table_settings.model_copy(update={"table_name": "nowhere"}))
        with pytest.raises(Misconfigured, match="'nowhere'"):
            await table.get(table.key("a", "b"))

    async def test_a_missing_index_is_a_misconfiguration(self, table_settings: TableSettings) -> None:
        table = Table.connect(table_settings.model_copy(update={"index_name": "nowhere"}))
        with pytest.raises(Misconfigured, match="not those of the settings"):
            await table.query_index("a")

    async def test_a_missing_directory_index_is_a_misconfiguration(self, table_settings: TableSettings) -> None:
        table = Table.connect(table_settings.model_copy(update={"directory_index_name": "nowhere"}))
        with pytest.raises(Misconfigured):
            await table.query_directory("USER", limit=1, after=None)

    @pytest.mark.parametrize("name", ["index_partition_key", "index_sort_key"])
    async def test_a_wrong_key_name_of_the_index_is_a_misconfiguration(
        self, table_settings: TableSettings, name: str
    ) -> None:
        table = Table.connect(table_settings.model_copy(update={name: "wrong"}))
        with pytest.raises(Misconfigured):
            await table.query_index("a", "b")

    @pytest.mark.parametrize("name", ["partition_key", "sort_key"])
    async def test_a_wrong_key_name_of_the_table_is_a_misconfiguration(
        self, table_settings: TableSettings, name: str
    ) -> None:
        table = Table.connect(table_settings.model_copy(update={name: "wrong"}))
        key = table.key("a", "b")
        for call in (
            table.get(key),
            table.put(key),
            table.delete(key),
            table.query_partition("a", prefix="b"),
            table.batch_get([key]),
            table.transact([table.put_operation(key)]),
        ):
            with pytest.raises(Misconfigured):
                await call

    async def test_any_other_refusal_says_its_name(self, table: Table) -> None:
        with pytest.raises(DynamoError, match="ValidationException") as refusal:
            await table.get(table.key("", "b"))
        assert not isinstance(refusal.value, Misconfigured)


@pytest.mark.parametrize("settles", [True, None], ids=["as it is told", "as it finds out"])
async def test_a_transaction_of_the_local_engine_is_settled_by_a_read_that_nobody_pays_for(
    proxied_settings: TableSettings, proxy: CountingProxy, settles: bool | None
) -> None:
    table = Table.connect(proxied_settings.model_copy(update={"dynamodb_settle_transactions": settles}))
    await table.transact([table.put_operation(table.key("a", "b")), table.delete_operation(table.key("c", "d"))])
    await table.transact([table.delete_operation(table.key("a", "b"))])
    assert proxy.operations == ["TransactWriteItems", "GetItem"] * 2
    assert table.usage.requests == 2


async def test_by_default_it_finds_out_what_answers() -> None:
    assert TableSettings.model_fields["dynamodb_settle_transactions"].default is None


async def test_a_transaction_is_not_settled_where_it_is_told_so(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    table = Table.connect(proxied_settings.model_copy(update={"dynamodb_settle_transactions": False}))
    await table.transact([table.put_operation(table.key("a", "b"))])
    assert proxy.operations == ["TransactWriteItems"]


async def test_a_transaction_of_aws_is_not_settled(proxied_settings: TableSettings, proxy: CountingProxy) -> None:
    """The `Server` header of AWS is `Server`; the proxy's own responses have none."""
    table = Table.connect(proxied_settings.model_copy(update={"dynamodb_settle_transactions": None}))
    proxy.answer_next("TransactWriteItems", {"ConsumedCapacity": [{"CapacityUnits": 2.0}]})
    await table.transact([table.put_operation(table.key("a", "b"))])
    assert proxy.operations == ["TransactWriteItems"]
