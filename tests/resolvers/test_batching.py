"""The dataloader: one read per tick, one value per key, and no effect of one caller on another."""

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.batching import DataLoader


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


async def test_a_primed_value_is_not_read_and_does_not_replace_a_known_one() -> None:
    reads = Reads()
    loader: DataLoader[int, str] = DataLoader(reads)
    loader.prime(1, "primed")
    loader.prime(1, "again")
    assert await loader.load_many([1, 2]) == ["primed", "2"]
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
