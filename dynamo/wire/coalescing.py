"""Reads that different requests share: keys in one BatchGetItem, and pages that several requests want at once.

Keys requested in one tick of the event loop are read together. While enough reads are running, further keys wait for
one of them to end, and keys that are already waiting are read once for everybody. Nothing is cached: a read always
begins after it was requested.

Keys fail independently. Keys that DynamoDB leaves out of a batch are read again apart from the others, whose items are
returned at once. A batch that takes long is requested again key by key, because a single key may delay it. A key in
trouble is read alone, once at a time, however many requests want it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Final, NamedTuple

from dynamo.errors import DynamoError
from dynamo.item import Place
from dynamo.usage import Attempt, Usage
from dynamo.wire import surrogates
from dynamo.wire.attribute_values import WireItem
from dynamo.wire.responses import Response
from dynamo.wire.retries import pause
from dynamo.wire.slots import Slots
from dynamo.wire.transport import Counter

Payload = Mapping[str, Any]
Found = Mapping[Place, WireItem]


class Read(NamedTuple):
    """The items that were found, and the keys that DynamoDB left unprocessed."""

    items: Found
    left: Collection[Place] = ()
    units: float = 0.0
    """The read units that DynamoDB reported for the request."""


class Reading(NamedTuple):
    """The items that were found, and the errors of keys that could not be read."""

    items: Found
    failed: dict[Place, Exception]


ReadPlaces = Callable[[Sequence[Place], Counter], Awaitable[Read]]
"""Reads up to 100 keys with one request, and counts its attempts."""
ReadPage = Callable[[Payload, Counter], Awaitable[Response]]
"""Sends a request, and counts its attempts."""

MOST: Final = 100
"""The most keys in one BatchGetItem (DynamoDB's limit)."""
UNDER_WAY: Final = 4
"""The most reads by key of one process that run at the same time, and the most pages. With more, fewer would be
shared."""
APART: Final = 8
"""The most reads of keys in trouble that run at the same time, besides the others."""


class Coalescer:
    """Merges the reads by key of all requests of a process."""

    def __init__(self) -> None:
        self._slots: Slots[_Batch] = Slots(UNDER_WAY, self._late)
        self._apart: Slots[_Batch] = Slots(APART, self._late)
        self._waiting: dict[Place, _Batch] = {}
        """By key, the batch that will read it and has not begun."""
        self._open: _Batch | None = None
        self._troubled: dict[Place, _Trouble] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, places: Sequence[Place], read: ReadPlaces, usage: Usage) -> Reading:
        """Read some keys. `usage` counts every request, including failed ones, and a share of the read units of
        each."""
        items: Found = {}
        failed: dict[Place, Exception] = {}
        batches = _joined([self._join(place, read) for place in places])
        while batches:
            following: list[_Batch] = []
            if usage.attempts is not None:
                _note_attempts(batches)
            for batch, asked in batches.items():
                try:
                    found = await batch.items()
                except Exception as error:
                    failed |= {place: error for place in places if place in batch.places}
                    continue
                finally:
                    usage.requests += batch.requests
                    if usage.attempts is not None:
                        usage.attempts += batch.attempts or ()
                usage.read_units += batch.units * asked / batch.asked
                own = found if asked == batch.asked else {place: found[place] for place in places if place in found}
                items = {**items, **own} if items else own
                if batch.left:
                    following += [batch.left[place] for place in places if place in batch.left]
            batches = _joined(following) if following else {}
        return Reading(items, failed)

    def _join(self, place: Place, read: ReadPlaces) -> "_Batch":
        """The batch that will read a key, which is added to it."""
        batch = self._waiting.get(place)
        if batch is None:
            if self._troubled and place in self._troubled:
                return self._alone(place, read)
            batch = self._open
            if batch is None or len(batch.places) == MOST:
                batch = self._open = _Batch(read)
                self._begin(self._run(batch))
            batch.places.append(place)
            self._waiting[place] = batch
        return batch

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in a task of its own, because the request that came first may be cancelled."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, batch: "_Batch") -> None:
        # When this returns, every caller that was ready in this tick has added its keys.
        await asyncio.sleep(0)
        await self._slots.take(batch)
        for place in batch.places:
            del self._waiting[place]
        if self._open is batch:
            self._open = None
        await self._read(batch)
        self._slots.give_back(batch)
        if self._troubled:
            self._go_on(batch)

    async def _run_apart(self, batch: "_Batch") -> None:
        await self._apart.take(batch)
        # A slow batch may have returned the item in the meantime.
        if not batch.done:
            await self._read(batch)
        self._apart.give_back(batch)
        self._go_on(batch)

    async def _read(self, batch: "_Batch") -> None:
        """Read a batch, and arrange the reads of the keys that it leaves."""
        try:
            read = await batch.read(batch.places, batch)
        except Exception as error:
            if len(batch.places) > 1 and type(error) is DynamoError:
                # DynamoDB rejects the whole request, whichever key is the reason.
                self._split(batch)
            batch.fail(error)
            return
        batch.units = read.units
        if batch.own:
            batch.answer_late(read)
        if read.left and not batch.done:
            if batch.again:
                batch.left = {place: self._alone(place, batch.read) for place in read.left}
            else:
                rest = _Batch(batch.read, read.left, again=True)
                batch.left = dict.fromkeys(read.left, rest)
                self._begin(self._run_rest(rest))
        batch.answer(read.items)

    async def _run_rest(self, batch: "_Batch") -> None:
        await pause(1)
        await self._run_apart(batch)

    def _late(self, batch: "_Batch") -> None:
        """Continue without a batch that takes long. Its response still counts if it comes first."""
        if len(batch.places) > 1:
            self._split(batch)
        else:
            self._troubled.setdefault(batch.places[0], _Trouble(batch))

    def _split(self, batch: "_Batch") -> None:
        if batch.done:
            return
        batch.own = {place for place in batch.places if place not in self._troubled}
        batch.left = {place: self._alone(place, batch.read) for place in batch.places}
        batch.answer({})

    def _alone(self, place: Place, read: ReadPlaces) -> "_Batch":
        """A read of one key alone. Requests that arrive while another such read is running share the next one."""
        trouble = self._troubled.get(place)
        if trouble is None:
            batch = _Batch(read, [place], again=True)
            self._troubled[place] = _Trouble(batch)
            self._begin(self._run_apart(batch))
            return batch
        if trouble.next is None:
            trouble.next = _Batch(read, [place], again=True)
        return trouble.next

    def _go_on(self, batch: "_Batch") -> None:
        """Begin the read that has waited for this one, if any."""
        trouble = self._troubled.get(batch.places[0])
        if trouble is None or trouble.current is not batch:
            return
        if trouble.next is None:
            del self._troubled[batch.places[0]]
        else:
            trouble.current, trouble.next = trouble.next, None
            self._begin(self._run_apart(trouble.current))


