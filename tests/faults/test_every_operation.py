"""Every operation that is sent, under every fault: the result is right or an error of ours, and success is never
reported wrongly.

The table of cases is generated: operations added to `FORMS` and errors added to `MEANINGS` are included.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from dynamo.aws_error_codes import MEANINGS, Meaning
from dynamo.client import Key, Table
from dynamo.errors import (
    ConditionFailed,
    DynamoError,
    Misconfigured,
    Rejected,
    Throttled,
    TokenUsed,
    TransactionConflict,
    Unavailable,
)
from dynamo.expressions import generate_update_expression
from dynamo.item import Item
from dynamo.settings import TableSettings
from dynamo.wire import retries
from dynamo.wire.responses import FORMS
from tests.counting_proxy import (
    Answer,
    CountingProxy,
    Damage,
    Delay,
    Drop,
    Error,
    Fault,
    Ghost,
    Page,
    Stall,
    Swallow,
    Truncate,
)
from tests.interop.raw import RawTable, number

READ_TIMEOUT_SECONDS = 1.0
ATTEMPTS = 2

LOST: list[Fault] = [
    *(Answer({}), Page(200), Page(403), Page(502), Page(503)),
    *(Drop(answered=False), Drop(answered=True), Truncate(), Damage(), Stall(), Swallow(), Ghost()),
    Delay(READ_TIMEOUT_SECONDS * 3),
]
"""Faults that leave it unknown whether the request was executed."""
DONE_ALL_THE_SAME = (Drop(answered=True), Truncate(), Damage(), Stall(), Delay(READ_TIMEOUT_SECONDS * 3), Ghost())
"""Those of them after which DynamoDB executes the request, late ones included."""

ERRORS: dict[Meaning, type[DynamoError]] = {
    Meaning.CONDITION: ConditionFailed,
    Meaning.CANCELLED: DynamoError,
    Meaning.CONFLICT: TransactionConflict,
    Meaning.IN_PROGRESS: TransactionConflict,
    Meaning.THROTTLED: Throttled,
    Meaning.RETRY: Unavailable,
    Meaning.CREDENTIALS: Misconfigured,
    Meaning.CLOCK: Misconfigured,
    Meaning.TOKEN_USED: TokenUsed,
    Meaning.MISSING: Misconfigured,
    Meaning.VALIDATION: DynamoError,
    Meaning.TOO_LARGE: Rejected,
    Meaning.BUG: DynamoError,
}
AGAIN = {Meaning.CONFLICT, Meaning.IN_PROGRESS, Meaning.THROTTLED, Meaning.RETRY}
"""Temporary errors, after which the request is sent again."""

Connect = Callable[..., Table]
OLD, NEW = {"n": 0}, {"n": 1}


@dataclass(frozen=True)
class Call:
    """The call that sends an operation about one item, and the item after it (None if it is deleted)."""

    send: Callable[[Table, Key], Awaitable[Any]]
    after: Item | None
    reads: Callable[[Any], Any] | None = None
    """What a read found of the item, taken from its result."""


def _update(table: Table, key: Key) -> Awaitable[Item]:
    written = generate_update_expression(NEW)
    assert written is not None
    return table.update(key, written)


def _scan(table: Table, key: Key) -> Awaitable[Any]:
    """Scan what follows an item in its own partition: the next item, which is stored for this."""
    return table.scan(limit=1, after=key | {"sk": "0"})


CALLS: dict[str, Call] = {
    "GetItem": Call(lambda table, key: table.get(key, consistent=True), OLD, lambda item: item),
    "PutItem": Call(lambda table, key: table.put(key | NEW), NEW),
    "UpdateItem": Call(_update, NEW),
    "DeleteItem": Call(lambda table, key: table.delete(key), None),
    "Query": Call(lambda table, key: table.query_partition(key["pk"]), OLD, lambda page: page.items[0]),
    "Scan": Call(_scan, OLD, lambda page: page.items[0]),
    "BatchGetItem": Call(lambda table, key: table.batch_get([key]), OLD, lambda items: items[0]),
    "TransactWriteItems": Call(lambda table, key: table.transact([table.put_operation(key | NEW)]), NEW),
}


@dataclass(frozen=True)
class Case:
    """One operation, and a fault on one or all of its requests."""

    fault: Fault
    always: bool

    def __str__(self) -> str:
        # Without characters that JSON escapes, because it is the item's key too.
        return f"{self.fault} {'always' if self.always else 'once'}".replace('"', "")

    @property
    def passes(self) -> bool:
        """Whether another attempt can succeed after this fault."""
        return not isinstance(self.fault, Error) or MEANINGS[self.fault.name] in AGAIN

    @property
    def outcome(self) -> str:
        """The result that the caller gets."""
        if self.passes and not self.always:
            return "done"
        meaning = MEANINGS[self.fault.name] if isinstance(self.fault, Error) else Meaning.RETRY
        return ERRORS[meaning].__name__

    @property
    def attempts(self) -> int:
        """How often the request is sent in this case."""
        meaning = MEANINGS[self.fault.name] if isinstance(self.fault, Error) else Meaning.RETRY
        if not self.passes or not self.always:
            return 2 if self.passes else 1
        return retries.CONFLICT_ATTEMPTS if ERRORS[meaning] is TransactionConflict else ATTEMPTS

    @property
    def done(self) -> bool:
        """Whether the request was executed in the end."""
        return self.outcome == "done" or self.fault in DONE_ALL_THE_SAME


def _cases(faults: Iterable[Fault]) -> list[Case]:
    return [Case(fault, always) for fault in faults for always in (False, True)]


@pytest.fixture
def connect(proxied_settings: TableSettings, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Makes a table behind the proxy, with so many attempts for each request, and this time limit for each attempt."""
    monkeypatch.setattr(retries, "LONGEST_FIRST_PAUSE_SECONDS", 0.001)

    def connect(attempts: int, seconds: float = 60) -> Table:
        fields = {
            "dynamodb_max_attempts": attempts,
            "dynamodb_read_timeout_seconds": seconds,
            "dynamodb_connect_timeout_seconds": 60.0,
        }
        return Table.connect(proxied_settings.model_copy(update=fields))

    return connect


