"""A dataloader: what is asked for in one tick of the event loop is read together, and nothing is read twice.

Made for lists: a hundred keys cost one future, not a hundred, and keys that are known already cost none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Read = Callable[[list[K]], Awaitable[Sequence[V | BaseException]]]
"""Reads distinct keys; the values are in their order, an exception in place of one that cannot be read."""


class DataLoader(Generic[K, V]):
    """Values by key, for as long as one request lives.

    Whoever asks first reads for all who ask in the same tick; there is no task besides those that wait.
    """

    def __init__(self, read: Read[K, V]) -> None:
        self._read = read
        self._known: dict[K, V | BaseException] = {}
        self._batches: dict[K, _Batch[K]] = {}
        """Under way, or about to be, by key."""
        self._next: _Batch[K] | None = None

    def prime(self, key: K, value: V) -> None:
        """Keep a value that was read on another way; one that is known stays."""
        self._known.setdefault(key, value)

    async def load(self, key: K) -> V:
        """The value of one key."""
        if key not in self._known:
            await self._request((key,))
        return self._value(key)

    async def load_many(self, keys: Sequence[K]) -> list[V]:
        """The values of many keys, in their order; one that cannot be read fails all."""
        missing = [key for key in keys if key not in self._known]
        if missing:
            await self._request(missing)
        return [self._value(key) for key in keys]

    def _value(self, key: K) -> V:
        value = self._known[key]
        if isinstance(value, BaseException):
            raise value
        return value

    async def _request(self, keys: Sequence[K]) -> None:
        """Return when every key is known: put them into the next batch, but for those under way, and see it read."""
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
            # Whoever leads may be cancelled; then somebody else has to.
            while key not in self._known:
                batch = self._batches.get(key)
                await (batch.wait() if batch is not None else self._request((key,)))

    async def _lead(self, batch: "_Batch[K]") -> None:
        try:
            # Everybody who is ready in this tick has asked once this returns.
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


class _Batch(Generic[K]):
    """Keys that are read together, and those who wait for them."""

    def __init__(self) -> None:
        self.keys: list[K] = []
        self._ended: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Return when it was read, or will not be."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        # Shielded: the others who wait are not to be cancelled with this one.
        await asyncio.shield(self._ended)

    def end(self) -> None:
        """Let go of those who wait."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
