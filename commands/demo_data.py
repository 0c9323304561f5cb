"""Stores invented people, with the same items and locks that the API would store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from commands.people import Person, person, user_id
from dynamo import entries, registration
from dynamo.client import Table
from dynamo.entities import UserKey, read
from dynamo.errors import TransactionCancelled

MAX_OPERATIONS: Final = 100
"""DynamoDB's limit for one transaction."""
LOOKED_UP_AT_ONCE: Final = 100
CONCURRENT: Final = 4

T = TypeVar("T")
Advance = Callable[[int], None]


async def fill(table: Table, number: int, accounts: int, sessions: int, advance: Advance) -> int:
    """Store the people who are missing, and return how many there were. `advance` is called with the number of
    people done."""
    size = MAX_OPERATIONS // (2 + 2 * accounts + sessions + len(entries.beside(table)))

    async def fill_some(numbers: Sequence[int]) -> int:
        found = await read(table, [UserKey(user_id(n)) for n in numbers])
        missing = [person(n, accounts, sessions) for n, there in zip(numbers, found, strict=True) if there is None]
        advance(len(numbers) - len(missing))
        written = 0
        for group in _chunks(missing, size):
            written += await write(table, group)
            advance(len(group))
        return written

    return sum(await _gather_some(fill_some, list(_chunks(range(1, number + 1), LOOKED_UP_AT_ONCE))))


async def write(table: Table, people: Sequence[Person]) -> int:
    """Store all of them in one transaction or, if another user has one of their values, one by one."""
    try:
        await table.transact(
            [each for one in people for each in registration.writes(table, one.user, one.accounts, one.sessions)]
        )
    except TransactionCancelled:
        if len(people) == 1:
            return 0
        return sum([await write(table, [one]) for one in people])
    return len(people)


async def _gather_some(work: Callable[[Sequence[int]], Awaitable[int]], parts: Sequence[Sequence[int]]) -> list[int]:
    """Work on all parts, a few of them at a time."""
    turn = asyncio.Semaphore(CONCURRENT)

    async def take_turn(part: Sequence[int]) -> int:
        async with turn:
            return await work(part)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take_turn(part)) for part in parts]
    return [task.result() for task in tasks]


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