def test_every_operation_that_is_sent_is_in_the_table() -> None:
    assert CALLS.keys() == FORMS.keys()


@pytest.mark.parametrize("operation", FORMS)
async def test_an_answer_that_is_lost_is_asked_for_again(
    connect: Connect, proxy: CountingProxy, raw: RawTable, operation: str
) -> None:
    cases = _cases(LOST)
    # On a busy machine an attempt may take long without a fault.
    impatient, patient = (connect(attempts, READ_TIMEOUT_SECONDS) for attempts in (ATTEMPTS, ATTEMPTS * 3))
    for case in cases:
        _prepare(case, operation, proxy, raw)
    async with asyncio.timeout(120):
        told = await asyncio.gather(*(_told(impatient if case.always else patient, operation, case) for case in cases))
    assert _by_name(cases, told) == {str(case): case.outcome for case in cases}
    # Requests that were held back arrive now.
    proxy.deliver_ghosts()
    for case in cases:
        _check(case, operation, raw)


@pytest.mark.parametrize("operation", FORMS)
async def test_every_error_has_a_meaning(connect: Connect, proxy: CountingProxy, raw: RawTable, operation: str) -> None:
    cases = _cases(map(Error, MEANINGS))
    table = connect(ATTEMPTS)
    told = []
    for case in cases:
        proxy.reset()
        _prepare(case, operation, proxy, raw)
        told.append(await _told(table, operation, case))
        assert proxy.total == case.attempts, str(case)
        _check(case, operation, raw)
    assert _by_name(cases, told) == {str(case): case.outcome for case in cases}


def _prepare(case: Case, operation: str, proxy: CountingProxy, raw: RawTable) -> None:
    raw.put(raw.keys(str(case), "1") | {"n": number(0)})
    proxy.plan(operation, case.fault, 1_000 if case.always else 1, holding=f'"{case}"')


async def _told(table: Table, operation: str, case: Case) -> str:
    """The result that the caller got: `done`, or the name of an error."""
    call, key = CALLS[operation], table.key(str(case), "1")
    try:
        answer = await call.send(table, key)
    except DynamoError as error:
        return type(error).__name__
    if call.reads is not None:
        assert call.reads(answer) == key | OLD
    return "done"


def _by_name(cases: list[Case], told: list[str]) -> dict[str, str]:
    return {str(case): outcome for case, outcome in zip(cases, told, strict=True)}


def _check(case: Case, operation: str, raw: RawTable) -> None:
    """Whether the item is as it must be. If the last attempt may still arrive, both states are allowed."""
    stored = raw.get(str(case), "1")
    found = None if stored is None else {"n": int(stored["n"]["N"])}
    expected = CALLS[operation].after if case.done else OLD
    assert found == expected or (isinstance(case.fault, Delay) and found == OLD), f"{operation}, {case}"
