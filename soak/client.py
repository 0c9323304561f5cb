"""A client over HTTP, which counts error codes and measures how long responses take."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx2
import orjson

from soak.asking import LOST, PATIENCE_SECONDS, SILENT, Answer, answer_of
from soak.kept_connections import KeptConnections, NoResponse
from soak.tally import Tally
from tests.processes import ADMIN_KEY


@dataclass(slots=True)
class Client(AbstractAsyncContextManager["Client"]):
    """Sends operations to the server as an administrator; an `Ask`."""

    url: str
    tally: Tally
    excused: frozenset[str] = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT", "OVERLOADED", "THROTTLED"})
    """Error codes that the experiment causes. Every other code is a violation."""
    pools: int = 1
    """The number of connection pools: with hundreds of connections in one, the client itself becomes slow."""
    _http: list[httpx2.AsyncClient] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._http = [
            httpx2.AsyncClient(
                base_url=self.url,
                headers={"authorization": f"Bearer {ADMIN_KEY}"},
                timeout=httpx2.Timeout(PATIENCE_SECONDS, pool=None),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
                trust_env=False,
            )
            for _ in range(self.pools)
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._http:
            await pool.aclose()

    async def __call__(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """Send an operation, count its error code and measure its time."""
        begun = time.perf_counter()
        answer = await self._send(document, variables)
        self.tally.requests += 1
        if answer.code not in (LOST, SILENT):
            self.tally.latencies.append(time.perf_counter() - begun)
        if answer.code is not None:
            self.tally.codes[answer.code] += 1
            if answer.code not in self.excused:
                self.tally.violate(f"{answer.code} ({answer.message}) for {document} with {dict(variables)}")
        return answer

    async def _send(self, document: str, variables: Mapping[str, Any]) -> Answer:
        pool = self._http[self.tally.requests % self.pools]
        try:
            response = await pool.post("/graphql", json={"query": document, "variables": variables})
            return answer_of(orjson.loads(response.content))
        except httpx2.TimeoutException as error:
            return Answer(code=SILENT, message=repr(error))
        except httpx2.TransportError as error:
            return Answer(code=LOST, message=repr(error))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            return Answer(code="NOT_GRAPHQL", message=f"{response.status_code} {response.content[:200]!r} {error!r}")


@dataclass(slots=True)
class LightClient(Client):
    """A client that leaves the processors to the server."""

    _kept: KeptConnections = field(init=False)

    async def __aenter__(self) -> Self:
        self._kept = KeptConnections(self.url, "/graphql", (("authorization", f"Bearer {ADMIN_KEY}"),))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._kept.__aexit__(kind, error, trace)

    async def _send(self, document: str, variables: Mapping[str, Any]) -> Answer:
        body = orjson.dumps({"query": document, "variables": variables})
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                content = await self._kept.post(body)
            return answer_of(orjson.loads(content))
        except TimeoutError as error:
            return Answer(code=SILENT, message=repr(error))
        except NoResponse as error:
            return Answer(code=LOST, message=repr(error))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            return Answer(code="NOT_GRAPHQL", message=f"{content[:200]!r} {error!r}")
