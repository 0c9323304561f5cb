"""Reads by key of several requests: one request to DynamoDB for a tick, and no request harmed by another."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from dynamo.client import Table
from dynamo.coalescing import MOST, Coalescer, Item, Place
from dynamo.errors import Unavailable
from dynamo.settings import TableSettings
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable


@pytest.fixture
def table(proxied_settings: TableSettings, table_settings: TableSettings) -> Table:
    """A table behind the counting proxy, with users `a` and `b`."""
    raw = RawTable(table_settings)
    for name in ("a", "b"):
        raw.put(raw.keys(f"USER#{name}", f"USER#{name}") | {"id": {"S": name}})
    return Table.connect(proxied_settings)


def read(table: Table, name: str) -> "asyncio.Future[Item | None]":
    """A read on behalf of a request of its own."""
    key = f"USER#{name}"
    return asyncio.ensure_future(table.metered().get(table.key(key, key)))


async def test_reads_of_one_tick_are_one_request(table: Table, proxy: CountingProxy) -> None:
    found = await asyncio.gather(read(table, "a"), read(table, "b"), read(table, "nobody"))
    assert [item and item["id"] for item in found] == ["a", "b", None]
    assert proxy.operations == ["BatchGetItem"]


async def test_a_read_alone_is_a_get_item(table: Table, proxy: CountingProxy) -> None:
    assert await read(table, "a") is not None
    assert await read(table, "nobody") is None
    assert proxy.operations == ["GetItem", "GetItem"]


async def test_a_consistent_read_is_shared_with_nobody(table: Table, proxy: CountingProxy) -> None:
    key = table.key("USER#a", "USER#a")
    await asyncio.gather(table.get(key, consistent=True), table.get(key, consistent=True))
    assert proxy.operations == ["GetItem", "GetItem"]


async def test_two_who_read_the_same_get_an_item_each(table: Table, proxy: CountingProxy) -> None:
    one, other = await asyncio.gather(read(table, "a"), read(table, "a"))
    assert one == other
    assert one is not other
    assert proxy.operations == ["GetItem"]


async def test_everybody_is_told_of_a_failure_and_the_next_read_is_made_anew(
    table: Table, proxy: CountingProxy
) -> None:
    proxy.fail_next("BatchGetItem", "ThrottlingException", times=100)
    failures = await asyncio.gather(read(table, "a"), read(table, "b"), return_exceptions=True)
    assert [isinstance(failure, Unavailable) for failure in failures] == [True, True]
    proxy.reset()
    assert await read(table, "a") is not None


async def test_who_is_cancelled_takes_nobody_along(table: Table) -> None:
    first, second = read(table, "a"), read(table, "b")
    await asyncio.sleep(0)
    first.cancel()
    item = await second
    assert item is not None
    assert item["id"] == "b"


async def test_more_than_a_batch_takes_are_several_batches() -> None:
    batches: list[int] = []

    async def get(_: Place) -> Item | None:
        raise AssertionError

    async def batch_get(places: Sequence[Place]) -> Mapping[Place, Item]:
        batches.append(len(places))
        return {place: {"id": place[0]} for place in places}

    coalescer = Coalescer(get, batch_get)
    names = [str(number) for number in range(MOST + 50)]
    found = await asyncio.gather(*(coalescer.get((name, name)) for name in names))
    assert [item and item["id"] for item in found] == names
    assert batches == [MOST, 50]
