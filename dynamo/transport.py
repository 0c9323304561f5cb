"""How requests get to DynamoDB: signed, over kept connections, within time, and again a bounded number of times."""

import asyncio
import random
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

import aiohttp
import msgspec
import orjson

from dynamo import answers
from dynamo.answers import Answer
from dynamo.credentials import Signer
from dynamo.errors import Throttled, TransactionConflict, Unavailable
from dynamo.refusals import error_of
from dynamo.settings import TableSettings

CONNECTIONS: Final = 64
"""Kept at once by one process; whoever finds none free waits for one."""
CONFLICT_ATTEMPTS: Final = 6
"""Attempts at a write that meets another transaction: it is soon over."""
LONGEST_FIRST_PAUSE_SECONDS: Final = 0.05
API_VERSION: Final = "DynamoDB_20120810"


class Counter(Protocol):
    """Whose requests they are."""

    requests: int


class Transport:
    """Sends the requests of one process. Connections are opened when they are needed, in the loop that needs them."""

    def __init__(self, settings: TableSettings) -> None:
        self._signer = Signer(settings)
        self._table = settings.table_name
        self._attempts = settings.dynamodb_max_attempts
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=settings.dynamodb_connect_timeout_seconds,
            sock_read=settings.dynamodb_read_timeout_seconds,
        )
        self._session: aiohttp.ClientSession | None = None

    async def send(self, operation: str, payload: Mapping[str, Any], counter: Counter) -> Answer:
        """Send a request, and again after a pause while it may help; every attempt counts.

        Raises errors of `dynamo.errors`: `Unavailable` when no attempt was answered, so a write may have happened.
        """
        body = orjson.dumps(payload)
        attempt = 1
        while True:
            counter.requests += 1
            try:
                return await self._attempt(operation, body)
            except Unavailable as error:
                if attempt >= (CONFLICT_ATTEMPTS if isinstance(error, TransactionConflict) else self._attempts):
                    raise
            await pause(attempt)
            attempt += 1

    async def close(self) -> None:
        """Close the connections; a request that comes later opens new ones."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _attempt(self, operation: str, body: bytes) -> Answer:
        headers = await self._signer.headers(f"{API_VERSION}.{operation}", body)
        try:
            async with self._open().post(self._signer.url, data=body, headers=headers) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("DynamoDB cannot be reached or did not answer in time.") from error
        if response.status != HTTPStatus.OK:
            raise error_of(response.status, answer, self._table)
        try:
            return answers.decode(answer)
        except msgspec.MsgspecError as error:
            raise Unavailable("What answers at DynamoDB's address is not DynamoDB.") from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                # Compressed answers would cost both sides more than the bytes do between neighbours.
                headers={"Accept-Encoding": "identity"},
                skip_auto_headers=("User-Agent",),
            )
        return self._session


async def pause(attempt: int) -> None:
    """Wait before the attempt after this one: longer each time, and not in step with others."""
    longest = LONGEST_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
    await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not a secret


def still_unprocessed() -> Throttled:
    """What a batch is answered with that DynamoDB keeps leaving a part of."""
    return Throttled("DynamoDB keeps leaving a part of the batch undone.")
