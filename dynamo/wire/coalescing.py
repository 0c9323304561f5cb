"""Reads that different requests share: keys as one BatchGetItem, and pages that several want at once.

What is asked for in one tick of the event loop goes out together. While enough reads are under way, what is asked for
waits for one of them to end, and what somebody waits for already is read once for all. Nothing is kept: a read always
begins after it was asked for.

Each key has its own fate. Keys that DynamoDB leaves out of a batch are asked for again apart from the others, who have
their items by then; a batch that takes long is asked for once more key by key, because only one of them may be what it
hangs on. A key in trouble is read alone, once at a time, however many want it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Final, NamedTuple

from dynamo.errors import DynamoError
from dynamo.item import Place
from dynamo.usage import Usage
from dynamo.wire import surrogates
from dynamo.wire.attribute_values import WireItem
from dynamo.wire.responses import Response
from dynamo.wire.retries import pause
from dynamo.wire.slots import Slots
from dynamo.wire.transport import Counter

Payload = Mapping[str, Any]
Found = Mapping[Place, WireItem]


class Read(NamedTuple):
    """The items that there are, and the keys that DynamoDB did not get to."""

    items: Found
    left: Collection[Place] = ()
    units: float = 0.0
    """What DynamoDB reported for it, in read units."""


class Reading(NamedTuple):
    """The items that there are, and why keys could not be read."""

    items: dict[Place, WireItem]
    failed: dict[Place, Exception]


ReadPlaces = Callable[[Sequence[Place], Counter], Awaitable[Read]]
"""Reads up to 100 keys with one request, counting its attempts."""
ReadPage = Callable[[Payload, Counter], Awaitable[Response]]
"""Sends a request, counting its attempts."""

MOST: Final = 100
"""What one BatchGetItem takes."""
UNDER_WAY: Final = 4
"""Reads by key of one process at a time, and as many pages; more would leave less to share."""
APART: Final = 8
"""Reads of keys in trouble at a time, beside the others."""


class Coalescer:
    """Reads by key for all requests of a process."""

    def __init__(self) -> None:
        self._slots: Slots[_Batch] = Slots(UNDER_WAY, self._late)
        self._apart: Slots[_Batch] = Slots(APART, self._late)
        self._waiting: dict[Place, _Batch] = {}
        """By the key, the batch that will read it and has not begun."""
        self._open: _Batch | None = None
        self._troubled: dict[Place, _Trouble] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def read(self, places: Sequence[Place], read: ReadPlaces, usage: Usage) -> Reading:
        """Read some keys. Counts every request, those that failed included, and a share of the units of each."""
        items: dict[Place, WireItem] = {}
        failed: dict[Place, Exception] = {}
        batches = _joined([self._join(place, read) for place in places])
        while batches:
            following: list[_Batch] = []
            for batch, asked in batches.items():
                try:
                    # Shielded: the others who wait are not to be cancelled with this one.
                    found = await asyncio.shield(batch.items)
                except Exception as error:
                    failed |= {place: error for place in places if place in batch.places}
                    continue
                finally:
                    usage.requests += batch.requests
                usage.read_units += batch.units * asked / batch.asked
                items |= {place: found[place] for place in places if place in found}
                if batch.left:
                    following += [batch.left[place] for place in places if place in batch.left]
            batches = _joined(following) if following else {}
        return Reading(items, failed)

    def _join(self, place: Place, read: ReadPlaces) -> "_Batch":
        """The batch that will read a key."""
        batch = self._waiting.get(place)
        if batch is None:
            if place in self._troubled:
                return self._alone(place, read)
            batch = self._open
            if batch is None or len(batch.places) == MOST:
                batch = self._open = _Batch(read)
                self._begin(self._run(batch))
            batch.places.append(place)
            self._waiting[place] = batch
        return batch

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in a task of its own, because the request that came first may be cancelled."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, batch: "_Batch") -> None:
        # Everybody who is ready in this tick has asked once this returns.
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
        # A slow batch may have brought the item meanwhile.
        if not batch.items.done():
            await self._read(batch)
        self._apart.give_back(batch)
        self._go_on(batch)

    async def _read(self, batch: "_Batch") -> None:
        """Read a batch, and see to the keys it leaves."""
        try:
            read = await batch.read(batch.places, batch)
        except Exception as error:
            if len(batch.places) > 1 and type(error) is DynamoError:
                # DynamoDB refuses the request as a whole, whichever key it does not like.
                self._split(batch)
            batch.fail(error)
            return
        batch.units = read.units
        if batch.own:
            batch.answer_late(read)
        if read.left and not batch.items.done():
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
        """Go on without a batch that takes long; its answer still counts if it comes first."""
        if len(batch.places) > 1:
            self._split(batch)
        else:
            self._troubled.setdefault(batch.places[0], _Trouble(batch))

    def _split(self, batch: "_Batch") -> None:
        if batch.items.done():
            return
        batch.own = {place for place in batch.places if place not in self._troubled}
        batch.left = {place: self._alone(place, batch.read) for place in batch.places}
        batch.answer({})

    def _alone(self, place: Place, read: ReadPlaces) -> "_Batch":
        """A read of nothing but one key; of several who ask while another one is under way, one for all."""
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
    """Batches with how many keys of somebody's they read, who shares in what they cost."""
    joined: dict[_Batch, int] = {}
    for batch in batches:
        batch.asked += 1
        joined[batch] = joined.get(batch, 0) + 1
    return joined


