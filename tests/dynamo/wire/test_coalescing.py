"""Reads that several requests share: one request to DynamoDB for all of them, and no effect of one on another."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from dynamo.client import Page, Table
from dynamo.errors import Unavailable
from dynamo.item import Item, Place
from dynamo.settings import TableSettings
from dynamo.usage import Usage
from dynamo.wire.attribute_values import AttributeValue
from dynamo.wire.coalescing import MOST, UNDER_WAY, Coalescer, Read, SharedPages
from dynamo.wire.responses import Response
from dynamo.wire.transport import Counter
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
    """Read for a request of its own."""
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


async def test_a_shared_request_counts_for_everybody_and_its_units_are_divided(table: Table) -> None:
    one, other = table.metered(), table.metered()
    a, b = ("USER#a", "USER#a"), ("USER#b", "USER#b")
    await asyncio.gather(one.get_many([a]), other.get_many([a, b]))
    assert (one.usage.requests, other.usage.requests) == (1, 1)
    assert (one.usage.read_units, other.usage.read_units) == pytest.approx((1 / 3, 2 / 3))


async def test_attempts_at_a_shared_request_count_too(table: Table, proxy: CountingProxy) -> None:
    proxy.fail_next("GetItem", "InternalServerError")
    meter = table.metered()
    await meter.get_many([("USER#a", "USER#a")])
    assert meter.usage.requests == 2


async def test_attempts_that_failed_count_as_well(table: Table, proxy: CountingProxy) -> None:
    for operation in ("GetItem", "Scan"):
        proxy.fail_next(operation, "InternalServerError", times=100)
    key_reader, scanner = table.metered(), table.metered()
    place = ("USER#a", "USER#a")
    assert isinstance((await key_reader.get_many([place]))[place], Unavailable)
    with pytest.raises(Unavailable):
        await scanner.scan(limit=1, after=None)
    assert (key_reader.usage.requests, scanner.usage.requests) == (3, 3)


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
    """Reads that stay in progress until they are released."""

    def __init__(self) -> None:
        self.batches: list[list[Place]] = []
        self.go_on = asyncio.Event()
        self._begun = asyncio.Condition()

    async def __call__(self, places: Sequence[Place], counter: Counter) -> Read:
        counter.requests += 1
        self.batches.append(list(places))
        async with self._begun:
            self._begun.notify_all()
        await self.go_on.wait()
        return Read({place: {"id": AttributeValue(S=place[0])} for place in places})

    async def begun(self, batches: int) -> None:
        """Return when so many reads have begun."""
        async with asyncio.timeout(30), self._begun:
            await self._begun.wait_for(lambda: len(self.batches) >= batches)


async def ticks() -> None:
    """Let the event loop do everything that is ready."""
    for _ in range(5):
        await asyncio.sleep(0)


def places(*names: str) -> list[Place]:
    return [(name, name) for name in names]


async def test_more_than_a_batch_takes_are_several_batches() -> None:
    reads = Reads()
    reads.go_on.set()
    wanted = places(*map(str, range(MOST + 50)))
    usage = Usage()
    found = await Coalescer().read(wanted, reads, usage)
    assert list(found.items) == wanted
    assert usage.requests == 2
    assert list(map(len, reads.batches)) == [MOST, 50]


async def test_while_enough_is_under_way_reads_wait_and_are_shared() -> None:
    reads = Reads()
    coalescer = Coalescer()
    busy = []
    for number in range(UNDER_WAY):
        busy.append(asyncio.ensure_future(coalescer.read(places(f"busy{number}"), reads, Usage())))
        await reads.begun(number + 1)
    early = asyncio.ensure_future(coalescer.read(places("a", "b"), reads, Usage()))
    await ticks()
    late = asyncio.ensure_future(coalescer.read(places("b", "c"), reads, Usage()))
    await ticks()
    reads.go_on.set()
    ours, theirs = await asyncio.gather(early, late)
    assert list(ours.items) == places("a", "b")
    assert list(theirs.items) == places("b", "c")
    assert reads.batches[UNDER_WAY:] == [places("a", "b", "c")]
    await asyncio.gather(*busy)


async def test_what_is_under_way_is_not_shared_with_who_asks_later() -> None:
    """A read begins after it was requested, so that a client finds what it wrote before."""
    reads = Reads()
    coalescer = Coalescer()
    first = asyncio.ensure_future(coalescer.read(places("a"), reads, Usage()))
    await reads.begun(1)
    second = asyncio.ensure_future(coalescer.read(places("a"), reads, Usage()))
    await reads.begun(2)
    reads.go_on.set()
    await asyncio.gather(first, second)
    assert reads.batches == [places("a"), places("a")]


# Pages


def scan(table: Table, limit: int = 10) -> "asyncio.Future[Page]":
    """Scan for a request of its own."""
    return asyncio.ensure_future(table.metered().scan(limit=limit, after=None))


async def test_a_page_that_several_want_at_once_is_read_once(table: Table, proxy: CountingProxy) -> None:
    pages = await asyncio.gather(scan(table), scan(table), scan(table))
    assert pages[0] == pages[1] == pages[2]
    assert sorted(item["id"] for item in pages[0].items) == ["a", "b"]
    assert proxy.operations == ["Scan"]


async def test_who_shares_a_page_gets_items_of_their_own(table: Table) -> None:
    one, other = await asyncio.gather(scan(table), scan(table))
    assert not {id(item) for item in one.items} & {id(item) for item in other.items}


async def test_another_page_is_read_by_itself(table: Table, proxy: CountingProxy) -> None:
    one, other = await asyncio.gather(scan(table, 1), scan(table, 2))
    assert (len(one.items), len(other.items)) == (1, 2)
    assert proxy.operations == ["Scan", "Scan"]


async def test_a_shared_page_counts_for_everybody_with_every_attempt(table: Table, proxy: CountingProxy) -> None:
    proxy.fail_next("Scan", "InternalServerError")
    one, other = table.metered(), table.metered()
    await asyncio.gather(one.scan(limit=10, after=None), other.scan(limit=10, after=None))
    assert one.usage == other.usage == Usage(requests=2, read_units=0.25)


async def test_everybody_is_told_of_a_failed_page_and_the_next_is_read_anew(table: Table, proxy: CountingProxy) -> None:
    proxy.fail_next("Scan", "ThrottlingException", times=100)
    failures = await asyncio.gather(scan(table), scan(table), return_exceptions=True)
    assert [isinstance(failure, Unavailable) for failure in failures] == [True, True]
    proxy.reset()
    assert len((await scan(table)).items) == 2


async def test_who_no_longer_wants_a_page_leaves_it_to_the_others(table: Table, proxy: CountingProxy) -> None:
    first, second = scan(table), scan(table)
    await asyncio.sleep(0)
    first.cancel()
    assert len((await second).items) == 2
    assert proxy.operations == ["Scan"]


async def test_a_page_that_nobody_wants_any_more_is_not_read(table: Table, proxy: CountingProxy) -> None:
    gone = [scan(table), scan(table)]
    await asyncio.sleep(0)
    for waiting in gone:
        waiting.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    assert len((await scan(table)).items) == 2
    assert proxy.operations == ["Scan"]


class Pages:
    """Pages that stay in progress until they are released."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.cancelled: list[str] = []
        self.go_on = asyncio.Event()

    async def __call__(self, payload: Mapping[str, str], _: Counter) -> Response:
        self.read.append(payload["TableName"])
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.append(payload["TableName"])
            raise
        return Response()


