"""Key reads of different requests in the same tick of the event loop, as one BatchGetItem.

Nothing is kept: what was read goes to those who asked in that tick, an item of its own to each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Item = dict[str, Any]
Place = tuple[str, str]
"""Partition key and sort key."""

MOST = 100
"""What one BatchGetItem takes."""


class Coalescer:
    """Reads by key for all requests of a process."""

    def __init__(
        self,
        get: Callable[[Place], Awaitable[Item | None]],
        batch_get: Callable[[Sequence[Place]], Awaitable[Mapping[Place, Item]]],
    ) -> None:
        self._get = get
        self._batch_get = batch_get
        self._waiting: dict[Place, list[asyncio.Future[Item | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, place: Place) -> Item | None:
        """The item at a place; raises what reading it raises."""
        answer: asyncio.Future[Item | None] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            # In a task of its own, because the request that came first may be cancelled.
            task = asyncio.ensure_future(self._read())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._waiting.setdefault(place, []).append(answer)
        return await answer

    async def _read(self) -> None:
        # Everybody who is ready in this tick has asked once this returns.
        await asyncio.sleep(0)
        waiting, self._waiting = self._waiting, {}
        places = list(waiting)
        chunks = [places[start : start + MOST] for start in range(0, len(places), MOST)]
        await asyncio.gather(*(self._read_chunk({place: waiting[place] for place in chunk}) for chunk in chunks))

    async def _read_chunk(self, waiting: Mapping[Place, Sequence["asyncio.Future[Item | None]"]]) -> None:
        places = list(waiting)
        found: Mapping[Place, Item | None]
        try:
            found = {places[0]: await self._get(places[0])} if len(places) == 1 else await self._batch_get(places)
        except Exception as error:
            for answer in (answer for answers in waiting.values() for answer in answers if not answer.done()):
                answer.set_exception(error)
            return
        for place, answers in waiting.items():
            item = found.get(place)
            for answer in answers:
                if not answer.done():
                    answer.set_result(dict(item) if item is not None else None)
