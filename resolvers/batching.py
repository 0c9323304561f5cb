"""Dataloaders: no key is read twice. `DataLoader` reads the keys requested in one tick of the event loop together.

It is made for lists: a hundred keys cost one future instead of a hundred, and keys that are already known cost none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from dynamo.permits import Permits

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Read = Callable[[list[K]], Awaitable[Sequence[V | BaseException]]]
"""Reads distinct keys. The values are in the order of the keys, with an exception for each key that cannot be read."""


class DataLoader(Generic[K, V]):
    """Values by key, kept for the lifetime of one request.

    The first caller in a tick reads for all callers of that tick, so no task is needed besides theirs.
    """

    def __init__(self, read: Read[K, V], known: dict[K, V | BaseException] | None = None) -> None:
        self._read = read
        self._known: dict[K, V | BaseException] = {} if known is None else known
        """What was read, and what is known from elsewhere."""
        self._batches: dict[K, _Batch[K]] = {}
        """The batch of each key that is being read, or is about to be."""
        self._next: _Batch[K] | None = None

    async def load(self, key: K) -> V:
        """The value of one key. Raises the error if the key cannot be read."""
        if key not in self._known:
            await self._request((key,))
        return _value(self._known[key])

    async def load_many(self, keys: Sequence[K]) -> list[V]:
        """The values of many keys, in their order. Raises the error of the first key that cannot be read."""
        missing = [key for key in keys if key not in self._known]
        if missing:
            await self._request(missing)
        return [_value(self._known[key]) for key in keys]

    async def _request(self, keys: Sequence[K]) -> None:
        """Return when every key is known. Keys that nobody is reading yet are added to the next batch."""
        leads = False
        for key in keys:
            if key not in self._batches:
                if self._next is None:
                    self._next, leads = _Batch(), True
                self._next.keys.append(key)
                self._batches[key] = self._next
        if leads and self._next is not None:
            await self._lead(self._next)
        for key in keys:
            # The caller that reads the batch may be cancelled; then another one reads these keys.
            while key not in self._known:
                batch = self._batches.get(key)
                await (batch.wait() if batch is not None else self._request((key,)))

    async def _lead(self, batch: "_Batch[K]") -> None:
        try:
            # When this returns, every caller that was ready in this tick has added its keys.
            await asyncio.sleep(0)
            self._next = None
            values = await self._read(batch.keys)
            self._known |= zip(batch.keys, values, strict=True)
        except Exception as error:
            self._known |= dict.fromkeys(batch.keys, error)
        finally:
            if self._next is batch:
                self._next = None
            for key in batch.keys:
                del self._batches[key]
            batch.end()


class SingleLoader(Generic[K, V]):
    """A dataloader for what DynamoDB cannot batch: each key is read by itself, and at once.

    The first caller reads a key for all others. `permits` limit the reads that run at the same time.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        permits: Permits,
        known: dict[K, V | BaseException] | None = None,
    ) -> None:
        self._read = read
        self._permits = permits
        self._known: dict[K, V | BaseException] = {} if known is None else known
        """What was read, and what is known from elsewhere."""
        self._reading: dict[K, _Batch[K]] = {}

    async def load(self, key: K) -> V:
        """The value of one key. Raises the error if the key cannot be read."""
        # The caller that reads it may be cancelled; then another one does.
        while key not in self._known:
            if key in self._reading:
                await self._reading[key].wait()
                continue
            reading = self._reading[key] = _Batch()
            try:
                # Without a coroutine in between: every lookup comes through here.
                if not self._permits.take():
                    await self._permits.turn()
                try:
                    self._known[key] = await self._read(key)
                finally:
                    self._permits.give_back()
            except Exception as error:
                self._known[key] = error
            finally:
                del self._reading[key]
                reading.end()
        return _value(self._known[key])

    async def load_many(self, keys: Sequence[K]) -> list[V]:
        """The values of many keys, in their order. Raises the error of the first key that cannot be read."""
        distinct = list(dict.fromkeys(keys))
        results = await asyncio.gather(*map(self.load, distinct), return_exceptions=True)
        found = dict(zip(distinct, results, strict=True))
        return [_value(found[key]) for key in keys]


async def limited(permits: Permits, read: Callable[[K], Awaitable[V]], key: K) -> V:
    """Read a key once there is a permit."""
    if not permits.take():
        await permits.turn()
    try:
        return await read(key)
    finally:
        permits.give_back()


def _value(found: V | BaseException) -> V:
    if isinstance(found, BaseException):
        raise found
    return found


class _Batch(Generic[K]):
    """Keys that are read together, and the callers that wait for them."""

    def __init__(self) -> None:
        self.keys: list[K] = []
        self._ended: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Return when the batch was read, or failed."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        # Shielded, so that cancelling one caller does not cancel the others.
        await asyncio.shield(self._ended)

    def end(self) -> None:
        """Wake the callers that wait."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
