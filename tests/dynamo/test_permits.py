"""Permits: so many at once, in the order of asking, and none is lost with a caller who is cancelled."""

import asyncio
from collections.abc import Awaitable

import pytest

from dynamo.permits import Permits


async def waiter(permits: Permits) -> asyncio.Task[None]:
    """Somebody who has begun to wait."""
    waiting = asyncio.create_task(permits.turn())
    await asyncio.sleep(0)
    return waiting


async def got(waiting: Awaitable[None]) -> None:
    """Fail, and do not wait for ever, if a permit was lost."""
    async with asyncio.timeout(60):
        await waiting


async def test_there_are_as_many_as_were_given() -> None:
    permits = Permits(2)
    assert [permits.take() for _ in range(3)] == [True, True, False]
    permits.give_back()
    assert [permits.take() for _ in range(2)] == [True, False]


async def test_a_permit_goes_to_whoever_has_waited_longest_and_nobody_overtakes_them() -> None:
    permits = Permits(1)
    assert permits.take()
    first, second = await waiter(permits), await waiter(permits)
    permits.give_back()
    assert not permits.take()
    await got(first)
    assert not second.done()
    permits.give_back()
    await got(second)
    permits.give_back()
    assert permits.take()


async def test_who_is_cancelled_while_waiting_is_passed_over() -> None:
    permits = Permits(1)
    assert permits.take()
    first, second = await waiter(permits), await waiter(permits)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    permits.give_back()
    await got(second)
    permits.give_back()
    assert permits.take()


async def test_who_is_cancelled_in_the_moment_of_getting_a_permit_passes_it_on() -> None:
    permits = Permits(1)
    assert permits.take()
    first, second = await waiter(permits), await waiter(permits)
    permits.give_back()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await got(second)
    permits.give_back()
    assert permits.take()