class _Batch:
    """Keys that are read together, how many requests it has taken, and the items there are once they have been."""

    def __init__(self, read: ReadPlaces, places: Collection[Place] = (), *, again: bool = False) -> None:
        self.read = read
        self.places: list[Place] = list(places)
        self.again = again
        """Whether DynamoDB has left these keys out before."""
        self.requests = 0
        self.units = 0.0
        """Read units it has used."""
        self.asked = 0
        """How often one of its keys was asked for."""
        self.items: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self.left: Mapping[Place, _Batch] = {}
        """By the key, the batch that reads what this one has not."""
        self.own: Collection[Place] = ()
        """Those of them that nobody but this one's readers waits for."""

    def answer(self, items: Found) -> None:
        """Hand the items to those who wait, unless they have gone on."""
        if not self.items.done():
            self.items.set_result(items)

    def answer_late(self, read: Read) -> None:
        """Hand what was read to those who have gone on to read the keys one by one."""
        for place in self.own:
            if place not in read.left:
                self.left[place].answer({place: read.items[place]} if place in read.items else {})

    def fail(self, error: Exception) -> None:
        """Tell those who wait."""
        if not self.items.done():
            self.items.set_exception(error)
            # Those who asked may all have been cancelled.
            self.items.exception()


class _Trouble:
    """A key that is read alone: the read that is under way, and the one that is asked for meanwhile."""

    def __init__(self, current: _Batch) -> None:
        self.current = current
        self.next: _Batch | None = None


class SharedPages:
    """Long pages, such as those of a scan: a crowd that wants the same one costs the table no more than one of them."""

    def __init__(self) -> None:
        self._slots: Slots[_Page] = Slots(UNDER_WAY, lambda _: None)
        self._waiting: dict[bytes, _Page] = {}
        """By what is asked, the page that has not begun to be read."""

    async def read(self, payload: Payload, read: ReadPage, usage: Usage) -> Response:
        """The answer, which is not to be changed; raises what `read` raises. Counts every attempt, and a share of the
        units."""
        question = surrogates.write(payload)
        page = self._waiting.get(question)
        if page is None:
            page = self._waiting[question] = _Page()
            page.task = asyncio.ensure_future(self._begin(question, payload, read, page))
        page.wanted += 1
        try:
            # Shielded: the others who wait are not to be cancelled with this one.
            answer = await asyncio.shield(page.task)
            usage.read_units += answer.units / page.sharing
            return answer
        finally:
            usage.requests += page.requests
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
    """A page, how many wait for it, and how many requests it has taken."""

    task: asyncio.Task[Response]

    def __init__(self) -> None:
        self.wanted = 0
        self.requests = 0
        self.sharing = 1
        """How many waited for it when it had been read."""
