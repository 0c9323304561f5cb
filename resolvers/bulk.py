"""Bulk mutations: the rows of one input, each done and answered as the mutation of one object would.

A row that is rejected, or that DynamoDB does not answer, has its errors in its own result, and the other rows go on. If
DynamoDB answers none of the rows, the mutation fails as a whole.

Rows run side by side, except rows about the same object: these are done one after the other, in their order.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Final, TypeVar

from dynamo.errors import DeletedSince, DynamoError, Rejected
from resolvers.context import Context
from resolvers.errors import ErrorCode, InputError, InputErrors, TimedOut, UserError
from resolvers.loaders import CONCURRENCY
from resolvers.payloads import Payload, Result, late, user_errors

V = TypeVar("V")
Row = Mapping[str, Any]
Subjects = Mapping[int, Collection[Hashable]]
"""What each row is about, by its place. Rows that have one of these in common are done in their order."""

ROWS: Final = "users"
"""The field of the input that holds the rows."""
MOST_ROWS: Final = 100
UNANSWERED: Final = "DynamoDB did not answer in time. The row may have been done, or a part of it. Send it again."
OVERDUE: Final = "The time for the operation was over. The row may have been done, or a part of it. Send it again."
NOT_BEGUN: Final = "The time for the operation was over before this row began. It changed nothing. Send it again."


class Batch:
    """The rows of one call, and their answers so far. A row with an answer takes no further part."""

    def __init__(self, context: Context, rows: Sequence[Row], refused: Sequence[UserError]) -> None:
        """`refused` are errors that were found before execution; their paths begin with `users` and the row."""
        self.context = context
        self.rows = rows
        self._answers: list[Payload | None] = [None] * len(rows)
        self._failures: dict[int, DynamoError] = {}
        self._begun: set[int] = set()
        for error in refused:
            place = int(error.path[1])
            earlier = self._answers[place]
            self._answers[place] = Payload({}, [*(earlier.user_errors if earlier is not None else ()), error])

    def answer(self, place: int, outcome: Result | Exception) -> None:
        """Answer a row, by what is to be shown of it or by the error that it failed with. Raises any other error."""
        match outcome:
            case DeletedSince():
                # It was done, and there is nothing left to show.
                self._answers[place] = Payload({}, [])
            case InputError() | InputErrors() | Rejected():
                errors = user_errors(outcome, self.rows[place])
                self._answers[place] = Payload({}, [_in_row(place, error) for error in errors])
            case DynamoError():
                self._failures[place] = outcome
                self._answers[place] = _unavailable(place, UNANSWERED)
            case Exception():
                raise outcome
            case _:
                self._answers[place] = Payload(outcome, [])

    async def each(
        self,
        work: Callable[[int], Awaitable[V]],
        places: Collection[int] | None = None,
        subjects: Subjects | None = None,
    ) -> dict[int, V]:
        """Do something for each row that is not answered yet, `CONCURRENCY` rows at a time. Rows for which it fails are
        answered with the error. Returns the results of the others, by the places of the rows."""
        slots = asyncio.Semaphore(CONCURRENCY)
        latest: dict[Hashable, asyncio.Task[None]] = {}
        done: dict[int, V] = {}

        async def run(place: int, earlier: Collection[asyncio.Task[None]]) -> None:
            if earlier:
                await asyncio.wait(earlier)
            async with slots:
                try:
                    done[place] = await work(place)
                except (DynamoError, InputError, InputErrors) as error:
                    self.answer(place, error)

        tasks: list[asyncio.Task[None]] = []
        for place in self._open() if places is None else [one for one in self._open() if one in places]:
            about = (subjects or {}).get(place, ())
            task = asyncio.create_task(run(place, {latest[one] for one in about if one in latest}))
            latest |= dict.fromkeys(about, task)
            tasks.append(task)
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return done

    async def answer_each(
        self,
        work: Callable[[int], Awaitable[Result]],
        places: Collection[int] | None = None,
        subjects: Subjects | None = None,
    ) -> None:
        """Do each row that is not answered yet, as `each` does, and answer it with the result."""

        async def do(place: int) -> None:
            self._begun.add(place)
            self.answer(place, await work(place))

        await self.each(do, places, subjects)

    async def together(self, places: Sequence[int], work: Awaitable[Sequence[V | DynamoError]]) -> dict[int, V]:
        """Do something for many rows at once. Rows for which it returns an error are answered with it. Returns the
        results of the others, by the places of the rows."""
        self._begun.update(places)
        done: dict[int, V] = {}
        for place, outcome in zip(places, await work, strict=True):
            if isinstance(outcome, DynamoError):
                self.answer(place, outcome)
            else:
                done[place] = outcome
        return done

    def rounds(self, subjects: Mapping[int, Hashable]) -> Iterator[list[int]]:
        """Rows that can be done at once, because no two of a round are about the same object. A later row about an
        object is in a later round."""
        left = list(subjects)
        while left:
            first = {subjects[place]: place for place in reversed(left)}
            yield sorted(first.values())
            left = [place for place in left if first[subjects[place]] != place]

    def end(self) -> bool:
        """Answer the rows that are left when the time is over. Returns False if no row was done before."""
        was_any = any(answer is not None and place not in self._failures for place, answer in enumerate(self._answers))
        for place in self._open():
            self._answers[place] = _unavailable(place, OVERDUE if place in self._begun else NOT_BEGUN)
        return was_any

    def payload(self) -> Payload:
        """All results, in the order of the rows. Raises the error of the first row if DynamoDB answered none."""
        if len(self._failures) == len(self.rows):
            raise self._failures[0]
        return Payload({"results": self._answers}, [])

    def _open(self) -> list[int]:
        return [place for place, answer in enumerate(self._answers) if answer is None]


Work = Callable[[Batch], Awaitable[None]]


def bulk(work: Work) -> Callable[..., Awaitable[Payload]]:
    """Make a mutation of many rows: `work` answers every row of a batch.

    A call with too many rows, or with none, is refused before anything is read. If the time for the operation is over,
    the rows that are done are still told.
    """

    @wraps(work)
    async def answer(context: Context, refused: Sequence[UserError], /, **given: Any) -> Payload:
        rows: Sequence[Row] = given[ROWS]
        if context.overdue:
            raise TimedOut("The time for the operation was over before this mutation began. It changed nothing.")
        if not 1 <= len(rows) <= MOST_ROWS:
            reason = f"{ROWS} has {len(rows)} rows; a call takes 1 to {MOST_ROWS}. Nothing was changed."
            return Payload({}, [UserError(ErrorCode.INVALID, reason, (ROWS,))])
        batch = Batch(context, rows, refused)
        try:
            await work(batch)
            return batch.payload()
        except asyncio.CancelledError as cancelled:
            # The deadline passes no message. What was done before must still be told.
            is_any_done = batch.end()
            if cancelled.args or not (is_any_done or context.answered):
                raise
            context.overdue = True
            if not is_any_done:
                raise late() from None
            return batch.payload()
        finally:
            context.answered = True
            context.refresh()

    return answer


def _in_row(place: int, error: UserError) -> UserError:
    return UserError(error.code, error.message, (ROWS, str(place), *error.path))


def _unavailable(place: int, message: str) -> Payload:
    return Payload({}, [UserError(ErrorCode.UNAVAILABLE, message, (ROWS, str(place)))])
