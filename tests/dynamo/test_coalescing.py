"""Reads by key of several requests: one request to DynamoDB for a tick, and no request harmed by another."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from dynamo.attribute_values import AttributeValue, Item, WireItem
from dynamo.client import Table
from dynamo.coalescing import MOST, UNDER_WAY, Coalescer, Place
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


async def test_a_shared_request_counts_for_everybody(table: Table) -> None:
    one, other = table.metered(), table.metered()
    a, b = ("USER#a", "USER#a"), ("USER#b", "USER#b")
    await asyncio.gather(one.get_many([a]), other.get_many([a, b]))
    assert (one.usage.requests, one.usage.read_units) == (1, 0.5)
    assert (other.usage.requests, other.usage.read_units) == (1, 1.0)


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


class Reads:
    """Reads that are under way until they are let go on."""

    def __init__(self) -> None:
        self.batches: list[list[Place]] = []
        self.go_on = asyncio.Event()
        self._begun = asyncio.Condition()

    async def __call__(self, places: Sequence[Place]) -> Mapping[Place, WireItem]:
        self.batches.append(list(places))
        async with self._begun:
            self._begun.notify_all()
        await self.go_on.wait()
        return {place: {"id": AttributeValue(S=place[0])} for place in places}

    async def begun(self, batches: int) -> None:
        """Return when so many have begun."""
        async with asyncio.timeout(5), self._begun:
            await self._begun.wait_for(lambda: len(self.batches) >= batches)


async def ticks() -> None:
    """Let the event loop do everything there is to do now."""
    for _ in range(5):
        await asyncio.sleep(0)


def places(*names: str) -> list[Place]:
    return [(name, name) for name in names]


async def test_more_than_a_batch_takes_are_several_batches() -> None:
    reads = Reads()
    reads.go_on.set()
    wanted = places(*map(str, range(MOST + 50)))
    found, requests = await Coalescer(reads).read(wanted)
    assert list(found) == wanted
    assert requests == 2
    assert list(map(len, reads.batches)) == [MOST, 50]


async def test_while_enough_is_under_way_reads_wait_and_are_shared() -> None:
    reads = Reads()
    coalescer = Coalescer(reads)
    busy = []
    for number in range(UNDER_WAY):
        busy.append(asyncio.ensure_future(coalescer.read(places(f"busy{number}"))))
        await reads.begun(number + 1)
    early = asyncio.ensure_future(coalescer.read(places("a", "b")))
    await ticks()
    late = asyncio.ensure_future(coalescer.read(places("b", "c")))
    await ticks()
    reads.go_on.set()
    (ours, _), (theirs, _) = await asyncio.gather(early, late)
    assert list(ours) == places("a", "b")
    assert list(theirs) == places("b", "c")
    assert reads.batches[UNDER_WAY:] == [places("a", "b", "c")]
    await asyncio.gather(*busy)


async def test_what_is_under_way_is_not_shared_with_who_asks_later() -> None:
    """A read begins after it was asked for, so that a client finds what it has written before."""
    reads = Reads()
    coalescer = Coalescer(reads)
    first = asyncio.ensure_future(coalescer.read(places("a")))
    await reads.begun(1)
    second = asyncio.ensure_future(coalescer.read(places("a")))
    await reads.begun(2)
    reads.go_on.set()
    await asyncio.gather(first, second)
    assert reads.batches == [places("a"), places("a")]
