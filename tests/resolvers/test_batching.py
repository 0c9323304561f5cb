"""Dataloaders: one read per tick or per key, one value per key, and no effect of one caller on another."""

import asyncio
from collections.abc import Sequence

import pytest

from dynamo.permits import Permits
from resolvers.batching import DataLoader, SingleLoader


class Reads:
    """A source that notes which keys are read together. `gate` holds results back."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun: asyncio.Queue[list[int]] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, keys: list[int]) -> Sequence[str | BaseException]:
        self.batches.append(keys)
        self.begun.put_nowait(keys)
        await self.gate.wait()
        return [ValueError(str(key)) if key < 0 else str(key) for key in keys]


async def test_keys_of_one_tick_are_read_together_and_in_order() -> None:
    reads = Reads()
    loader: DataLoader[int, str] = DataLoader(reads)
    one, many = await asyncio.gather(loader.load(3), loader.load_many([1, 2]))
    assert (one, many) == ("3", ["1", "2"])
    assert reads.batches == [[3, 1, 2]]


async def test_a_key_is_read_once_however_often_it_is_asked_for() -> None:
    reads = Reads()
    loader: DataLoader[int, str] = DataLoader(reads)
    one, other, many = await asyncio.gather(loader.load(1), loader.load(1), loader.load_many([1, 1]))
    assert (one, other, many) == ("1", "1", ["1", "1"])
    assert await loader.load(1) == "1"
    assert reads.batches == [[1]]


async def test_a_key_under_way_is_waited_for() -> None:
    reads = Reads()
    reads.gate.clear()
    loader: DataLoader[int, str] = DataLoader(reads)
    first = asyncio.create_task(loader.load(1))
    await reads.begun.get()
    second = asyncio.create_task(loader.load_many([1, 2]))
    await reads.begun.get()
    reads.gate.set()
    assert (await first, await second) == ("1", ["1", "2"])
    assert reads.batches == [[1], [2]]


async def test_one_key_that_fails_leaves_the_others_of_its_batch() -> None:
    loader: DataLoader[int, str] = DataLoader(Reads())
    good, bad = await asyncio.gather(loader.load(1), loader.load(-1), return_exceptions=True)
    assert good == "1"
    assert isinstance(bad, ValueError)
    with pytest.raises(ValueError, match="-1"):
        await loader.load(-1)


async def test_a_read_that_fails_fails_every_key_of_it() -> None:
    async def fail(_: list[int]) -> Sequence[str]:
        raise ConnectionError

    loader: DataLoader[int, str] = DataLoader(fail)
    results = await asyncio.gather(loader.load(1), loader.load_many([2, 3]), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]


async def test_a_waiter_who_is_cancelled_does_not_cancel_the_others() -> None:
    reads = Reads()
    reads.gate.clear()
    loader: DataLoader[int, str] = DataLoader(reads)
    impatient, patient = asyncio.create_task(loader.load(1)), asyncio.create_task(loader.load(1))
    await reads.begun.get()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    reads.gate.set()
    assert await patient == "1"


async def test_a_value_that_is_known_from_elsewhere_is_not_read() -> None:
    reads = Reads()
    known: dict[int, str | BaseException] = {}
    loader: DataLoader[int, str] = DataLoader(reads, known)
    known[1] = "known"
    assert await loader.load_many([1, 2]) == ["known", "2"]
    assert reads.batches == [[2]]


async def test_who_waits_for_a_reader_who_is_cancelled_reads_in_their_place() -> None:
    reads = Reads()
    reads.gate.clear()
    loader: DataLoader[int, str] = DataLoader(reads)
    leader = asyncio.create_task(loader.load(1))
    follower = asyncio.create_task(loader.load_many([1, 2]))
    await reads.begun.get()
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    reads.gate.set()
    assert await follower == ["1", "2"]


class SingleReads:
    """A source of one key at a time that notes which are read. `gate` holds results back."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, key: int) -> str:
        self.keys.append(key)
        await self.gate.wait()
        if key < 0:
            raise ValueError(key)
        return str(key)


def singly(reads: SingleReads, at_once: int = 10) -> SingleLoader[int, str]:
    return SingleLoader(reads, Permits(at_once))


async def test_a_single_key_is_read_at_once_and_once_however_often_it_is_asked_for() -> None:
    reads = SingleReads()
    loader = singly(reads)
    one, other, many = await asyncio.gather(loader.load(1), loader.load(1), loader.load_many([2, 1, 2]))
    assert (one, other, many) == ("1", "1", ["2", "1", "2"])
    assert await loader.load(1) == "1"
    assert reads.keys == [1, 2]


async def test_a_single_key_that_fails_leaves_the_others_and_is_not_read_again() -> None:
    reads = SingleReads()
    loader = singly(reads)
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            await loader.load_many([1, -1, -2])
    assert await loader.load(1) == "1"
    assert reads.keys == [1, -1, -2]


async def test_a_single_value_that_is_known_from_elsewhere_is_not_read() -> None:
    reads = SingleReads()
    known: dict[int, str | BaseException] = {}
    loader: SingleLoader[int, str] = SingleLoader(reads, Permits(1), known)
    known[1] = "known"
    assert await loader.load_many([1, 2]) == ["known", "2"]
    assert reads.keys == [2]


async def test_who_waits_for_a_single_key_is_not_cancelled_with_another_who_waits() -> None:
    reads = SingleReads()
    reads.gate.clear()
    loader = singly(reads)
    reader, impatient, patient = (asyncio.create_task(loader.load(1)) for _ in range(3))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    reads.gate.set()
    assert [await reader, await patient] == ["1", "1"]
    assert reads.keys == [1]


async def test_who_waits_for_a_reader_of_a_single_key_who_is_cancelled_reads_in_their_place() -> None:
    reads = SingleReads()
    reads.gate.clear()
    loader = singly(reads)
    reader, follower = asyncio.create_task(loader.load(1)), asyncio.create_task(loader.load_many([1, 2]))
    await asyncio.sleep(0)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    reads.gate.set()
    assert await follower == ["1", "2"]
    assert reads.keys.count(1) == 2


async def test_single_keys_are_read_as_many_at_once_as_there_are_permits() -> None:
    reads = SingleReads()
    reads.gate.clear()
    loader = singly(reads, at_once=2)
    waiting = asyncio.create_task(loader.load_many([1, 2, 3]))
    for _ in range(5):
        await asyncio.sleep(0)
    assert reads.keys == [1, 2]
    reads.gate.set()
    assert await waiting == ["1", "2", "3"]
