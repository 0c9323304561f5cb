"""Twice as many requests as the server can serve: each gets a response in time, or is told to retry later."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks import processes
from soak.asking import LOST, POSTPONED, change
from soak.chaos import end
from soak.client import Client, LightClient
from soak.contention import EXPIRES, TOKENS, certainly
from soak.health import HealthChecks
from soak.plan import Plan
from soak.server import Server
from soak.stage import Stage
from soak.tally import Tally, percentile

PEOPLE: Final = 60
ACCOUNTS: Final = 3
CALLERS: Final = 16
"""The number of callers that measure the capacity: enough to keep two workers busy."""
MOST_IN_FLIGHT: Final = 3000
DEADLINE_SECONDS: Final = 10.0
"""The server's default time limit."""
GRACE_SECONDS: Final = 5.0
"""The time that a response may take to arrive on a machine that this program overloads too."""
HEADERS_SECONDS: Final = 10.0
"""How long the server waits for a request's headers, by default."""
LOOK_SECONDS: Final = 0.05
HEALTH_SECONDS: Final = 5.0
"""The time within which orchestrators expect the response to a health check."""
LATE: Final = frozenset({"TIMEOUT", "SERVICE_UNAVAILABLE"})
"""Codes of operations that were begun and not finished in time. In an overload there must be none."""
STARVED: Final = 0.75
"""If the server gets less than this fraction of the processors it had before, late responses are not judged: other
work on the machine took them, and the server cannot foresee so sudden a change."""
DEARER: Final = 1.5
"""How many times more processor time a request may take after the overload."""
RISE: Final = 1.5
HIGHEST: Final = 2.0
"""How far the rate may rise, as a multiple of the intended rate."""

READ: Final = "query($first: Int!) { users(first: $first) { nodes { id userId name accounts { nodes { id } } } } }"
VARIABLES: Final[Mapping[str, Any]] = {"first": 20}
SELECTED: Final = "id userId name email emailVerified image attributes disabled { at until reason } " * 12
UNKNOWN: Final = "query Unknown%d { viewer { user { " + SELECTED + " } } }"
"""A document that no cache contains. It takes the server much time and this program little, so that the server is
overloaded."""
READS: Final = 3
"""One request in so many reads from the table."""
WRITE: Final = change("createVerificationToken")
WRITES: Final = 10
"""One request in so many stores a token."""
TOKENS_EACH: Final = 50
"""The number of tokens per identifier, no more than a list shows."""


async def run(stage: Stage, plan: Plan) -> Tally:
    """Measure the capacity, overload, measure again. The proxy is left out, because it would limit the rate."""
    tally = Tally("overload")
    with stage.server("overload", behind_proxy=False) as server:
        async with LightClient(server.url, tally, POSTPONED | LATE | {LOST}) as client:
            load = Load(client, plan.seed)
            await load.prepare()
            await load.capacity(server, 2)
            before = await load.capacity(server, plan.overload_seconds / 4)
            client.tally.latencies.clear()
            used, begun = processes.cpu_seconds(server.pid), time.monotonic()
            pauses = Pauses()
            watching = asyncio.ensure_future(pauses.watch())
            with HealthChecks(server.url) as health:
                offered = await load.offer(before.per_second * 2, plan.overload_seconds)
            await end([watching])
            share = (processes.cpu_seconds(server.pid) - used) / (time.monotonic() - begun)
            answered, postponed = load.answered, load.postponed
            after = await load.capacity(server, plan.overload_seconds / 4)
            await load.check()
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    late = sum(tally.codes[code] for code in LATE)
    if late and share < before.share * STARVED:
        tally.notes.append(
            f"{late} late answers are not judged: other work on this machine left the server {share:.2f} processors "
            f"instead of {before.share:.2f}. Run it again where nothing else runs"
        )
    elif late:
        tally.violate(f"{late} requests were begun and came too late: {dict(tally.codes)}")
    if lost := tally.codes[LOST]:
        _judge_lost(tally, lost, pauses.longest)
    slowest = max(tally.latencies)
    if slowest > DEADLINE_SECONDS + GRACE_SECONDS:
        tally.violate(f"an answer took {slowest:.1f} s")
    longest = max(health.seconds, default=0)
    if health.failures or longest > HEALTH_SECONDS:
        tally.violate(f"{health.failures} health checks failed, the longest took {longest:.1f} s")
    if after.processor_seconds > before.processor_seconds * DEARER:
        tally.violate(f"before the overload: {before}; after it: {after}")
    tally.notes.append(
        f"{before} before, {after} after; offered {offered:.0f} a second for {plan.overload_seconds:.0f} s, of which "
        f"{answered:,} were answered and {postponed:,} told to come again; {load.held_back} held back here"
    )
    tally.notes.append(
        f"{len(health.seconds)} health checks meanwhile, p50 {percentile(health.seconds, 50) * 1000:.0f} ms, "
        f"longest {longest * 1000:.0f} ms"
    )
    await stage.examine(tally)
    return tally


