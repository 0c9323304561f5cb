"""Concurrent calls that take turns at the table: one request at a time, in a random order from a seed.

Every way in which concurrent calls can interfere is an order of their requests. So random orders show races that a busy
machine shows once in a thousand runs, and a seed shows them again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from dynamo.wire.transport import Transport

SETTLES = 20
"""Iterations of the event loop after which a call that got a response has sent its next request or ended."""


class Crashed(Exception):
    """The process that made the call has ended."""


@dataclass(slots=True)
class Call:
    """One finished call: the numbers of its first and last request, and whether it returned or crashed."""

    name: str
    first: int = 0
    last: int = 0
    result: object = None
    error: BaseException | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the caller was told that it was done."""
        return self.error is None

    @property
    def refused(self) -> bool:
        """Whether the caller was told that it was not done."""
        return self.error is not None and not isinstance(self.error, Crashed)


@dataclass(slots=True)
class _Turn:
    call: Call
    granted: asyncio.Future[str]
    over: asyncio.Event


class Turns:
    """Runs calls. Each waits for its turn before every request."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch, *, crashes: float) -> None:
        self._random = Random(seed)
        self._crashes = crashes
        self._waiting: list[_Turn] = []
        self._calls: dict[asyncio.Task[Any], Call] = {}
        self._step = 0
        send = Transport.send

        async def in_turn(transport: Transport, operation: str, payload: Mapping[str, Any], counter: Any) -> Any:
            return await self.take(lambda: send(transport, operation, payload, counter))

        monkeypatch.setattr(Transport, "send", in_turn)

    async def take(self, request: Callable[[], Awaitable[Any]]) -> Any:
        """Send one request when it is the caller's turn; outside of `run`, at once."""
        task = asyncio.current_task()
        if task is None or task not in self._calls:
            return await request()
        turn = _Turn(self._calls[task], asyncio.get_running_loop().create_future(), asyncio.Event())
        self._waiting.append(turn)
        fate = await turn.granted
        try:
            if fate == "crash before":
                raise Crashed
            answer = await request()
            if fate == "crash after":
                raise Crashed
            return answer
        finally:
            turn.over.set()

    async def run(self, calls: Mapping[str, Awaitable[object]]) -> list[Call]:
        """Run calls to their ends, and return what happened to each."""
        made = []
        for name, awaitable in calls.items():
            call = Call(name)
            self._calls[asyncio.ensure_future(_noted(awaitable, call))] = call
            made.append(call)
        tasks = set(self._calls)
        while not all(task.done() for task in tasks):
            for _ in range(SETTLES):
                await asyncio.sleep(0)
            if self._waiting:
                await self._grant(self._waiting.pop(self._random.randrange(len(self._waiting))))
        self._calls.clear()
        return made

    async def _grant(self, turn: _Turn) -> None:
        self._step += 1
        turn.call.first = turn.call.first or self._step
        turn.call.last = self._step
        crashes = self._random.random() < self._crashes
        turn.granted.set_result(self._random.choice(["crash before", "crash after"]) if crashes else "done")
        await turn.over.wait()


async def _noted(awaitable: Awaitable[object], call: Call) -> None:
    try:
        call.result = await awaitable
    except Exception as error:
        call.error = error
