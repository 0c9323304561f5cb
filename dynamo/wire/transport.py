"""How requests get to DynamoDB: signed, over kept-alive connections, with a time limit and a limited number of
attempts."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, Protocol

from dynamo import metrics
from dynamo.errors import DynamoError, Unavailable
from dynamo.progress import note_cut_off
from dynamo.settings import TableSettings
from dynamo.usage import READS, Attempt
from dynamo.wire import responses, surrogates
from dynamo.wire.connection_pool import ConnectionPool
from dynamo.wire.error_responses import error_of
from dynamo.wire.responses import Response
from dynamo.wire.retries import attempts_at, pause
from dynamo.wire.signing import Signer

LOCAL_SERVER: Final = b"Jetty("
"""How the `Server` header of every version of DynamoDB Local begins. AWS sends `Server`."""


class Counter(Protocol):
    """Counts the attempts of a caller's requests."""

    requests: int
    attempts: list[Attempt] | None
    """Where each attempt is noted, if somebody wants to know."""


class Transport:
    """Sends the requests of one process. Connections are opened when needed, in the event loop that needs them."""

    def __init__(self, settings: TableSettings) -> None:
        self._settings = settings
        self._signer: Signer | None = None
        self._connections: ConnectionPool | None = None

    @property
    def is_local(self) -> bool:
        """Whether the last response came from DynamoDB Local."""
        return self._connections is not None and self._connections.server.startswith(LOCAL_SERVER)

    async def open(self) -> Signer:
        """Find endpoint and credentials, once. Raises `Misconfigured` if they are not configured."""
        if self._signer is None:
            self._signer = await Signer.find(self._settings)
        return self._signer

    async def send(self, operation: str, payload: Mapping[str, Any], counter: Counter) -> Response:
        """Send a request, and again after a pause if that may help. `counter` counts every attempt.

        Raises errors of `dynamo.errors`. After `Unavailable`, a write may have happened, because an attempt may have
        arrived.
        """
        body = surrogates.write(payload)
        attempt = 1
        fresh = False
        while True:
            counter.requests += 1
            metrics.REQUESTS.add(1, operation)
            began = perf_counter()
            try:
                answer = await self._attempt(operation, body, fresh=fresh)
            except asyncio.CancelledError:
                note_cut_off()
                raise
            except DynamoError as error:
                _note_failure(operation, error, counter, began, attempt)
                if not isinstance(error, Unavailable):
                    raise
                # If the connection is dead, other connections of the same age may be dead too.
                fresh = isinstance(error.__cause__, OSError)
                if attempt >= attempts_at(error, self._settings.dynamodb_max_attempts):
                    raise
            else:
                _note_success(operation, answer, counter, began, attempt)
                return answer
            await pause(attempt)
            attempt += 1
            metrics.RETRIES.add(1, operation)

    async def close(self) -> None:
        """Close the connections. A later request opens new ones."""
        if self._connections is not None:
            connections, self._connections = self._connections, None
            await connections.close()

    async def _attempt(self, operation: str, body: bytes, *, fresh: bool) -> Response:
        signer = self._signer or await self.open()
        request = signer.request_at_once(operation, body) or await signer.request(operation, body)
        try:
            status, answer = await (self._connections or self._connected(signer.url)).post(request, fresh=fresh)
        except OSError as error:
            raise Unavailable("DynamoDB cannot be reached or did not answer in time.") from error
        if status != HTTPStatus.OK:
            raise error_of(status, answer, self._settings.table_name)
        try:
            return responses.decode(operation, answer)
        except ValueError as error:
            raise Unavailable("The server at DynamoDB's address is not DynamoDB.") from error

    def _connected(self, url: str) -> ConnectionPool:
        if self._connections is None:
            self._connections = ConnectionPool(
                url,
                connect_timeout=self._settings.dynamodb_connect_timeout_seconds,
                read_timeout=self._settings.dynamodb_read_timeout_seconds,
            )
        return self._connections


def _note_success(operation: str, answer: Response, counter: Counter, began: float, number: int) -> None:
    ended = perf_counter()
    units = answer.units
    metrics.REQUEST_SECONDS.observe(ended - began, operation)
    (metrics.READ_UNITS if operation in READS else metrics.WRITE_UNITS).add(units, operation)
    if answer.UnprocessedKeys:
        metrics.ERRORS.add(1, operation, metrics.UNPROCESSED)
    if counter.attempts is not None:
        counter.attempts.append(Attempt(operation, began, ended, units, None, number))


def _note_failure(operation: str, error: DynamoError, counter: Counter, began: float, number: int) -> None:
    ended = perf_counter()
    reason = metrics.reason_of(error)
    metrics.REQUEST_SECONDS.observe(ended - began, operation)
    metrics.ERRORS.add(1, operation, reason)
    if counter.attempts is not None:
        counter.attempts.append(Attempt(operation, began, ended, 0.0, reason, number))
