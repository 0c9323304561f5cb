"""Writing people who don't exist, with the items and locks that the API itself would write."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from commands.people import Person, person, user_id
from dynamo import accounts as account_items
from dynamo import keys, locks, users
from dynamo import sessions as session_items
from dynamo.client import Operation, Table
from dynamo.entities import UserKey, read
from dynamo.errors import AlreadyExists, TransactionCancelled

MAX_OPERATIONS: Final = 100
"""DynamoDB's limit for one transaction."""
LOOKED_UP_AT_ONCE: Final = 100
CONCURRENT: Final = 4

T = TypeVar("T")
Advance = Callable[[int], None]


async def fill(table: Table, number: int, accounts: int, sessions: int, advance: Advance) -> int:
    """Write who is missing, and return how many that were."""
    size = MAX_OPERATIONS // (2 + 2 * accounts + sessions)

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
    """Write all of them in one transaction or, where somebody else has something of theirs, one by one."""
    try:
        await table.transact([operation for one in people for operation in _operations(table, one)])
    except TransactionCancelled:
        if len(people) == 1:
            return 0
        return sum([await write(table, [one]) for one in people])
    return len(people)


def _operations(table: Table, person: Person) -> Iterator[Operation]:
    user = users.user_item(table, person.user)
    owner: str = user["id"]
    yield users.new_item(table, user)
    yield _claim(table, keys.email_lock(user["email"]), owner)
    for account in person.accounts:
        yield users.new_item(table, account_items.account_item(table, owner, account))
        yield _claim(table, keys.account_lock(account.provider, account.provider_account_id), owner)
    for session in person.sessions:
        yield users.new_item(table, session_items.session_item(table, owner, session))


def _claim(table: Table, key: str, owner: str) -> Operation:
    async def holds(_: str) -> bool:
        return True

    return locks.claim_operation(table, locks.Claim(key, owner, AlreadyExists("It is taken."), holds))


async def _gather_some(work: Callable[[Sequence[int]], Awaitable[int]], parts: Sequence[Sequence[int]]) -> list[int]:
    """Work on all parts, a few at a time."""
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
