"""Reads that different requests share: keys as one BatchGetItem, and pages that several want at once.

What is asked for in one tick of the event loop goes out together. While enough reads are under way, what is asked for
waits for one of them to end, and what somebody waits for already is read once for all. Nothing is kept: a read always
begins after it was asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from dynamo.answers import Answer
from dynamo.attribute_values import WireItem
from dynamo.transport import Counter

Payload = Mapping[str, Any]
Place = tuple[str, str]
"""Partition key and sort key."""
Found = Mapping[Place, WireItem]
ReadPlaces = Callable[[Sequence[Place], Counter], Awaitable[Found]]
"""Reads up to 100 keys, counting its requests; returns the items that there are."""
ReadPage = Callable[[Payload, Counter], Awaitable[Answer]]
"""Sends a request, counting its attempts."""

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

    async def read(self, places: Sequence[Place], read: ReadPlaces, counter: Counter) -> dict[Place, WireItem]:
        """The items that there are; raises what `read` raises. Counts every request, those that failed included."""
        batches = dict.fromkeys([self._join(place, read) for place in places])
        found: dict[Place, WireItem] = {}
        for batch in batches:
            try:
                # Shielded: the others who wait are not to be cancelled with this one.
                items = await asyncio.shield(batch.items)
            finally:
                counter.requests += batch.requests
            found |= {place: items[place] for place in places if place in items}
        return found

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
                batch.items.set_result(await read(batch.places, batch))
            except Exception as error:
                batch.items.set_exception(error)
                # Those who asked may all have been cancelled.
                batch.items.exception()


class _Batch:
    """Keys that are read together, how many requests it has taken, and the items there are once they have been."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.requests = 0
        self.items: asyncio.Future[Found] = asyncio.get_running_loop().create_future()


class SharedPages:
    """Long pages, such as those of a scan: a crowd that wants the same one costs the table no more than one of them."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(UNDER_WAY)
        self._waiting: dict[bytes, _Page] = {}
        """By what is asked, the page that has not begun to be read."""

    async def read(self, payload: Payload, read: ReadPage, counter: Counter) -> Answer:
        """The answer, which is not to be changed; raises what `read` raises. Counts every attempt."""
        question = orjson.dumps(payload)
        page = self._waiting.get(question)
        if page is None:
            page = self._waiting[question] = _Page()
            page.task = asyncio.ensure_future(self._begin(question, payload, read, page))
        page.wanted += 1
        try:
            # Shielded: the others who wait are not to be cancelled with this one.
            return await asyncio.shield(page.task)
        finally:
            counter.requests += page.requests
            page.wanted -= 1
            if not page.wanted:
                page.task.cancel()
                if self._waiting.get(question) is page:
                    del self._waiting[question]

    async def _begin(self, question: bytes, payload: Payload, read: ReadPage, page: "_Page") -> Answer:
        async with self._slots:
            del self._waiting[question]
            return await read(payload, page)


class _Page:
    """A page, how many wait for it, and how many requests it has taken."""

    task: asyncio.Task[Answer]

    def __init__(self) -> None:
        self.wanted = 0
        self.requests = 0