async def test_while_enough_pages_are_under_way_the_others_wait_and_are_shared() -> None:
    reads, pages = Pages(), SharedPages()
    names = [*(f"busy{number}" for number in range(UNDER_WAY)), "a", "a", "b"]
    wanted = [asyncio.ensure_future(pages.read({"TableName": name}, reads, Usage())) for name in names]
    await ticks()
    assert reads.read == names[:UNDER_WAY]
    wanted.append(asyncio.ensure_future(pages.read({"TableName": "a"}, reads, Usage())))
    await ticks()
    reads.go_on.set()
    await asyncio.gather(*wanted)
    assert reads.read == [*names[:UNDER_WAY], "a", "b"]


async def test_a_page_under_way_ends_when_the_last_who_wants_it_is_gone() -> None:
    reads, pages = Pages(), SharedPages()
    wanted = [asyncio.ensure_future(pages.read({"TableName": "a"}, reads, Usage())) for _ in range(2)]
    await ticks()
    wanted[0].cancel()
    await ticks()
    assert reads.cancelled == []
    wanted[1].cancel()
    await ticks()
    assert reads.cancelled == ["a"]


async def test_a_page_under_way_is_not_shared_with_who_asks_later() -> None:
    """A read begins after it was requested, so that a client finds what it wrote before."""
    reads, pages = Pages(), SharedPages()
    first = asyncio.ensure_future(pages.read({"TableName": "a"}, reads, Usage()))
    await ticks()
    second = asyncio.ensure_future(pages.read({"TableName": "a"}, reads, Usage()))
    await ticks()
    assert reads.read == ["a", "a"]
    reads.go_on.set()
    await asyncio.gather(first, second)