def _joined(batches: Sequence["_Batch"]) -> dict["_Batch", int]:
    """The batches, each with the number of one caller's keys in it, by which the read units are divided."""
    joined: dict[_Batch, int] = {}
    for batch in batches:
        batch.asked += 1
        joined[batch] = joined.get(batch, 0) + 1
    return joined


def _note_attempts(counted: Collection["_Batch | _Page"]) -> None:
    """Let reads that have not begun keep a list of their attempts."""
    for each in counted:
        if each.attempts is None:
            each.attempts = []


class _Batch:
    """Keys that are read together, the number of requests this took, and the items once they were read."""

    def __init__(self, read: ReadPlaces, places: Collection[Place] = (), *, again: bool = False) -> None:
        self.read = read
        self.places: list[Place] = list(places)
        self.again = again
        """Whether DynamoDB left these keys unprocessed before."""
        self.requests = 0
        self.attempts: list[Attempt] | None = None
        self.units = 0.0
        """The read units that it has consumed."""
        self.asked = 0
        """How often its keys were requested, by all callers together."""
        self.done = False
        """Whether the callers have their items, or the error."""
        self._items: Found = {}
        self._error: Exception | None = None
        self._callers: list[asyncio.Future[None]] = []
        """One for each caller that waits, so that cancelling one does not cancel the others."""
        self.left: Mapping[Place, _Batch] = {}
        """By key, the batch that reads what this one has not."""
        self.own: Collection[Place] = ()
        """The keys in `left` that no caller requested before this batch was split."""

    async def items(self) -> Found:
        """Wait for the items. Raises the error of the read."""
        if not self.done:
            caller = asyncio.get_running_loop().create_future()
            self._callers.append(caller)
            await caller
        if self._error is not None:
            raise self._error
        return self._items

    def answer(self, items: Found) -> None:
        """Return the items to the waiting callers, unless they were already sent to other batches."""
        if not self.done:
            self._items = items
            self._end()

    def answer_late(self, read: Read) -> None:
        """Return the items to callers that went on to read the keys one by one."""
        for place in self.own:
            if place not in read.left:
                self.left[place].answer({place: read.items[place]} if place in read.items else {})

    def fail(self, error: Exception) -> None:
        """Raise an error in the waiting callers, unless they have their items."""
        if not self.done:
            self._error = error
            self._end()

    def _end(self) -> None:
        self.done = True
        for caller in self._callers:
            if not caller.done():
                caller.set_result(None)


class _Trouble:
    """A key that is read alone: the read that is running, and the one that was requested in the meantime."""

    def __init__(self, current: _Batch) -> None:
        self.current = current
        self.next: _Batch | None = None


class SharedPages:
    """Long pages, such as those of a scan. Many requests for the same page cost no more than one."""

    def __init__(self) -> None:
        self._slots: Slots[_Page] = Slots(UNDER_WAY, lambda _: None)
        self._waiting: dict[bytes, _Page] = {}
        """By request, the page that has not begun to be read."""

    async def read(self, payload: Payload, read: ReadPage, usage: Usage) -> Response:
        """The response, which must not be changed. Raises what `read` raises.

        `usage` counts every attempt, and a share of the read units.
        """
        question = surrogates.write(payload)
        page = self._waiting.get(question)
        if page is None:
            page = self._waiting[question] = _Page()
            page.task = asyncio.ensure_future(self._begin(question, payload, read, page))
        page.wanted += 1
        if usage.attempts is not None:
            _note_attempts((page,))
        try:
            # Shielded, so that cancelling one caller does not cancel the others.
            answer = await asyncio.shield(page.task)
            usage.read_units += answer.units / page.sharing
            return answer
        finally:
            usage.requests += page.requests
            if usage.attempts is not None:
                usage.attempts += page.attempts or ()
            page.wanted -= 1
            if not page.wanted:
                page.task.cancel()
                if self._waiting.get(question) is page:
                    del self._waiting[question]

    async def _begin(self, question: bytes, payload: Payload, read: ReadPage, page: "_Page") -> Response:
        await self._slots.take(page)
        try:
            del self._waiting[question]
            answer = await read(payload, page)
            page.sharing = page.wanted
            return answer
        finally:
            self._slots.give_back(page)


class _Page:
    """A page, how many callers wait for it, and how many requests it has taken."""

    task: asyncio.Task[Response]

    def __init__(self) -> None:
        self.wanted = 0
        self.requests = 0
        self.attempts: list[Attempt] | None = None
        self.sharing = 1
        """How many callers waited for it when it had been read."""
