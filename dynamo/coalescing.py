"""Reads that different requests share: keys as one BatchGetItem, and pages that several want at once.

What is asked for in one tick of the event loop goes out together. While enough reads are under way, what is asked for
waits for one of them to end, and what somebody waits for already is read once for all. Nothing is kept: a read always
begins after it was asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from dynamo.answers import Answer
from dynamo.attribute_values import WireItem

Payload = Mapping[str, Any]
Place = tuple[str, str]
"""Partition key and sort key."""
Found = Mapping[Place, WireItem]
ReadPlaces = Callable[[Sequence[Place]], Awaitable[tuple[Found, int]]]
"""Reads up to 100 keys; returns the items that there are, and how many requests it took."""
ReadPage = Callable[[Payload], Awaitable[tuple[Answer, int]]]
"""Sends a request; returns the answer, and how many attempts it took."""

MOST: Final = 100
"""What one BatchGetItem takes."""
UNDER_WAY: Final = 4
"""Reads by key of one process at a time, and as many pages; more would leave less to share."""


class Coalescer:
    """Reads by key for all requests of a process."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[Place, _Batch] = {}
        """By the key, the batch that will read it and has not begun."""
        self._open: _Batch | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, places: Sequence[Place], read: ReadPlaces) -> tuple[dict[Place, WireItem], int]:
        """The items that there are, and how many requests it took; raises what `read` raises."""
        batches = dict.fromkeys([self._join(place, read) for place in places])
        found: dict[Place, WireItem] = {}
        requests = 0
        for batch in batches:
            # Shielded: the others who wait are not to be cancelled with this one.
            items, took = await asyncio.shield(batch.answer)
            found |= {place: items[place] for place in places if place in items}
            requests += took
        return found, requests

    def _join(self, place: Place, read: ReadPlaces) -> "_Batch":
        """The batch that will read a key."""
        batch = self._waiting.get(place)
        if batch is None:
            batch = self._open
            if batch is None or len(batch.places) == MOST:
                batch = self._open = _Batch()
                # In a task of its own, because the request that came first may be cancelled.
                task = asyncio.ensure_future(self._run(batch, read))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            batch.places.append(place)
            self._waiting[place] = batch
        return batch

    async def _run(self, batch: "_Batch", read: ReadPlaces) -> None:
        # Everybody who is ready in this tick has asked once this returns.
        await asyncio.sleep(0)
        async with self._slots:
            for place in batch.places:
                del self._waiting[place]
            if self._open is batch:
                self._open = None
            try:
                batch.answer.set_result(await read(batch.places))
            except Exception as error:
                batch.answer.set_exception(error)
                # Those who asked may all have been cancelled.
                batch.answer.exception()


class _Batch:
    """Keys that are read together; once they have been, the items there are and how many requests it took."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.answer: asyncio.Future[tuple[Found, int]] = asyncio.get_running_loop().create_future()


class SharedPages:
    """Long pages, such as those of a scan: a crowd that wants the same one costs the table no more than one of them."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[bytes, _Page] = {}
        """By what is asked, the page that has not begun to be read."""

    async def read(self, payload: Payload, read: ReadPage) -> tuple[Answer, int]:
        """The answer, which is not to be changed, and how many requests it took; raises what `read` raises."""
        question = orjson.dumps(payload)
        page = self._waiting.get(question)
        if page is None:
            page = self._waiting[question] = _Page(asyncio.ensure_future(self._begin(question, payload, read)))
        page.wanted += 1
        try:
            # Shielded: the others who wait are not to be cancelled with this one.
            return await asyncio.shield(page.task)
        finally:
            page.wanted -= 1
            if not page.wanted:
                page.task.cancel()
                if self._waiting.get(question) is page:
                    del self._waiting[question]

    async def _begin(self, question: bytes, payload: Payload, read: ReadPage) -> tuple[Answer, int]:
        async with self._slots:
            del self._waiting[question]
            return await read(payload)


@dataclass(slots=True)
class _Page:
    """A page, and how many wait for it."""

    task: asyncio.Task[tuple[Answer, int]]
    wanted: int = 0