def _judge_lost(tally: Tally, lost: int, pause: float) -> None:
    """A server ends a connection over which no headers come; so it may where this program was too slow to send them."""
    if pause < HEADERS_SECONDS / 2:
        tally.violate(f"{lost} connections were lost")
        return
    tally.notes.append(
        f"{lost} lost connections are not judged: this program itself stood still for {pause:.1f} s, and the server "
        f"waits {HEADERS_SECONDS:.0f} s for headers. Run it again where nothing else runs"
    )


@dataclass(slots=True)
class Pauses:
    """How long this program, on a machine that it overloads itself, did not get to its own work."""

    longest: float = 0.0

    async def watch(self) -> None:
        """Measure until it is cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            self.longest = max(self.longest, time.monotonic() - before - LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many requests the server serves, and the processor time of each. It depends on other work on the machine."""

    per_second: float
    processor_seconds: float
    """The processor time that the server needs for a request, in seconds."""

    @property
    def share(self) -> float:
        """How many processors the server had."""
        return self.per_second * self.processor_seconds

    def __str__(self) -> str:
        return f"{self.per_second:.0f} requests a second of {self.processor_seconds * 1000:.1f} ms each"


@dataclass(slots=True)
class Load:
    """Requests of which one in ten stores a token. All acknowledged tokens must exist at the end."""

    client: Client
    seed: int
    sent: int = 0
    answered: int = 0
    postponed: int = 0
    held_back: int = 0
    """Requests that were not sent, because too many were in progress."""
    stored: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The acknowledged tokens, by identifier."""

    async def prepare(self) -> None:
        """Create the users that are read."""
        for number in range(PEOPLE):
            user = f"overload-{self.seed}-{number}"
            await certainly(self.client, "createUser", {"userId": user, "name": user, "attributes": {"n": number}})
            for account in range(ACCOUNTS):
                key = {"provider": f"provider-{account}", "providerAccountId": user}
                await certainly(self.client, "linkAccount", {"user": {"userId": user}, "type": "oauth", **key})

    async def send(self) -> None:
        """Send the next request, which stores a token if its turn has come."""
        number = self.sent
        self.sent += 1
        if number % WRITES:
            known = number % READS == 0
            answer = await self.client(READ, VARIABLES) if known else await self.client(UNKNOWN % number, {})
        else:
            token, identifier = f"token-{number}", f"overload-{self.seed}-{number // WRITES // TOKENS_EACH}"
            given = {"identifier": identifier, "token": token, "expires": EXPIRES}
            answer = await self.client(WRITE, {"input": given})
            if answer.code is None:
                self.stored[identifier].add(token)
                self.client.tally.acknowledged += 1
        self.answered += answer.code is None
        self.postponed += answer.is_postponed

    async def capacity(self, server: Server, seconds: float) -> Capacity:
        """Measure the capacity: a few callers send their next request as soon as they have a response."""
        begun, before, used = time.monotonic(), self.answered, processes.cpu_seconds(server.pid)

        async def call() -> None:
            while time.monotonic() - begun < seconds:
                await self.send()

        await asyncio.gather(*(call() for _ in range(CALLERS)))
        answered = max(self.answered - before, 1)
        used = processes.cpu_seconds(server.pid) - used
        return Capacity(answered / (time.monotonic() - begun), used / answered)

    async def offer(self, per_second: float, seconds: float) -> float:
        """Send requests at a rate, independent of the responses. Returns the rate that was reached.

        If the server keeps up, it has more processor time than when its capacity was measured, so the rate rises.
        """
        self.answered = self.postponed = 0
        tasks: set[asyncio.Task[None]] = set()
        begun = looked = time.monotonic()
        arrived, due, highest = 0, 0.0, per_second * HIGHEST
        while (now := time.monotonic()) - begun < seconds:
            if now - looked >= 1:
                if len(tasks) < CALLERS and per_second < highest:
                    per_second *= RISE
                due += per_second
                looked += 1
            while arrived < due + (now - looked) * per_second:
                arrived += 1
                if len(tasks) >= MOST_IN_FLIGHT:
                    self.held_back += 1
                    continue
                task = asyncio.ensure_future(self.send())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        return (arrived - self.held_back) / seconds

    async def check(self) -> None:
        """Check that every acknowledged token exists."""
        tally = self.client.tally
        for identifier, stored in self.stored.items():
            answer = await self.client(TOKENS, {"identifier": identifier})
            if answer.code is None:
                tally.checks += 1
                found = {one["token"] for one in answer.data["verificationTokens"]}
                for token in stored - found:
                    tally.lose(f"seed {self.seed}: {token} of {identifier} was acknowledged and is not there")
