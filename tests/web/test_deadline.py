"""The time limit of operations: each ends at its own time, and only the end of its time is a `TimeoutError`."""

import asyncio

import pytest

from web.deadline import Deadline, Deadlines

SHORT = 0.01


async def forever(deadlines: Deadlines, begun: list[Deadline]) -> None:
    """An operation that does not end by itself."""
    with deadlines.begin() as deadline:
        begun.append(deadline)
        await asyncio.Event().wait()


async def test_every_operation_ends_at_its_time_and_later_ones_have_theirs() -> None:
    deadlines, begun = Deadlines(SHORT), list[Deadline]()
    for _ in range(2):
        ended = await asyncio.gather(*(forever(deadlines, begun) for _ in range(3)), return_exceptions=True)
        assert list(map(type, ended)) == [TimeoutError] * 3
    assert len(begun) == 6
    assert all(deadline.expired for deadline in begun)


async def test_an_operation_in_time_is_left_alone() -> None:
    deadlines, begun = Deadlines(SHORT), list[Deadline]()
    with deadlines.begin() as deadline:
        pass
    with pytest.raises(TimeoutError):
        await forever(deadlines, begun)
    task = asyncio.current_task()
    assert task is not None
    assert (deadline.expired, task.cancelling()) == (False, 0)


async def test_an_error_of_the_operation_stays_what_it_is() -> None:
    with pytest.raises(KeyError), Deadlines(SHORT).begin():
        raise KeyError


async def test_a_cancellation_by_others_stays_one() -> None:
    begun: list[Deadline] = []
    task = asyncio.create_task(forever(Deadlines(60), begun))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not begun[0].expired


async def test_a_cancellation_by_others_wins_over_the_end_of_the_time() -> None:
    begun: list[Deadline] = []
    task = asyncio.create_task(forever(Deadlines(60), begun))
    await asyncio.sleep(0)
    begun[0].expire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
