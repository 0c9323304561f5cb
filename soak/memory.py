"""A long run of mixed requests, after which the memory of the workers must have levelled off."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Any, Final

from benchmarks import processes
from soak.asking import change
from soak.client import Client
from soak.plan import Plan
from soak.server import Server
from soak.stage import Stage
from soak.tally import Tally

CALLERS: Final = 12
SAMPLES: Final = 200
PEOPLE: Final = 200
MEGABYTE: Final = 1_000_000
DOCUMENTS: Final = 10_000
"""More than the caches of two workers take of the shortest documents."""
FILLED: Final = 0.4
"""The fraction of requests after which all caches are full."""
TOLERATED: Final = 0.05
"""How much more memory the last fifth may need than the third, as a fraction."""
TOLERATED_BYTES: Final = 3 * MEGABYTE
"""The same in bytes, for a process with little memory."""

Request = tuple[str, Mapping[str, Any]]


async def run(stage: Stage, plan: Plan) -> Tally:
    """Send many kinds of requests, and measure the memory now and then. The proxy is left out, because it would be
    too slow."""
    tally = Tally("memory")
    with stage.server("memory", behind_proxy=False) as server:
        async with Client(server.url, tally, excused=frozenset(), pools=CALLERS) as client:
            mix = Mix(plan.seed)
            for request in mix.beginnings():
                await client(*request)
            await _fill(client)
            samples = await _load(client, server, mix, plan)
        for exception in server.exceptions():
            tally.violate(f"the server's log has {exception}")
    middle, end = _mean(samples, 2), _mean(samples, 4)
    tally.memory = f"{_mean(samples, 0) / MEGABYTE:.0f} → {middle / MEGABYTE:.0f} → {end / MEGABYTE:.0f}"
    tally.notes.append(
        f"the mean of both workers, over each fifth of {tally.requests:,} requests, MB: "
        + ", ".join(f"{_mean(samples, fifth) / MEGABYTE:.1f}" for fifth in range(5))
    )
    has_filled = tally.requests >= plan.memory_requests * FILLED
    if plan.judges_memory and has_filled and end > middle * (1 + TOLERATED) and end > middle + TOLERATED_BYTES:
        tally.violate(f"the memory of a worker still grows: {tally.memory} MB at the first, third and last fifth")
    if plan.judges_memory and not has_filled:
        tally.notes.append("too few requests in the time there was: the memory was not judged")
    tally.acknowledged = mix.written
    await stage.examine(tally)
    return tally


async def _fill(client: Client) -> None:
    """Fill the workers' caches of documents, which takes longer than anything else to fill."""
    numbers = iter(range(DOCUMENTS))

    async def call() -> None:
        for number in numbers:
            await client(f"query Fill{number} {{ caller {{ kind again: kind }} }}", {})

    await asyncio.gather(*(call() for _ in range(CALLERS)))


async def _load(client: Client, server: Server, mix: "Mix", plan: Plan) -> list[float]:
    """Send the requests. Returns the mean memory of a worker, measured at equal intervals of requests."""
    samples: list[float] = []
    sent = 0
    over = time.monotonic() + plan.memory_seconds

    async def call() -> None:
        nonlocal sent
        while sent < plan.memory_requests and time.monotonic() < over:
            if sent >= len(samples) * plan.memory_requests / SAMPLES:
                samples.append(_memory(server))
            sent += 1
            request = mix.draw()
            answer = await client(*request)
            mix.written += answer.code is None and request[0].startswith("mutation")

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return samples


def _memory(server: Server) -> float:
    workers = server.workers
    return sum(processes.memory(worker).resident for worker in workers) / len(workers)


def _mean(samples: list[float], fifth: int) -> float:
    size = max(len(samples) // 5, 1)
    return median(samples[fifth * size : (fifth + 1) * size] or samples)


@dataclass(slots=True)
class Mix:
    """Requests of every kind, valid and not, about a few hundred users."""

    seed: int
    written: int = 0
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"memory {self.seed}")

    def beginnings(self) -> list[Request]:
        """The requests that create all users."""
        return [
            (
                change("registerUser"),
                {
                    "input": {
                        "user": {"userId": self._user(number), "email": f"{self._user(number)}@example.com"},
                        "account": {"provider": "github", "providerAccountId": self._user(number), "type": "oauth"},
                    }
                },
            )
            for number in range(PEOPLE)
        ]

    def draw(self) -> Request:
        """A random request. Some have a document of their own, so that no cache contains it."""
        user, unique = self._user(self.random.randrange(PEOPLE)), f"{self.random.randrange(2**64):016x}"
        document = "query($by: UserBy!) { user(by: $by) { id userId name email sessions { nodes { id } } } }"
        draws: list[tuple[float, Request]] = [
            (30, (document, {"by": {"userId": user}})),
            (20, (document, {"by": {"email": f"{user}@example.com"}})),
            (5, (document, {"by": {"email": f"{unique}@example.com"}})),
            (5, (f"query Q{unique} {{ caller {{ __typename }} alias{unique}: caller {{ __typename }} }}", {})),
            (3, ("{ users(first: 20) { nodes { id accounts { nodes { provider } } } pageInfo { endCursor } } }", {})),
            (10, (change("updateUser"), {"input": {"by": {"userId": user}, "name": unique}})),
            (8, (change("createSession"), {"input": {"user": {"userId": user}, "sessionToken": unique}})),
            (2, (change("deleteSessions"), {"input": {"user": {"userId": user}}})),
            (8, (change("createVerificationToken"), {"input": _token(user, unique)})),
            (4, (change("useVerificationToken"), {"input": {"identifier": user, "token": unique}})),
            (2, (change("deleteVerificationTokens"), {"input": {"identifier": user}})),
        ]
        return self.random.choices([request for _, request in draws], [weight for weight, _ in draws])[0]

    def _user(self, number: int) -> str:
        return f"memory-{self.seed}-{number}"


def _token(identifier: str, token: str) -> dict[str, str]:
    return {"identifier": identifier, "token": token, "expires": "2037-01-01T00:00:00.000Z"}
