"""Concurrent calls that take turns at the table: one request at a time, in an order drawn from a seed.

Every order in which concurrent calls can meet is an order of their requests, so drawing it shows races that a busy
machine shows once in a thousand runs, and shows them again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from dynamo.wire.transport import Transport

SETTLES = 20
"""Turns of the event loop after which whoever got an answer asks the next or is done."""


class Crashed(Exception):
    """The process that made the call is gone."""


@dataclass(slots=True)
class Call:
    """One call as it went: the numbers of its first and last request, and whether it was answered or crashed."""

    name: str
    first: int = 0
    last: int = 0
    result: object = None
    error: BaseException | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the caller was told that it is done."""
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
    """Runs calls, each of which waits before every request until it is its turn."""

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
        """Make one request when it is the caller's turn; outside `run`, at once."""
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
        """Run calls to their ends; returns how they went."""
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
