"""How many operations may be in progress, and when one is rejected."""

import asyncio
from dataclasses import dataclass

import pytest

from web.errors import Overloaded
from web.load import Load


async def begin(load: Load) -> None:
    """Wait for the turn of an operation, and count it."""
    if (turn := load.turn()) is not None:
        await turn
    load.count()


@dataclass
class Clocks:
    """The wall clock, the processor time, and the time of waiting for a processor, in seconds."""

    now: float = 0.0
    processor: float = 0.0
    waited: float = 0.0

    async def work(self, load: Load, seconds: float, count: int = 1) -> None:
        """Run operations that each keep the processor busy."""
        for _ in range(count):
            await begin(load)
            self.now += seconds
            self.processor += seconds
            load.end()


@pytest.fixture
def clocks() -> Clocks:
    """Two clocks that start at zero."""
    return Clocks()


@pytest.fixture
def load(clocks: Clocks) -> Load:
    """The load of a server with a time limit of ten seconds."""
    return Load(10, lambda: clocks.now, lambda: clocks.processor, lambda: clocks.waited)


async def admitted(load: Load) -> int:
    """How many operations may be in progress before one is rejected; at most 2,000 are tried."""
    tasks = [asyncio.create_task(begin(load)) for _ in range(2000)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        assert result is None or isinstance(result, Overloaded)
    count = results.count(None)
    for _ in range(count):
        load.end()
    return count


@pytest.mark.parametrize(("seconds", "count"), [(0.03, 168), (0.1, 51), (0.5, 12)])
async def test_s45_what_would_come_too_late_is_refused(load: Load, clocks: Clocks, seconds: float, count: int) -> None:
    """The work in progress may take half of the time limit, as estimated from operations that have ended."""
    await clocks.work(load, seconds, 2000)
    assert admitted_about(count, await admitted(load))


def admitted_about(expected: int, count: int) -> bool:
    """Equal within a tenth, and one for rounding, because the estimate starts from an assumption."""
    return abs(count - expected) <= expected / 10 + 1


async def test_s45_a_refusal_says_when_to_come_back(load: Load, clocks: Clocks) -> None:
    """When the work in progress will be done."""
    await clocks.work(load, 0.5, 100)
    results = await asyncio.gather(*(begin(load) for _ in range(30)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, Overloaded)]
    assert refusals
    for refusal in refusals:
        assert refusal.headers == ((b"retry-after", b"6"),)
        assert refusal.retry_after == 6
        assert "AUTHGRAPH_TIMEOUT_SECONDS" in refusal.message


async def test_s45_one_slow_operation_is_not_taken_for_the_rule(load: Load, clocks: Clocks) -> None:
    """The first operation of a server is slow, because its plan is compiled."""
    await clocks.work(load, 0.2)
    clocks.now += 1
    await clocks.work(load, 0.001)
    assert await admitted(load) > 100


async def test_s45_time_without_operations_counts_for_none(load: Load, clocks: Clocks) -> None:
    """An idle server uses processor time too, for days."""
    for _ in range(100):
        clocks.now += 3600
        clocks.processor += 60
        clocks.waited += 60
        await clocks.work(load, 0.001)
    assert await admitted(load) == 2000


async def test_s45_waiting_for_the_processor_counts_as_work(load: Load, clocks: Clocks) -> None:
    """On a shared machine, operations get a third of a processor, and take three times as long."""
    for _ in range(1000):
        await begin(load)
        clocks.now += 0.09
        clocks.processor += 0.03
        clocks.waited += 0.06
        load.end()
    assert admitted_about(56, await admitted(load))


async def test_s45_waiting_for_the_table_counts_for_nothing(load: Load, clocks: Clocks) -> None:
    """While an operation waits, others can run."""
    for _ in range(100):
        await begin(load)
        clocks.now += 3
        clocks.processor += 0.001
        load.end()
    assert await admitted(load) == 2000


async def test_s45_what_was_dear_is_forgotten_within_seconds(load: Load, clocks: Clocks) -> None:
    """When operations are fast again, as many are admitted as before."""
    await clocks.work(load, 0.5, 100)
    await clocks.work(load, 0.001, 20_000)
    assert await admitted(load) == 2000


async def test_s45_other_things_happen_between_two_turns_of_operations() -> None:
    """Of a thousand operations that arrive together, sixteen begin, then everything else gets a turn."""
    load = Load(10)
    begun = 0
    most = 0
    done = False

    async def operate() -> None:
        nonlocal begun
        await begin(load)
        begun += 1
        load.end()

    async def look() -> None:
        nonlocal most
        before = 0
        while not done:
            most = max(most, begun - before)
            before = begun
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await asyncio.gather(*(operate() for _ in range(1000)))
    done = True
    await looking
    assert begun == 1000
    assert most <= 16


async def test_s45_operations_begin_in_the_order_they_came() -> None:
    """No later operation begins before those that wait."""
    load = Load(10)
    order: list[int] = []

    async def operate(number: int) -> None:
        await begin(load)
        order.append(number)
        load.end()

    first = [asyncio.create_task(operate(number)) for number in range(100)]
    await asyncio.sleep(0)
    later = [asyncio.create_task(operate(number)) for number in range(100, 150)]
    await asyncio.gather(*first, *later)
    assert order == list(range(150))


async def test_s45_who_gives_up_waiting_is_not_counted() -> None:
    """A time limit or a disconnected client ends the wait. The operations behind it continue."""
    load = Load(10)
    tasks = [asyncio.create_task(begin(load)) for _ in range(64)]
    await asyncio.sleep(0)
    for task in tasks[20:40]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results.count(None) == 44
    for _ in range(44):
        load.end()
    await asyncio.wait_for(begin(load), 30)
